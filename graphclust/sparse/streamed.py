r"""A symmetric adjacency on disk, multiplied block of rows by block of rows.

Normalised forms are never stored: with vectors l, r and d,

.. math:: M = \operatorname{diag}(l) \, A \, \operatorname{diag}(r) + \operatorname{diag}(d),

and every normalisation of such a matrix is one again.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, Protocol

import scipy.sparse as sp
import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.sparse.csr import CSR
from graphclust.sparse.normalization import Normalization


class RowBlocks(Protocol):
    """Where the entries come from: blocks of rows, in order, each small enough for memory."""

    n: int
    nnz: int
    memory: int
    folder: Path

    @property
    def digest(self) -> str:
        """What tells these data from others, in hexadecimal."""

    @property
    def weighted(self) -> bool:
        """Whether entries have weights; ones without."""

    @property
    def ends(self) -> Tensor:
        """Offsets of the rows, int64, shape (n + 1,)."""

    def blocks(self, entries: int | None = None) -> Iterator[tuple[int, CSR]]:
        """Yield the first row of each block, and its rows, of shape (rows, n).

        A block has at most so many entries, or a single row.
        """

    def entries(self, position: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the columns at positions, and the weights where there are any."""


class StreamedCSR(CSR):
    """A matrix that is multiplied without ever being in memory as a whole.

    Parameters
    ----------
    source : RowBlocks
        A, symmetric and without self-loops.
    left, right, diagonal : Tensor of float, shape (n,), optional
        l, r and d; ones, ones and zeros when left out.
    device : torch.device or str
        Where products happen.
    """

    streamed = True

    def __init__(
        self,
        source: RowBlocks,
        left: Tensor | None = None,
        right: Tensor | None = None,
        diagonal: Tensor | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.source, self.left, self.right, self.diagonal = source, left, right, diagonal
        self.shape, self.symmetric = (source.n, source.n), left is right
        self._device = torch.device(device)
        self._cache: dict[Any, Any] = {}
        self._pattern: dict[str, Any] = {}

    @property
    def nnz(self) -> int:
        """Number of stored entries, the diagonal left out."""
        return self.source.nnz

    @property
    def weighted(self) -> bool:
        """Whether entries have values of their own; ones without."""
        return self.source.weighted

    @property
    def device(self) -> torch.device:
        """Where products happen."""
        return self._device

    @property
    def memory(self) -> int:
        """Bytes that may be used beside what grows with the nodes."""
        return self.source.memory

    @property
    def folder(self) -> Path:
        """Where scratch files go."""
        return self.source.folder

    @property
    def digest(self) -> str:
        """What tells these data from others, in hexadecimal."""
        return self.source.digest

    @property
    def degree(self) -> Tensor:
        """Sum of each row, float32, shape (n,)."""
        return self.once("degree", lambda: self.product(self._ones())[:, 0])

    def product(self, x: Tensor) -> Tensor:
        """Return the product with a dense ``x`` (n, d). Reads every entry once."""
        from graphclust.sparse.ops import spmm

        if x.requires_grad:
            self._refuse()
        scaled = x if self.right is None else x * self.right[:, None]
        out = torch.empty_like(x)
        for first, block in self.source.blocks():
            rows = slice(first, first + block.shape[0])
            out[rows] = spmm(block.to(x.device), scaled)
        del scaled
        if self.left is not None:
            out.mul_(self.left[:, None])
        if self.diagonal is not None:
            out.addcmul_(x, self.diagonal[:, None])
        return out

    def normalized(self, kind: Normalization = "sym", self_loops: float = 0.0) -> CSR:
        """Return what :meth:`CSR.normalized` does, as three vectors around the same entries."""
        return self.once(
            ("normalized", kind, self_loops), lambda: self._normalized(kind, self_loops)
        )

    def pieces(self, entries: int | None = None) -> Iterator[tuple[int, CSR]]:
        """Yield the first row of each block of rows, and the block, its values as they are.

        What a normalisation adds to the diagonal stands last in its row.
        """
        for first, block in self.source.blocks(entries):
            yield first, self._scaled(first, block.to(self.device))

    def row_blocks(self, entries: int | None = None) -> Iterator[tuple[int, sp.csr_array]]:
        """Yield blocks of the rows of A as scipy arrays, with the first row of each."""
        for first, block in self.source.blocks(entries):
            yield first, block.to_scipy()

    def spans(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return where the entries of rows begin, and how many they are, int64."""
        ends, at = self.source.ends, rows.cpu()
        first = ends[at]
        return first.to(self.device), (ends[at + 1] - first).to(self.device)

    def entries(self, position: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the columns at positions, and the weights of A where there are any."""
        assert self.left is self.right is self.diagonal is None
        col, weight = self.source.entries(position.cpu())
        return col.to(self.device), None if weight is None else weight.to(self.device)

    def to(self, device: torch.device | str) -> CSR:
        """Return the matrix with its products on another device."""
        if self.device == torch.device(device):
            return self
        left, right, diagonal = (
            None if v is None else v.to(device) for v in (self.left, self.right, self.diagonal)
        )
        return StreamedCSR(self.source, left, left if self.symmetric else right, diagonal, device)

    def with_self_loops(self, value: float) -> CSR:
        """Return the matrix plus ``value`` times the identity, kept."""
        return self.normalized("none", value)

    def _scaled(self, first: int, block: CSR) -> CSR:
        """Return a block of the rows of A as the rows of the matrix."""
        m = block.shape[0]
        if self.left is self.right is self.diagonal is None:
            return block
        values = block.values
        if self.left is not None:
            values = values * self.left[first : first + m].repeat_interleave(block.counts)
        if self.right is not None:
            values = values * self.right.index_select(0, block.col)
        if self.diagonal is None:
            return block.with_weight(values)
        # One more entry at the end of each row.
        number = torch.arange(m + 1, dtype=block.rowptr.dtype, device=block.device)
        rowptr = block.rowptr + number
        place = torch.arange(block.nnz, device=block.device) + block.row
        last = rowptr[1:].long() - 1
        col, weight = block.col.new_empty(block.nnz + m), values.new_empty(block.nnz + m)
        col[place], weight[place] = block.col, values
        col[last], weight[last] = number[:-1] + first, self.diagonal[first : first + m]
        return CSR(rowptr, col, weight, block.shape)

    def _normalized(self, kind: Normalization, self_loops: float) -> CSR:
        diagonal = self.diagonal
        if self_loops:
            loops = torch.full((self.shape[0],), self_loops, device=self.device)
            diagonal = loops if diagonal is None else diagonal + loops
        if kind == "none":
            return StreamedCSR(self.source, self.left, self.right, diagonal, self.device)
        power = -0.5 if kind == "sym" else -1.0
        scale = (self.degree + self_loops).clamp(min=0).pow(power)
        scale = torch.where(torch.isfinite(scale), scale, torch.zeros_like(scale))
        left = scale if self.left is None else scale * self.left
        right = self.right
        if kind == "sym":
            right = left if self.symmetric else scale if right is None else scale * right
        if diagonal is not None:
            diagonal = diagonal * scale * (scale if kind == "sym" else 1.0)
        return StreamedCSR(self.source, left, right, diagonal, self.device)

    def _ones(self) -> Tensor:
        return torch.ones(self.shape[0], 1, device=self.device)

    # -- what would need all of it ------------------------------------------------------------

    def _refuse(self) -> NoReturn:
        raise InputError(
            "this needs all edges of the graph in memory at once, and the store is larger than "
            "what is allowed: allow more by --memory (memory= of open_store), or choose a method "
            "that reads a store in blocks, such as default or ssgc"
        )

    @property
    def rowptr(self) -> Tensor:  # type: ignore[override]
        """Not to be had."""
        self._refuse()

    col = weight = values = row = counts = edge_index = transpose_order = rowptr  # type: ignore[assignment]

    def to_scipy(self) -> NoReturn:
        """Refuse."""
        self._refuse()
