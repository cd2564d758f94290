r"""Sparse products in Triton: rows packed, whole or in pieces, and no sum added atomically.

One kernel computes :math:`y_i = l_i \sum_j w_{ij} r_j x_j` for every use: w the values of
a matrix, ones, or attention computed on the fly; the columns those of a matrix, or the entries'
own numbers, which sums up an array over its rows. Sums are of 32 bits (64 for float64), in an
order that only the matrix and the tile decide: the same call gives the same bits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import torch
import triton
import triton.language as tl
from torch import Tensor

from graphclust.sparse.csr import CSR
from graphclust.sparse.row_plan import RowPlan, row_plan
from graphclust.sparse.triton_launch import WARPS, launch, on_device_of
from graphclust.sparse.triton_rows import sum_tasks

# Bytes of a row that a program sums at a time. Narrow tiles keep more rows in the cache, wide ones
# read the columns fewer times: of 64, 128 and 256 features this was within 2 % of the fastest on
# graphs of half a million to 60 million entries (H200), but for one of 5 %.
TILE_BYTES = 256
# A tile that divides the width needs no mask, and may be as narrow as this for it.
_NARROW = 32
# What an entry may be weighed by; see ``triton_rows``.
_WEIGHING = ("weight", "right", "of_source", "of_target", "row_max")


def spmm(
    matrix: CSR,
    x: Tensor,
    weight: Tensor | None = None,
    *,
    left: Tensor | None = None,
    right: Tensor | None = None,
    bias: Tensor | None = None,
    slope: float | None = None,
    tile: int | None = None,
) -> Tensor:
    r"""Return :math:`y_i = \sigma(l_i \sum_j w_{ij} r_j x_j + b)` in one pass.

    Parameters
    ----------
    matrix : CSR, shape (n_rows, n_cols)
        The pattern.
    x : Tensor, shape (n_cols, d)
    weight : Tensor, shape (nnz,), optional
        Values; all ones when left out (the matrix's own are not looked at).
    left, right : Tensor, shape (n_rows,) and (n_cols,), optional
        Factors of rows and columns: :math:`D^{-1/2} A D^{-1/2}` without a value per entry.
    bias : Tensor, shape (d,), optional
        b.
    slope : float, optional
        What :math:`\sigma` multiplies negative numbers by; it changes nothing when left out.
    tile : int, optional
        Features that a program sums, a power of two; by default 256 bytes of them.

    Returns
    -------
    Tensor, shape (n_rows, d), of the type of ``x``

    Notes
    -----
    Cost O(nnz d); besides the result, memory only for the pieces of hubs.
    """
    out = x.new_empty(matrix.shape[0], x.shape[1])
    weight, left, right, bias = (
        None if t is None else t.contiguous() for t in (weight, left, right, bias)
    )
    sum_rows(
        row_plan(matrix), matrix.col, x, out, tile=tile, left=left, bias=bias,
        bend=1.0 if slope is None else float(slope), weight=weight, right=right,
    )  # fmt: skip
    return out


def spmm_heads(matrix: CSR, x: Tensor, weight: Tensor) -> Tensor:
    """Return the products of x (n_cols, heads, d) with values of their own, (nnz, heads)."""
    heads, width = x.shape[1:]
    out = x.new_empty(matrix.shape[0], heads, width)
    flat = x.reshape(-1, heads * width)
    plan = row_plan(matrix)
    sum_rows(plan, matrix.col, flat, out, heads=heads, weight=weight.contiguous())
    return out


def segment_sum(matrix: CSR, values: Tensor) -> Tensor:
    """Sum per-entry ``values`` (nnz, ...) over each row: shape (n_rows, ...)."""
    flat = values.flatten(1) if values.dim() > 1 else values[:, None]
    out = values.new_empty(matrix.shape[0], flat.shape[1])
    sum_rows(row_plan(matrix), None, flat, out)
    return out.view(matrix.shape[0], *values.shape[1:])


def sum_rows(
    plan: RowPlan,
    col: Tensor | None,
    x: Tensor,
    out: Tensor,
    *,
    heads: int = 1,
    tile: int | None = None,
    left: Tensor | None = None,
    bias: Tensor | None = None,
    slope: float = 0.0,
    bend: float = 1.0,
    **weighing: Tensor | None,
) -> None:
    """Write the sums of all rows of ``x`` (m, heads * d) to ``out`` (n_rows, heads * d).

    Each is multiplied by ``left`` of its row, ``bias`` (d,) is added, and what is negative then is
    multiplied by ``bend``.

    ``weighing`` says what an entry is weighed by: ``weight`` and ``right``, or ``of_source``,
    ``of_target`` and ``row_max``, with ``slope``. ``col=None`` takes the entries' own numbers.
    """
    if x.stride(1) != 1:
        x = x.contiguous()
    shape = _shape(x.shape[1] // heads, x.dtype, tile)
    joining = joining_of(plan, x, heads * shape.tiles)
    how = [weighing.get(name) for name in _WEIGHING]
    with on_device_of(x):
        for go in plan.launches(shape.rows, (col if col is not None else x).shape[0] * x.shape[1]):
            grid = (go.programs, heads * shape.tiles)
            launch(sum_tasks, grid, go.given, [
                col, x, x.stride(0), out, *joining, left, bias, *how, heads, shape.width,
            ], (slope, bend, go.kind, *shape.fixed))  # fmt: skip


def joining_of(plan: RowPlan, x: Tensor, programs: int) -> tuple[Tensor | None, Tensor | None]:
    """Return what the pieces of hubs are joined by; None for both if there are none.

    ``x`` has a row of all features in its trailing axes, and ``programs`` share a task.

    Returns
    -------
    partial : Tensor, shape (pieces, features)
        The pieces' sums, to be written.
    done : Tensor of int32, shape (hubs * programs,)
        How many pieces are done: none.
    """
    if not plan.n_pieces:
        return None, None
    partial = x.new_empty(plan.n_pieces, x.numel() // x.shape[0], dtype=sum_dtype(x))
    return partial, plan.none_done(programs)


class Shape(NamedTuple):
    """How a launch is shaped: ``fixed`` holds its constants, in the order of the kernel's."""

    width: int
    tiles: int
    rows: int
    fixed: tuple[Any, ...]


@lru_cache(maxsize=4096)
def _shape(width: int, dtype: torch.dtype, tile: int | None) -> Shape:
    size = dtype.itemsize
    tile = tile or TILE_BYTES // size
    # Triton's compiler fails on tiles of one feature.
    tile = max(4, min(tile, triton.next_power_of_2(width)))
    whole = width & -width
    if whole >= _NARROW:
        tile = min(tile, whole)
    rows = rows_of_a_program(tile, size)
    return Shape(width, -(-width // tile), rows, (rows, tile, width % tile == 0, sum_type(dtype)))


def rows_of_a_program(tile: int, size: int) -> int:
    """Return how many rows keep every thread busy with 16 bytes of features of ``size`` bytes."""
    return max(1, min(64, WARPS * 32 * 16 // (tile * size)))


def sum_dtype(x: Tensor) -> torch.dtype:
    """Return the type that sums of ``x`` are kept in."""
    return torch.float64 if x.dtype == torch.float64 else torch.float32


def sum_type(dtype: torch.dtype) -> tl.dtype:
    """Return the type that sums of ``dtype`` are kept in, in Triton's words."""
    return tl.float64 if dtype == torch.float64 else tl.float32
