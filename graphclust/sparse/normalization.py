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
    """Return what :meth:`CSR.with_self_loops` keeps."""
    n = matrix.shape[0]
    diagonal = torch.arange(n, device=matrix.device)
    stored = matrix.row == matrix.col
    if bool(stored.any()):
        # Entries on the diagonal already: one slot each, so that columns stay unique.
        extra = torch.zeros(n, device=matrix.device)
        extra.index_add_(0, matrix.row[stored].long(), matrix.values[stored])
        keep = ~stored
        rows, cols, weights = matrix.row[keep].long(), matrix.col[keep].long(), matrix.values[keep]
        loops = extra + value
    else:
        rows, cols, weights = matrix.row.long(), matrix.col.long(), matrix.values
        loops = torch.full((n,), value, device=matrix.device)
    return type(matrix).from_edges(
        torch.cat([rows, diagonal]),
        torch.cat([cols, diagonal]),
        torch.cat([weights, loops.to(weights.dtype)]),
        matrix.shape,
        matrix.symmetric,
    )
