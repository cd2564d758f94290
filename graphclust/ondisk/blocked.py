"""Rows that are met a block at a time: on disk, or computed when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

# Computed rows come in blocks of at most this many numbers, or of so much of the allowed memory.
_BLOCK = 1 << 24
_SHARE = 16


class BlockedRows:
    """Base of matrices that are read in blocks of rows."""

    shape: tuple[int, int]
    device: torch.device

    def blocks(self) -> Iterator[tuple[int, Tensor]]:
        """Yield the first row of each block, and the block."""
        raise NotImplementedError

    def __getitem__(self, rows: slice | Tensor) -> Tensor:
        """Return a range of rows, or rows by number (int64)."""
        raise NotImplementedError

    def summed(self, function: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the sum of ``function(block)`` over all blocks of rows."""
        total: Tensor | None = None
        for _, block in self.blocks():
            part = function(block)
            total = part if total is None else total + part
        assert total is not None
        return total

    def mean_and_variance(self) -> tuple[Tensor, Tensor]:
        """Return the mean and the variance of each column, float64, shape (f,)."""
        mean = self.summed(lambda block: block.sum(0, dtype=torch.float64)) / self.shape[0]
        square = self.summed(lambda block: (block - mean).square().sum(0))
        return mean, square / self.shape[0]


class ComputedRows(BlockedRows):
    """Rows of another matrix, mapped by functions of single rows whenever they are read.

    Parameters
    ----------
    source : Tensor or BlockedRows, shape (n, f')
    width : int
        Columns of the result.
    function : callable
        From a block of rows to a block of rows of ``width``.
    memory : int, optional
        Bytes that may be used by what reads them; blocks are a sixteenth of that.
    """

    def __init__(
        self,
        source: Tensor | BlockedRows,
        width: int,
        function: Callable[[Tensor], Tensor],
        memory: int | None = None,
    ) -> None:
        self.source, self.function, self.memory = source, function, memory
        self.shape, self.device = (int(source.shape[0]), width), source.device
        # Of all that is computed on the way.
        self._widest = max(1, width, int(source.shape[1]))

    def blocks(self) -> Iterator[tuple[int, Tensor]]:
        """Yield the first row of each block, and the block."""
        numbers = _BLOCK if self.memory is None else min(_BLOCK, self.memory // _SHARE // 4)
        step = max(1, numbers // self._widest)
        for start in range(0, self.shape[0], step):
            yield start, self[start : start + step]

    def __getitem__(self, rows: slice | Tensor) -> Tensor:
        """Return a range of rows, or rows by number (int64)."""
        return self.function(self.source[rows])

    def then(self, width: int, function: Callable[[Tensor], Tensor]) -> ComputedRows:
        """Return the rows mapped by one more function."""
        before = self.function
        out = ComputedRows(self.source, width, lambda rows: function(before(rows)), self.memory)
        out._widest = max(out._widest, self._widest)
        return out

    def tensor(self) -> Tensor:
        """Return all rows at once."""
        out = torch.empty(self.shape, device=self.device)
        for start, block in self.blocks():
            out[start : start + block.shape[0]] = block
        return out
