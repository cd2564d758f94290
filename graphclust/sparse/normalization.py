"""Self-loops and the normalised forms of an adjacency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

if TYPE_CHECKING:
    from graphclust.sparse.csr import CSR

Normalization = Literal["none", "sym", "row"]


def normalize(matrix: CSR, kind: Normalization, self_loops: float) -> CSR:
    """Return what :meth:`CSR.normalized` keeps."""
    base = matrix.with_self_loops(self_loops) if self_loops else matrix
    if kind == "none":
        return base
    power = -0.5 if kind == "sym" else -1.0
    scale = base.degree.clamp(min=0).pow(power)
    scale = torch.where(torch.isfinite(scale), scale, torch.zeros_like(scale))
    weight = _scaled(base, scale, None if kind == "row" else scale)
    if kind == "sym":
        return base.with_weight(weight)
    out = base.with_weight(weight, symmetric=False)
    if base.symmetric:
        # The transpose has the same pattern: A D^-1 needs no sorting.
        out.link_transpose(base.with_weight(_scaled(base, None, scale), symmetric=False))
    return out


def _scaled(matrix: CSR, of_row: Tensor | None, of_col: Tensor | None) -> Tensor:
    """Return the values times a number of each row and of each column, shape (nnz,)."""
    parts = []
    for first, block in matrix.pieces():
        values = block.values
        if of_row is not None:
            own = of_row[first : first + block.shape[0]]
            values = values * own.repeat_interleave(block.counts, output_size=block.nnz)
        parts.append(values if of_col is None else values * of_col.index_select(0, block.col))
    return torch.cat(parts) if parts else matrix.values


def add_self_loops(matrix: CSR, value: float) -> CSR:
    """Return what :meth:`CSR.with_self_loops` keeps."""
    n = matrix.shape[0]
    loops = torch.full((n,), value, device=matrix.device)
    inserted = _inserted(matrix, loops)
    if inserted is not None:
        return inserted
    stored = matrix.row == matrix.col
    if bool(stored.any()):
        # Entries on the diagonal already: one slot each, so that columns stay unique.
        loops.index_add_(0, matrix.row[stored].long(), matrix.values[stored])
        symmetric, matrix = matrix.symmetric, matrix.select(~stored)
        matrix.symmetric = symmetric
        inserted = _inserted(matrix, loops)
        if inserted is not None:
            return inserted
    diagonal = torch.arange(n, device=matrix.device)
    return type(matrix).from_edges(
        torch.cat([matrix.row.long(), diagonal]),
        torch.cat([matrix.col.long(), diagonal]),
        torch.cat([matrix.values, loops.to(matrix.values.dtype)]),
        matrix.shape,
        matrix.symmetric,
    )


def _inserted(matrix: CSR, loops: Tensor) -> CSR | None:
    """Return the matrix with an entry more in each row, where its columns ascend and lack it.

    Nothing is sorted, and beside the result there is nothing of the number of entries.
    """
    m, total = matrix.shape[0], matrix.nnz + matrix.shape[0]
    kind = torch.int32 if max(total, *matrix.shape) < 2**31 else torch.int64
    number = torch.arange(m + 1, dtype=torch.int64, device=matrix.device)
    rowptr = matrix.rowptr.long() + number
    col = torch.empty(total, dtype=kind, device=matrix.device)
    real = torch.float32 if matrix.weight is None else matrix.weight.dtype
    weight = torch.empty(total, dtype=real, device=matrix.device)
    for first, block in matrix.pieces():
        row = block.row.long()
        own, at = row + first, torch.arange(block.nnz, device=matrix.device)
        within = row[1:] == row[:-1]
        if bool((own == block.col).any()) or bool((block.col.diff()[within] <= 0).any()):
            return None
        begin = rowptr[first] - block.rowptr[0].long()
        place = begin + at + row + (block.col > own)
        col[place], weight[place] = block.col.to(kind), block.values
        before = torch.zeros(block.shape[0], dtype=torch.int64, device=matrix.device)
        before.index_add_(0, row, (block.col < own).long())
        place = rowptr[first : first + block.shape[0]] + before
        col[place] = number[first : first + block.shape[0]].to(kind)
        weight[place] = loops[first : first + block.shape[0]].to(real)
    return type(matrix)(rowptr.to(kind), col, weight, matrix.shape, matrix.symmetric)
