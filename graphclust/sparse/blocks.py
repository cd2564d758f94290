r"""Rows of a matrix in blocks that fit the cache, laid out head by head.

An operation with several heads is one with the matrix :math:`I_H \otimes A`: the entries of a
block are repeated for every head, head by head, and entry (h, i, j) reads row j * heads + h of
a table of shape (n * heads, d). So all heads are done by one call without a copy of any, and
what has the size of entries times heads exists a block at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from graphclust.sparse.csr import CSR

# Entries times heads of a block: a few arrays of it stay in the cache, and the calls are few
# enough to cost nothing beside their work.
ENTRIES = 1 << 17
_INT32_MAX = 2**31 - 1


class Block:
    """Some consecutive entries of a matrix, with the rows they belong to, for all heads.

    Attributes
    ----------
    rows, entries : slice
        Into the matrix. The first and the last row may be there in part only, if the block was
        cut by entries.
    col : Tensor, shape (n_entries,)
    offsets : Tensor, shape (n_rows + 1,)
        Where each row's entries begin in the block, for one head.
    """

    def __init__(self, matrix: CSR, rows: slice, entries: slice, heads: int) -> None:
        self.rows, self.entries, self.heads = rows, entries, heads
        self.col = matrix.col[entries]
        begin = matrix.rowptr[rows.start : rows.stop + 1]
        self.offsets: Tensor = begin.clamp(entries.start, entries.stop) - entries.start
        if matrix.shape[1] * heads > _INT32_MAX:
            self.col, self.offsets = self.col.long(), self.offsets.long()

    @cached_property
    def index(self) -> Tensor:
        """Row of the table (n_cols * heads, d) that each entry reads, head by head."""
        return self._by_head(self.col)

    @cached_property
    def place(self) -> Tensor:
        """Row of the block's own table (n_entries * heads, d) that each entry reads."""
        col = self.col
        return self._by_head(torch.arange(col.numel(), dtype=col.dtype, device=col.device))

    @cached_property
    def counts(self) -> Tensor:
        """Entries of each row, int64, for one head."""
        counts: Tensor = self.offsets.diff().long()
        return counts

    @cached_property
    def row(self) -> Tensor:
        """Row of each entry in the matrix, for one head, shape (n_entries,)."""
        rows = self.rows
        index = torch.arange(rows.start, rows.stop, dtype=self.col.dtype, device=self.col.device)
        out: Tensor = index.repeat_interleave(self.counts, output_size=self.col.numel())
        return out

    @cached_property
    def head_offsets(self) -> Tensor:
        """Where the entries of each head and row begin, shape (heads * n_rows + 1,)."""
        if self.heads == 1:
            return self.offsets
        n, kind = self.col.numel(), self.offsets.dtype
        head = torch.arange(self.heads, dtype=kind, device=self.col.device)[:, None] * n
        begin: Tensor = (self.offsets[:-1] + head).flatten()
        end = torch.full((1,), self.heads * n, dtype=kind, device=self.col.device)
        return torch.cat([begin, end])

    def repeat(self, values: Tensor) -> Tensor:
        """Repeat (heads * n_rows,) for the entries: shape (heads * n_entries,)."""
        size = self.heads * self.col.numel()
        out: Tensor = values.repeat_interleave(self._head_counts, output_size=size)
        return out

    def reduce(self, values: Tensor, kind: str) -> Tensor:
        """Reduce (heads * n_entries,) over the entries: shape (heads * n_rows,)."""
        empty = 0.0 if kind == "sum" else -torch.inf
        out: Tensor = torch.segment_reduce(  # type: ignore[no-untyped-call]
            values, kind, offsets=self._long_offsets, axis=0, initial=empty, unsafe=True
        )
        return out

    def weighted_sum(self, index: Tensor, table: Tensor, weight: Tensor) -> Tensor:
        """Sum the rows ``index`` of ``table`` over the entries: shape (heads * n_rows, d)."""
        out: Tensor = embedding_bag(
            index, table, self.head_offsets, mode="sum", per_sample_weights=weight,
            include_last_offset=True,
        )  # fmt: skip
        return out

    def head_rows(self, x: Tensor) -> Tensor:
        """Return the block's rows of ``x`` (n, heads, ...), head by head and flat."""
        return x[self.rows].transpose(0, 1).reshape(-1, *x.shape[2:])

    def node_rows(self, values: Tensor) -> Tensor:
        """Return (heads * n_rows, ...) as a view of shape (n_rows, heads, ...)."""
        return values.view(self.heads, -1, *values.shape[1:]).transpose(0, 1)

    @cached_property
    def _head_counts(self) -> Tensor:
        return self.counts.repeat(self.heads)

    @cached_property
    def _long_offsets(self) -> Tensor:
        return self.head_offsets.long()

    def _by_head(self, position: Tensor) -> Tensor:
        if self.heads == 1:
            return position
        head = torch.arange(self.heads, dtype=position.dtype, device=position.device)
        return (position * self.heads + head[:, None]).flatten()


def row_blocks(matrix: CSR, heads: int) -> Iterator[Block]:
    """Yield blocks of whole rows with about so many entries times heads; a hub may have more.

    Together they hold all rows, unless the matrix has no entries: then there is no block.
    """
    step = max(1, ENTRIES // heads)
    cuts = torch.arange(0, matrix.nnz, step, dtype=matrix.rowptr.dtype, device=matrix.device)
    # The row before a cut goes whole into the block before it, and the rows after the last entry
    # into the last block.
    rows = torch.searchsorted(matrix.rowptr, cuts)
    begin = matrix.rowptr.index_select(0, rows)
    starts = sorted({*zip(rows.tolist(), begin.tolist(), strict=True)})
    starts = [(i, a) for i, a in starts if a < matrix.nnz]
    for (i, a), (j, b) in pairwise([*starts, (matrix.shape[0], matrix.nnz)]):
        yield Block(matrix, slice(i, j), slice(a, b), heads)


def entry_blocks(matrix: CSR, heads: int, entries: int) -> Iterator[Block]:
    """Yield blocks of at most so many entries, which may begin and end inside a row."""
    begins = torch.arange(0, matrix.nnz, entries, dtype=matrix.rowptr.dtype, device=matrix.device)
    ends = (begins + entries).clamp(max=matrix.nnz)
    first = torch.searchsorted(matrix.rowptr, begins, right=True) - 1
    last = torch.searchsorted(matrix.rowptr, ends)
    for a, b, i, j in zip(*(t.tolist() for t in (begins, ends, first, last)), strict=True):
        yield Block(matrix, slice(i, j), slice(a, b), heads)
