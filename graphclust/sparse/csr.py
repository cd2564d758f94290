"""Compressed sparse rows with everything that message passing asks of them, computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.nn.functional import pad

from graphclust.sparse.normalization import Normalization, add_self_loops, normalize

T = TypeVar("T")
_INT32_MAX = 2**31 - 1
# Entries of a block of rows, about.
_PIECE = 1 << 22


class CSR:
    r"""A sparse matrix in compressed rows: an adjacency, or a table of sparse features.

    The transpose, the row of every entry, the degrees and the normalised forms are computed on
    first use and kept, so that an epoch never repeats them. A symmetric matrix is its own
    transpose.

    Parameters
    ----------
    rowptr : Tensor, shape (n_rows + 1,)
        Offsets of the rows; int32 unless there are 2**31 entries or more.
    col : Tensor, shape (nnz,)
        Columns, sorted within each row, of the same integer type.
    weight : Tensor of float, shape (nnz,), optional
        Values; all ones when left out.
    shape : (int, int)
        Number of rows and of columns.
    symmetric : bool
        Whether the matrix equals its transpose.
    """

    # Whether entries come from disk, block by block, and can only be multiplied by.
    streamed = False

    def __init__(
        self,
        rowptr: Tensor,
        col: Tensor,
        weight: Tensor | None,
        shape: tuple[int, int],
        symmetric: bool = False,
    ) -> None:
        self.rowptr, self.col, self.weight = rowptr, col, weight
        self.shape, self.symmetric = shape, symmetric
        self._cache: dict[Any, Any] = {}
        # What depends on the pattern only; one for all matrices that share it.
        self._pattern: dict[str, Any] = {}

    # -- construction ------------------------------------------------------------------------

    @classmethod
    def from_scipy(cls, matrix: Any, symmetric: bool = False, weighted: bool = True) -> CSR:
        """Build from any scipy sparse matrix; duplicates are added up. Cost O(nnz log nnz)."""
        m = sp.csr_array(matrix)
        m.sum_duplicates()
        m.sort_indices()
        kind = np.int32 if max(m.nnz, *m.shape) <= _INT32_MAX else np.int64
        weight = torch.from_numpy(np.ascontiguousarray(m.data, dtype=np.float32))
        return cls(
            torch.from_numpy(m.indptr.astype(kind)),
            torch.from_numpy(m.indices.astype(kind)),
            weight if weighted else None,
            (int(m.shape[0]), int(m.shape[1])),
            symmetric,
        )

    @classmethod
    def from_edges(
        cls,
        row: Tensor,
        col: Tensor,
        weight: Tensor | None,
        shape: tuple[int, int],
        symmetric: bool = False,
    ) -> CSR:
        """Build from coordinates without duplicates, on their own device. Cost O(nnz log nnz)."""
        key = row.long() * shape[1] + col.long()
        order = torch.argsort(key)
        kind = torch.int32 if max(row.numel(), *shape) <= _INT32_MAX else torch.int64
        counts = torch.bincount(row.long(), minlength=shape[0])
        rowptr = pad(counts.cumsum(0), (1, 0))
        return cls(
            rowptr.to(kind),
            col[order].to(kind),
            None if weight is None else weight[order],
            shape,
            symmetric,
        )

    # -- views -------------------------------------------------------------------------------

    @property
    def nnz(self) -> int:
        """Number of stored entries."""
        return int(self.col.numel())

    @property
    def weighted(self) -> bool:
        """Whether entries have values of their own; ones without."""
        return self.weight is not None

    @property
    def device(self) -> torch.device:
        """Where the matrix lives."""
        return self.col.device

    @property
    def counts(self) -> Tensor:
        """Number of entries in each row, int64, shape (n_rows,)."""
        return self.once_a_pattern("counts", lambda: self.rowptr.diff().long())

    @property
    def row(self) -> Tensor:
        """Row of every entry, shape (nnz,), of the columns' integer type."""
        return self.once_a_pattern("row", self._make_row)

    @property
    def degree(self) -> Tensor:
        """Sum of each row's values, float32, shape (n_rows,)."""
        return self.once("degree", self._make_degree)

    @property
    def mass(self) -> float:
        """Sum of the degrees."""
        return self.once("mass", lambda: float(self.degree.sum(dtype=torch.float64)))

    @property
    def values(self) -> Tensor:
        """The values, ones where the matrix is unweighted, shape (nnz,)."""
        if self.weight is not None:
            return self.weight
        return self.once("ones", lambda: torch.ones(self.nnz, device=self.device))

    @property
    def edge_index(self) -> Tensor:
        """Rows and columns as PyG's int64 ``edge_index``, shape (2, nnz)."""
        return self.once_a_pattern(
            "edge_index", lambda: torch.stack([self.row.long(), self.col.long()])
        )

    def transpose(self) -> CSR:
        """Return the transpose, kept for later calls; a symmetric matrix returns itself."""
        if self.symmetric:
            return self
        return self.once("transpose", self._make_transpose)

    def link_transpose(self, other: CSR) -> None:
        """Keep ``other``, which was made without sorting, as the transpose, and the reverse."""
        self._cache["transpose"], other._cache["transpose"] = other, self

    @property
    def transpose_order(self) -> Tensor:
        """Positions that carry per-entry values to the transpose's order, shape (nnz,)."""
        return self.once_a_pattern("transpose_order", self._make_transpose_order)

    def with_weight(self, weight: Tensor | None, symmetric: bool | None = None) -> CSR:
        """Return the same pattern with other values, sharing what depends on the pattern only."""
        same = self.symmetric if symmetric is None else symmetric
        out = CSR(self.rowptr, self.col, weight, self.shape, same)
        out._pattern = self._pattern
        return out

    def normalized(self, kind: Normalization = "sym", self_loops: float = 0.0) -> CSR:
        r"""Return :math:`D^{-1/2} \tilde A D^{-1/2}` or :math:`D^{-1} \tilde A`, kept.

        Here :math:`\tilde A = A + \lambda I` with :math:`\lambda` = ``self_loops``, and D its
        degrees. Rows without entries stay empty.
        """
        key = ("normalized", kind, self_loops)
        return self.once(key, lambda: normalize(self, kind, self_loops))

    def with_self_loops(self, value: float) -> CSR:
        """Return the matrix plus ``value`` times the identity. Cost O(nnz log nnz), kept."""
        return self.once(("loops", value), lambda: add_self_loops(self, value))

    def select(self, keep: Tensor) -> CSR:
        """Return the entries where the boolean ``keep`` (shape (nnz,)) holds. Cost O(nnz)."""
        kept = torch.zeros(self.nnz + 1, dtype=torch.int64, device=self.device)
        kept[1:] = keep.cumsum(0)
        return CSR(
            kept[self.rowptr.long()].to(self.rowptr.dtype),
            self.col[keep],
            None if self.weight is None else self.weight[keep],
            self.shape,
        )

    def slice_rows(self, start: int, stop: int) -> CSR:
        """Return consecutive rows, sharing the entries."""
        first, last = int(self.rowptr[start]), int(self.rowptr[stop])
        weight = None if self.weight is None else self.weight[first:last]
        rowptr = self.rowptr[start : stop + 1] - first
        return CSR(rowptr, self.col[first:last], weight, (stop - start, self.shape[1]))

    def pieces(self, entries: int = _PIECE) -> Iterator[tuple[int, CSR]]:
        """Yield the first row of each block of rows, and the block, of about so many entries.

        What is needed for every entry for a moment only is then never there for all of them.
        """
        marks = torch.arange(0, self.nnz, max(1, entries), device=self.device)
        bounds = torch.searchsorted(self.rowptr, marks.to(self.rowptr.dtype)).tolist()
        for start, stop in pairwise(sorted({0, *bounds, self.shape[0]})):
            yield start, self.slice_rows(start, stop)

    def row_blocks(self) -> Iterator[tuple[int, sp.csr_array]]:
        """Yield blocks of rows as scipy arrays, with the first row of each."""
        for first, block in self.pieces():
            yield first, block.to_scipy()

    def take_rows(self, rows: Tensor) -> CSR:
        """Return the given rows in the given order (int64, shape (m,)). Cost O(their entries)."""
        first, counts = self.spans(rows.to(self.device))
        rowptr = pad(counts.cumsum(0), (1, 0))
        total = int(rowptr[-1])
        start = (first - rowptr[:-1]).repeat_interleave(counts, output_size=total)
        col, weight = self.entries(start + torch.arange(total, device=self.device))
        return CSR(rowptr.to(col.dtype), col, weight, (int(rows.numel()), self.shape[1]))

    def spans(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return where the entries of rows begin, and how many they are, int64."""
        return self.rowptr[rows].long(), self.counts[rows]

    def entries(self, position: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the columns at positions, and the weights where there are any."""
        weight = None if self.weight is None else self.weight.index_select(0, position)
        return self.col.index_select(0, position), weight

    def to(self, device: torch.device | str) -> CSR:
        """Return the matrix on another device (itself when it is there already)."""
        if self.device == torch.device(device):
            return self
        weight = None if self.weight is None else self.weight.to(device)
        return CSR(self.rowptr.to(device), self.col.to(device), weight, self.shape, self.symmetric)

    def to_scipy(self) -> sp.csr_array:
        """Return a scipy CSR array that shares memory where it can."""
        parts = (self.values.detach(), self.col, self.rowptr)
        return sp.csr_array(tuple(part.cpu().numpy() for part in parts), shape=self.shape)

    def to_dense(self) -> Tensor:
        """Return the dense matrix; for tests and small feature tables only."""
        out = torch.zeros(self.shape, dtype=self.values.dtype, device=self.device)
        out.index_put_((self.row.long(), self.col.long()), self.values, accumulate=True)
        return out

    def __repr__(self) -> str:
        return f"CSR(shape={self.shape}, nnz={self.nnz}, symmetric={self.symmetric})"

    # -- what is computed once ---------------------------------------------------------------

    def once_a_pattern(self, key: str, make: Callable[[], T]) -> T:
        """Return what was made, once for all matrices of this pattern, whatever their values."""
        if key not in self._pattern:
            self._pattern[key] = make()
        out: T = self._pattern[key]
        return out

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Return what was made, once for this matrix."""
        if key not in self._cache:
            self._cache[key] = make()
        out: T = self._cache[key]
        return out

    def _make_row(self) -> Tensor:
        index = torch.arange(self.shape[0], dtype=self.col.dtype, device=self.device)
        return index.repeat_interleave(self.counts, output_size=self.nnz)

    def _make_degree(self) -> Tensor:
        if self.weight is None:
            return self.counts.float()
        out = torch.zeros(self.shape[0], dtype=torch.float64, device=self.device)
        return out.index_add_(0, self.row.long(), self.weight.double()).float()

    def _make_transpose_order(self) -> Tensor:
        # A stable sort by column keeps the rows ascending inside each column.
        return torch.argsort(self.col, stable=True)

    def _make_transpose(self) -> CSR:
        rowptr, col = self.once_a_pattern("transposed", self._make_transposed_pattern)
        weight = None if self.weight is None else self.weight.index_select(0, self.transpose_order)
        out = CSR(rowptr, col, weight, (self.shape[1], self.shape[0]))
        out.link_transpose(self)
        return out

    def _make_transposed_pattern(self) -> tuple[Tensor, Tensor]:
        counts = torch.bincount(self.col.long(), minlength=self.shape[1])
        rowptr = pad(counts.cumsum(0), (1, 0))
        return rowptr.to(self.rowptr.dtype), self.row[self.transpose_order]
