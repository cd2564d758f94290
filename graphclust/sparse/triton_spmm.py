r"""Sparse products in Triton: rows packed, whole or in pieces, and no atomic addition.

One pair of kernels computes :math:`y_i = l_i \sum_j w_{ij} r_j x_j` for every use: w the values of
a matrix, ones, or attention computed on the fly; the columns those of a matrix, or the entries'
own numbers, which sums up an array over its rows. Sums are of 32 bits (64 for float64), in an
order that only the matrix and the tile decide: the same call gives the same bits.
"""

from __future__ import annotations

from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from graphclust.sparse.csr import CSR
from graphclust.sparse.row_plan import RowPlan, row_plan
from graphclust.sparse.triton_rows import packed_rows, split_rows

# Features that a program sums at a time. Narrow tiles keep more rows in the cache, wide ones read
# the columns fewer times; which wins depends on the graph.
TILES = (64, 128, 256)
# A tile that divides the width needs no mask, and may be as narrow as this for it.
_NARROW = 32
WARPS = 4
# What an entry may be weighed by; see ``triton_rows``.
_WEIGHING = ("weight", "right", "of_source", "of_target", "row_max", "slope")


def spmm(
    matrix: CSR,
    x: Tensor,
    weight: Tensor | None = None,
    *,
    left: Tensor | None = None,
    right: Tensor | None = None,
    tile: int = 128,
) -> Tensor:
    r"""Return :math:`y_i = l_i \sum_j w_{ij} r_j x_j`.

    Parameters
    ----------
    matrix : CSR, shape (n_rows, n_cols)
        The pattern.
    x : Tensor, shape (n_cols, d)
    weight : Tensor, shape (nnz,), optional
        Values; all ones when left out (the matrix's own are not looked at).
    left, right : Tensor, shape (n_rows,) and (n_cols,), optional
        Factors of rows and columns: :math:`D^{-1/2} A D^{-1/2}` without a value per entry.
    tile : int
        Features that a program sums, a power of two; the result differs by rounding only.

    Returns
    -------
    Tensor, shape (n_rows, d), of the type of ``x``

    Notes
    -----
    Cost O(nnz d); besides the result, memory only for the pieces of hubs.
    """
    out = x.new_empty(matrix.shape[0], x.shape[1])
    weight, left, right = (None if t is None else t.contiguous() for t in (weight, left, right))
    plan = row_plan(matrix)
    sum_rows(
        plan, matrix.rowptr, matrix.col, x, out, tile=tile, left=left, weight=weight, right=right
    )
    return out


def spmm_heads(matrix: CSR, x: Tensor, weight: Tensor) -> Tensor:
    """Return the products of x (n_cols, heads, d) with values of their own, (nnz, heads)."""
    heads, width = x.shape[1:]
    out = x.new_empty(matrix.shape[0], heads, width)
    flat = x.reshape(-1, heads * width)
    plan = row_plan(matrix)
    sum_rows(plan, matrix.rowptr, matrix.col, flat, out, heads=heads, weight=weight.contiguous())
    return out


def segment_sum(matrix: CSR, values: Tensor) -> Tensor:
    """Sum per-entry ``values`` (nnz, ...) over each row: shape (n_rows, ...)."""
    flat = values.flatten(1) if values.dim() > 1 else values[:, None]
    out = values.new_empty(matrix.shape[0], flat.shape[1])
    sum_rows(row_plan(matrix), matrix.rowptr, None, flat, out)
    return out.view(matrix.shape[0], *values.shape[1:])


def sum_rows(
    plan: RowPlan,
    rowptr: Tensor,
    col: Tensor | None,
    x: Tensor,
    out: Tensor,
    *,
    heads: int = 1,
    tile: int = 128,
    left: Tensor | None = None,
    **weighing: Tensor | float | None,
) -> None:
    """Write the sums of all rows of ``x`` (m, heads * d) to ``out`` (n_rows, heads * d).

    ``weighing`` says what an entry is weighed by: ``weight`` and ``right``, or ``of_source``,
    ``of_target``, ``row_max`` and ``slope``. ``col=None`` takes the entries' own numbers.
    """
    if x.stride(1) != 1:
        x = x.contiguous()
    shape, tiles = _shape(x, heads, tile)
    how = {name: weighing.get(name) for name in _WEIGHING}
    how["slope"] = how["slope"] or 0.0
    given = (col, x, x.stride(0))
    with torch.cuda.device_of(x):
        if len(plan.pieces):
            partial = x.new_empty(len(plan.pieces), x.shape[1], dtype=sum_dtype(x))
            grid = (len(plan.pieces), tiles)
            split_rows[grid](*plan.pieces, *given, partial, left=None, **how, **shape)
            join_pieces(plan, partial, out, heads, left)
        if len(plan.whole):
            grid = (len(plan.whole), tiles)
            split_rows[grid](*plan.whole, *given, out, left=left, **how, **shape)
        if plan.short.numel():
            grid = (triton.cdiv(plan.short.numel(), shape["ROWS"]), tiles)
            listed = (plan.short, plan.short.numel(), rowptr)
            packed_rows[grid](*listed, *given, out, left=left, **how, **shape)


def join_pieces(
    plan: RowPlan, partial: Tensor, out: Tensor, heads: int = 1, left: Tensor | None = None
) -> None:
    """Write the sums of the hubs' pieces, (pieces, heads * d), to the hubs' rows of ``out``."""
    shape, tiles = _shape(partial, heads, 128)
    how = {**dict.fromkeys(_WEIGHING), "slope": 0.0}
    grid = (len(plan.joins), tiles)
    given = (None, partial, partial.stride(0))
    with torch.cuda.device_of(partial):
        split_rows[grid](*plan.joins, *given, out, left=left, **how, **shape)


def _shape(x: Tensor, heads: int, tile: int) -> tuple[dict[str, Any], int]:
    """Return how a launch is shaped, and how many tiles the features make."""
    width = x.shape[1] // heads
    # Triton's compiler fails on tiles of one feature.
    tile = max(4, min(tile, triton.next_power_of_2(width)))
    whole = width & -width
    if whole >= _NARROW:
        tile = min(tile, whole)
    shape = {"heads": heads, "width": width, "TILE": tile, "EVEN": width % tile == 0}
    shape |= {"ROWS": rows_of_a_program(tile, x), "SUM": sum_type(x), "num_warps": WARPS}
    return shape, heads * triton.cdiv(width, tile)


def rows_of_a_program(tile: int, x: Tensor) -> int:
    """Return how many rows keep every thread busy with 16 bytes of features."""
    return max(1, min(64, WARPS * 32 * 16 // (tile * x.element_size())))


def sum_dtype(x: Tensor) -> torch.dtype:
    """Return the type that sums of ``x`` are kept in."""
    return torch.float64 if x.dtype == torch.float64 else torch.float32


def sum_type(x: Tensor) -> tl.dtype:
    """Return :func:`sum_dtype` in Triton's words."""
    return tl.float64 if x.dtype == torch.float64 else tl.float32
