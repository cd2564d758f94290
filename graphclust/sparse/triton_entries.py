"""What belongs to entries, in Triton: dot products, and the softmax over each row's entries."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from graphclust.sparse.csr import CSR
from graphclust.sparse.row_plan import SHORT, row_plan
from graphclust.sparse.triton_launch import NOTHING, launch, on_device_of
from graphclust.sparse.triton_rows import column_of, gather, lanes_of, leaky_relu
from graphclust.sparse.triton_spmm import rows_of_a_program, sum_dtype, sum_type

# Entries that are normalised by a program; rows whose statistics it finds at once.
BLOCK = 1024
_LANES = 8


def sddmm(matrix: CSR, a: Tensor, b: Tensor) -> Tensor:
    r"""Return :math:`\langle a_i, b_j \rangle` for every entry (i, j), shape (nnz,).

    ``a`` has shape (n_rows, d) and ``b`` (n_cols, d), or (n_rows, heads, d) and (n_cols, heads,
    d) for a result of (nnz, heads). Cost O(nnz heads d), no temporaries.
    """
    out = a.new_empty(matrix.nnz, *a.shape[1:-1])
    _launch_dots(matrix.row, matrix.col, a, b, out)
    return out


def row_dots(a: Tensor, b: Tensor) -> Tensor:
    r"""Return :math:`\langle a_i, b_i \rangle` in 32 bits (64 for float64), shape (n,)."""
    out = a.new_empty(a.shape[0], dtype=sum_dtype(a))
    _launch_dots(None, None, a, b, out)
    return out


def edge_softmax(matrix: CSR, scores: Tensor) -> Tensor:
    """Return the softmax of ``scores`` over each row's entries, shape (nnz,) or (nnz, heads)."""
    flat = (scores if scores.dim() == 2 else scores[:, None]).contiguous()
    row_max, inverse_sum = softmax_statistics(matrix, flat.shape[1], flat, scores=flat)
    out = torch.empty_like(flat)
    with on_device_of(flat):
        launch(_normalise, (triton.cdiv(matrix.nnz, BLOCK), flat.shape[1]), NOTHING, [
            matrix.row, flat, row_max, inverse_sum, out, matrix.nnz, flat.shape[1],
        ], (BLOCK, sum_type(flat.dtype)))  # fmt: skip
    return out.view(scores.shape)


