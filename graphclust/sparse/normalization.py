"""Self-loops and the normalised forms of an adjacency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch

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
    weight = base.values * scale.index_select(0, base.row)
    of_col = scale.index_select(0, base.col)
    if kind == "sym":
        return base.with_weight(weight.mul_(of_col))
    out = base.with_weight(weight, symmetric=False)
    if base.symmetric:
        # The transpose has the same pattern: A D^-1 needs no sorting.
        out.link_transpose(base.with_weight(base.values * of_col, symmetric=False))
    return out


def add_self_loops(matrix: CSR, value: float) -> CSR:
    """Return what :meth:`CSR.with_self_loops` keeps.

    Nothing is sorted: in each row the loop goes behind as many entries as have a lower column.
    """
    n = matrix.shape[0]
    loops = torch.full((n,), value, device=matrix.device)
    stored = matrix.row == matrix.col
    if bool(stored.any()):
        # Entries on the diagonal already: one slot each, so that columns stay unique.
        loops.index_add_(0, matrix.row[stored].long(), matrix.values[stored])
        symmetric, matrix = matrix.symmetric, matrix.select(~stored)
        matrix.symmetric = symmetric
    size = matrix.nnz + n
    kind = torch.int32 if size < 2**31 else torch.int64
    offsets, steps = matrix.rowptr.long(), torch.arange(n + 1, device=matrix.device)
    lower = torch.zeros(matrix.nnz + 1, dtype=torch.int64, device=matrix.device)
    torch.cumsum(matrix.col < matrix.row, 0, out=lower[1:])
    place = offsets[:-1] + lower[offsets].diff() + steps[:-1]
    others = torch.ones(size, dtype=torch.bool, device=matrix.device)
    others[place] = False
    col = torch.empty(size, dtype=kind, device=matrix.device)
    weight = matrix.values.new_empty(size)
    col[place], weight[place] = steps[:-1].to(kind), loops.to(weight.dtype)
    col.masked_scatter_(others, matrix.col.to(kind))
    weight.masked_scatter_(others, matrix.values)
    return type(matrix)((offsets + steps).to(kind), col, weight, matrix.shape, matrix.symmetric)
