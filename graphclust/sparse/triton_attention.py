r"""Graph attention in Triton, forward and backward, with nothing per entry, head and feature.

.. math::
    e_{ij} = \operatorname{leaky}(s_j + t_i), \qquad
    p_{ij} = \exp(e_{ij} - m_i) / \sum_l \exp(e_{il} - m_i), \qquad
    o_i = \sum_j p_{ij} x_j

The forward pass keeps the rows' greatest scores m and inverse sums only; the backward pass
computes p again from these, gathers the gradients g once over the transpose, and with
:math:`\delta_i = \langle g_i, o_i \rangle` gets

.. math::
    \partial x_j = \sum_i p_{ij} g_i, \qquad
    \partial e_{ij} = p_{ij} (\langle g_i, x_j \rangle - \delta_i).

The latter, a number per entry and head, is all that is stored along the entries: it is summed
over the transpose's rows for s, and in the matrix's order for t. No sum
is added atomically.

References
----------
Velickovic et al., *Graph attention networks*, 2018, arXiv:1710.10903; Dao et al.,
*FlashAttention*, 2022, arXiv:2205.14135, for the backward pass from row statistics.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from graphclust.sparse.csr import CSR
from graphclust.sparse.row_plan import row_plan
from graphclust.sparse.triton_entries import row_dots, softmax_statistics
from graphclust.sparse.triton_launch import launch, on_device_of
from graphclust.sparse.triton_rows import column_of, gather, lanes_of, leaky_relu, store_sums
from graphclust.sparse.triton_spmm import (
    joining_of,
    rows_of_a_program,
    segment_sum,
    sum_dtype,
    sum_rows,
    sum_type,
)


def attention_forward(
    matrix: CSR, source: Tensor, of_source: Tensor, of_target: Tensor, slope: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the rows' attention over their entries.

    Parameters
    ----------
    matrix : CSR, shape (n_rows, n_cols)
        The pattern; row i attends to its columns.
    source : Tensor, shape (n_cols, heads, d)
        What is summed up.
    of_source, of_target : Tensor, shape (n_cols, heads) and (n_rows, heads)
        The two parts of a score.
    slope : float
        Of the leaky rectifier.

    Returns
    -------
    out : Tensor, shape (n_rows, heads, d)
        Zero for rows without entries.
    row_max, inverse_sum : Tensor, shape (n_rows, heads)
        What the backward pass needs, in 32 bits (64 for float64).

    Notes
    -----
    Cost O(nnz heads d); besides the result, memory O(n_rows heads).
    """
    heads, width = source.shape[1:]
    source, of_source, of_target = (t.contiguous() for t in (source, of_source, of_target))
    row_max, inverse_sum = softmax_statistics(
        matrix, heads, source, slope, of_source=of_source, of_target=of_target
    )
    out = source.new_empty(matrix.shape[0], heads, width)
    sum_rows(
        row_plan(matrix), matrix.col, source.view(-1, heads * width), out,
        heads=heads, left=inverse_sum, of_source=of_source, of_target=of_target,
        row_max=row_max, slope=slope,
    )  # fmt: skip
    return out, row_max, inverse_sum