def softmax_statistics(
    matrix: CSR, heads: int, like: Tensor, slope: float = 0.0, **scoring: Tensor
) -> tuple[Tensor, Tensor]:
    r"""Return each row's greatest score and :math:`1 / \sum_j \exp(e_{ij} - \max_l e_{il})`.

    Parameters
    ----------
    matrix : CSR
    heads : int
    like : Tensor
        Its type decides that of the sums.
    slope : float
    **scoring
        ``scores``, shape (nnz, heads), or ``of_source`` (n_cols, heads) and ``of_target`` (n_rows,
        heads), with ``slope``, of :func:`~graphclust.sparse.triton_attention.attention_forward`.

    Returns
    -------
    row_max, inverse_sum : Tensor, shape (n_rows, heads)
        Minus infinity and 1 for rows without entries.
    """
    plan = row_plan(matrix)
    first, last, row, _ = plan.unsplit
    row_max = like.new_empty(matrix.shape[0], heads, dtype=sum_dtype(like))
    inverse_sum = torch.empty_like(row_max)
    how = [scoring.get(name) for name in ("scores", "of_source", "of_target")]
    with on_device_of(like):
        launch(_statistics, (len(row) - (-plan.short.numel() // _LANES), heads), NOTHING, [
            first, last, row, len(row), plan.short, plan.short.numel(), matrix.rowptr,
            matrix.col, row_max, inverse_sum, *how, heads,
        ], (slope, _LANES, SHORT, sum_type(like.dtype)))  # fmt: skip
    return row_max, inverse_sum


def _launch_dots(row: Tensor | None, col: Tensor | None, a: Tensor, b: Tensor, out: Tensor) -> None:
    heads, width = (1, *a.shape[1:])[-2:]
    a, b = a.reshape(-1, heads * width), b.reshape(-1, heads * width)
    a, b = (t if t.stride(1) == 1 else t.contiguous() for t in (a, b))
    tile = max(4, min(128, triton.next_power_of_2(width)))
    entries = 4 * rows_of_a_program(tile, a.element_size())
    if out.numel():
        with on_device_of(a):
            launch(_dots, (triton.cdiv(out.shape[0], entries), heads), NOTHING, [
                row, col, a, a.stride(0), b, b.stride(0), out, out.shape[0], heads, width,
            ], (entries, tile, width % tile == 0, sum_type(a.dtype)))  # fmt: skip


# -- kernels ---------------------------------------------------------------------------------


@triton.jit
def _dots(
    row, col, a, stride_a, b, stride_b, out, n, heads, width,
    ENTRIES: tl.constexpr, TILE: tl.constexpr, EVEN: tl.constexpr, SUM: tl.constexpr,
):  # fmt: skip
    """Multiply two rows for each of some entries in sequence: balanced whatever the rows."""
    head = tl.program_id(1)
    entry = tl.program_id(0).to(tl.int64) * ENTRIES + tl.arange(0, ENTRIES)
    inside = entry < n
    i, j = column_of(row, entry, inside), column_of(col, entry, inside)
    total = tl.zeros([ENTRIES, TILE], dtype=SUM)
    for start in range(0, width, TILE):
        feature = start + tl.arange(0, TILE)
        left = gather(a + head * width, i, stride_a, feature, width, EVEN)
        right = gather(b + head * width, j, stride_b, feature, width, EVEN)
        total += left.to(SUM) * right.to(SUM)
    tl.store(out + entry * heads + head, tl.sum(total, axis=1), mask=inside)


@triton.jit
def _score(
    entry, inside, col, scores, of_source, target, heads, SLOPE: tl.constexpr, SUM: tl.constexpr
):  # fmt: skip
    """Return given scores, or those of attention; minus infinity outside."""
    if scores is not None:
        out = tl.load(scores + entry * heads, mask=inside, other=0.0).to(SUM)
    else:
        column = column_of(col, entry, inside)
        out = tl.load(of_source + column * heads, mask=inside, other=0.0).to(SUM) + target
        out = leaky_relu(out, SLOPE)
    return tl.where(inside, out, float("-inf"))


@triton.jit
def _statistics(
    first, last, owner, n_long, rows, n_listed, rowptr, col, row_max, inverse_sum,
    scores, of_source, of_target, heads, SLOPE: tl.constexpr,
    LANES: tl.constexpr, MOST: tl.constexpr, SUM: tl.constexpr,
):  # fmt: skip
    """Find greatest score and sum of some short rows, or of a long one, which the lanes share."""
    task, head = tl.program_id(0), tl.program_id(1)
    step = tl.where(task < n_long, LANES, 1)
    row, start, end = lanes_of(task, first, last, owner, n_long, rows, n_listed, rowptr, 0, LANES)
    listed = row >= 0
    at = row * heads + head
    target = tl.zeros([LANES], dtype=SUM)
    if scores is not None:
        scores += head
    else:
        of_source += head
        target = tl.load(of_target + at, mask=listed, other=0.0).to(SUM)
    # The least float rather than minus infinity: a lane may have no entry.
    top = tl.full([LANES], -3.4028234663852886e38, dtype=SUM)
    total = tl.zeros([LANES], dtype=SUM)
    for k in range(0, tl.max(tl.cdiv(end - start, step).to(tl.int32), axis=0), MOST):
        entry = start[:, None] + (k + tl.arange(0, MOST))[None, :] * step
        score = _score(
            entry, entry < end[:, None], col, scores, of_source, target[:, None], heads, SLOPE, SUM
        )
        above = tl.maximum(top, tl.max(score, axis=1))
        total = total * tl.exp(top - above) + tl.sum(tl.exp(score - above[:, None]), axis=1)
        top = above
    if task < n_long:
        above = tl.max(top, axis=0)
        total = tl.zeros([LANES], dtype=SUM) + tl.sum(total * tl.exp(top - above), axis=0)
        top = tl.zeros([LANES], dtype=SUM) + above
        listed = tl.arange(0, LANES) == 0
    held = total > 0
    tl.store(row_max + at, tl.where(held, top, float("-inf")), mask=listed)
    tl.store(inverse_sum + at, 1.0 / tl.where(held, total, 1.0), mask=listed)


@triton.jit
def _normalise(
    row, scores, row_max, inverse_sum, out, n, heads, BLOCK: tl.constexpr, SUM: tl.constexpr
):
    """Turn scores into shares of their rows."""
    head = tl.program_id(1)
    entry = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = entry < n
    of_row = tl.load(row + entry, mask=inside, other=0).to(tl.int64) * heads + head
    score = tl.load(scores + entry * heads + head, mask=inside, other=0.0).to(SUM)
    top = tl.load(row_max + of_row, mask=inside, other=0.0)
    share = tl.exp(score - top) * tl.load(inverse_sum + of_row, mask=inside, other=0.0)
    tl.store(out + entry * heads + head, share, mask=inside)