def attention_backward(
    matrix: CSR,
    grad: Tensor,
    out: Tensor,
    source: Tensor,
    of_source: Tensor,
    of_target: Tensor,
    row_max: Tensor,
    inverse_sum: Tensor,
    slope: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of ``source``, ``of_source`` and ``of_target``.

    ``grad`` is that of ``out``; the others are what :func:`attention_forward` took and gave.
    Cost O(nnz heads d), memory O(nnz heads) besides the results.
    """
    heads, width = source.shape[1:]
    back = matrix.transpose()
    grad, out, source, of_source, of_target = (
        t.contiguous() for t in (grad, out, source, of_source, of_target)
    )
    delta = row_dots(grad.view(-1, width), out.view(-1, width))
    grad_source = torch.empty_like(source)
    along = source.new_empty(matrix.nnz, heads, dtype=sum_dtype(source))
    # What is looked up for an entry lies in 16 bytes, one sector; the fourth number fills.
    statistics = torch.stack(
        [of_target.to(delta.dtype), row_max - inverse_sum.log(), delta.view_as(row_max), row_max],
        dim=-1,
    )
    _pull(back, grad, source, grad_source, along, of_source, statistics, slope)
    grad_of_source = segment_sum(back, along)
    grad_of_target = along.new_empty(matrix.shape[0], heads)
    # Where each of the matrix's entries lies in the transpose.
    sum_rows(row_plan(matrix), back.transpose_order, along, grad_of_target)
    return grad_source, grad_of_source.to(of_source.dtype), grad_of_target.to(of_target.dtype)


def _pull(
    back: CSR,
    grad: Tensor,
    source: Tensor,
    out: Tensor,
    along: Tensor,
    of_source: Tensor,
    statistics: Tensor,
    slope: float,
) -> None:
    """Write the gradients of ``source`` and of the scores, in the order of the transpose."""
    plan = row_plan(back)
    heads, width = source.shape[1:]
    # A program holds a whole head: its dot products are complete.
    tile = max(4, triton.next_power_of_2(width))
    rows = rows_of_a_program(tile, source.element_size())
    shape = (rows, tile, width % tile == 0, sum_type(source.dtype))
    joining = joining_of(plan, source, heads)
    with on_device_of(source):
        for go in plan.launches(rows, back.nnz * heads * width):
            launch(_pull_tasks, (go.programs, heads), go.given, [
                back.col, grad, source, out, *joining, along, of_source, statistics,
                heads, width,
            ], (slope, go.kind, *shape))  # fmt: skip


# -- kernels ---------------------------------------------------------------------------------


@triton.jit
def _add_one(
    total, entry, inside, column, pulled, own, score, along,
    statistics, heads, SLOPE: tl.constexpr, SUM: tl.constexpr,
):  # fmt: skip
    """Add what one entry a lane gives to the gradient, and store its score's."""
    at = column * heads * 4
    score += tl.load(statistics + at, mask=inside, other=0.0)
    share = tl.exp(leaky_relu(score, SLOPE) - tl.load(statistics + at + 1, mask=inside, other=0.0))
    pulled = tl.where(inside[:, None], pulled.to(SUM), 0.0)
    dot = tl.sum(own * pulled, axis=1)
    change = share * (dot - tl.load(statistics + at + 2, mask=inside, other=0.0))
    change = tl.where(score > 0, change, change * SLOPE)
    tl.store(along + entry * heads, change, mask=inside)
    return total + tl.where(inside, share, 0.0)[:, None] * pulled


@triton.jit
def _add_two(
    total, entry, step, last, col, grad, own, feature, width, score, along,
    statistics, heads, SLOPE: tl.constexpr, EVEN: tl.constexpr,
    SUM: tl.constexpr,
):  # fmt: skip
    """Add two entries a lane, both loaded before the first is used."""
    e1 = entry + step
    i0, i1 = entry < last, e1 < last
    c0, c1 = column_of(col, entry, i0), column_of(col, e1, i1)
    g0 = gather(grad, c0, heads * width, feature, width, EVEN)
    g1 = gather(grad, c1, heads * width, feature, width, EVEN)
    total = _add_one(
        total, entry, i0, c0, g0, own, score, along,
        statistics, heads, SLOPE, SUM,
    )  # fmt: skip
    return _add_one(
        total, e1, i1, c1, g1, own, score, along,
        statistics, heads, SLOPE, SUM,
    )  # fmt: skip


@triton.jit
def _pull_tasks(
    first, last, owner, place, joined_from, joined_to, n_long, n_pieces, rows, n_listed, rowptr,
    col, grad, source, out, partial, done, along,
    of_source, statistics, heads, width,
    SLOPE: tl.constexpr, KIND: tl.constexpr,
    ROWS: tl.constexpr, TILE: tl.constexpr, EVEN: tl.constexpr, SUM: tl.constexpr,
):  # fmt: skip
    """Pull the gradients to a long row of the transpose or a piece of one, or to short rows."""
    task, head = tl.program_id(0), tl.program_id(1)
    row, entry, end = lanes_of(task, first, last, owner, n_long, rows, n_listed, rowptr, KIND, ROWS)
    if KIND == 0:
        step = tl.where(task < n_long, ROWS, 1)
    elif KIND == 1:
        step = ROWS
    else:
        step = 1
    listed = row >= 0
    score = tl.load(of_source + row * heads + head, mask=listed, other=0.0).to(SUM)
    feature = tl.arange(0, TILE)
    there = listed[:, None] & (feature < width)[None, :]
    at = (row * heads + head)[:, None] * width + feature[None, :]
    own = tl.load(source + at, mask=there, other=0.0).to(SUM)
    total = tl.zeros([ROWS, TILE], dtype=SUM)
    for k in range(0, tl.max(tl.cdiv(end - entry, step).to(tl.int32), axis=0), 2):
        total = _add_two(
            total, entry + k * step, step, end, col, grad + head * width, own, feature, width,
            score, along + head, statistics + head * 4, heads, SLOPE, EVEN, SUM,
        )  # fmt: skip
    store_sums(
        total, task, n_long, row, owner, place, n_pieces, head, heads, feature, width, None, None,
        out, partial, joined_from, joined_to, done, KIND, ROWS, 1.0,
    )  # fmt: skip
