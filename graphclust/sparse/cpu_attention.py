"""Attention on the CPU: scores, softmax and sum a block of rows at a time.

Plain functions of tensors, without autograd; :mod:`graphclust.sparse.attention` differentiates.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag, leaky_relu

from graphclust.sparse.blocks import Block, entry_blocks, row_blocks
from graphclust.sparse.cpu import entry_dots
from graphclust.sparse.csr import CSR

# Floats of a block whose entries have the full width: it stays in the cache.
_WIDE = 1 << 19


@torch.no_grad()
def attention_forward(
    matrix: CSR, source: Tensor, of_source: Tensor, of_target: Tensor, slope: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the sums (n_rows, heads, d), each row's greatest score and 1 / denominator.

    The last two have shape (n_rows, heads); a row without entries has a sum of 0, -inf and 1.
    """
    heads, d = source.shape[1:]
    table, scores = source.reshape(-1, d), of_source.reshape(-1)
    out = _sums_like(matrix, source, matrix.shape[0])
    row_max = of_target.new_full((matrix.shape[0], heads), -torch.inf)
    inverse_sum = torch.ones_like(row_max)
    for block in row_blocks(matrix, heads):
        p = scores.index_select(0, block.index).add_(block.repeat(block.head_rows(of_target)))
        p = leaky_relu(p, slope, inplace=True)
        top = block.reduce(p, "max")
        row_max[block.rows] = block.node_rows(top)
        p.sub_(block.repeat(top)).exp_()
        # Where a row has entries, the greatest alone adds 1.
        inverse = block.reduce(p, "sum").clamp_(min=1.0).reciprocal_()
        inverse_sum[block.rows] = block.node_rows(inverse)
        total = block.weighted_sum(block.index, table, p).mul_(inverse[:, None])
        out[block.rows] = block.node_rows(total)
    return out, row_max, inverse_sum


@torch.no_grad()
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
    r"""Return the gradients of ``source``, ``of_source`` and ``of_target``.

    With :math:`p_{ij}` recomputed from the kept maximum and denominator and
    :math:`\delta_i = \langle g_i, z_i \rangle`, one pass over the transpose gives

    .. math::
        \partial x_j = \sum_i p_{ij} g_i, \qquad
        \partial e_{ij} = p_{ij} (\langle g_i, x_j \rangle - \delta_i)
    """
    heads, d = source.shape[1:]
    table, target = grad.reshape(-1, d), of_target.reshape(-1)
    log_sum = (row_max - inverse_sum.log()).view(-1)
    delta = _row_dots(grad, out).view(-1)
    grad_source, grad_of_source = _sums_like(matrix, source), _sums_like(matrix, of_source)
    grad_target = torch.zeros_like(target)
    transpose = matrix.transpose()
    for block in row_blocks(transpose, heads):
        score = target.index_select(0, block.index).add_(block.repeat(block.head_rows(of_source)))
        p = leaky_relu(score, slope).sub_(log_sum.index_select(0, block.index)).exp_()
        total = block.weighted_sum(block.index, table, p)
        grad_source[block.rows] = block.node_rows(total)
        dots = entry_dots(block.head_offsets, block.index, block.head_rows(source), table)
        de = dots.sub_(delta.index_select(0, block.index)).mul_(p)
        # The slope of the LeakyReLU: 1 where the score is positive.
        de.mul_(score.gt_(0.0).mul_(1.0 - slope).add_(slope))
        grad_of_source[block.rows] = block.node_rows(block.reduce(de, "sum"))
        grad_target.index_add_(0, block.index, de)
    return grad_source, grad_of_source, grad_target.view_as(of_target)


@torch.no_grad()
def mixed_scores_forward(
    matrix: CSR, source: Tensor, target: Tensor, weight: Tensor, slope: float
) -> Tensor:
    r"""Return :math:`\langle a, \mathrm{LeakyReLU}(x_j + t_i) \rangle`, shape (nnz, heads)."""
    out, table = source.new_empty(matrix.nnz, source.shape[1]), _stack(source, target)
    for block in _wide_blocks(matrix, source):
        mixed = leaky_relu(_mix(block, table, matrix.shape[1]), slope, inplace=True)
        out[block.entries] = mixed.view(-1, *weight.shape).mul_(weight).sum(2)
    return out


@torch.no_grad()
def mixed_scores_backward(
    matrix: CSR, grad: Tensor, source: Tensor, target: Tensor, weight: Tensor, slope: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of ``source``, ``target`` and ``weight``; ``grad`` is (nnz, heads)."""
    to_target, part = _slopes(matrix, grad, target, source, slope)
    to_weight = part
    grad = grad.index_select(0, matrix.transpose_order)
    to_source, part = _slopes(matrix.transpose(), grad, source, target, slope)
    return to_source.mul_(weight), to_target.mul_(weight), to_weight + part


def _slopes(
    matrix: CSR, grad: Tensor, of_row: Tensor, of_col: Tensor, slope: float
) -> tuple[Tensor, Tensor]:
    r"""Return :math:`C_i = \sum_j \partial e_{ij} \sigma'(t_i + x_j)` and :math:`\sum_i t_i C_i`.

    As :math:`\sigma(m) = m \sigma'(m)`, the gradient of a is that sum and the transpose's.
    """
    out, along = torch.zeros_like(of_row), torch.zeros_like(of_row[0])
    heads, d = of_row.shape[1:]
    table = _stack(of_col, of_row)
    for block in _wide_blocks(matrix, of_row):
        positive = _mix(block, table, matrix.shape[1]).gt_(0.0).view(-1, d)
        de = grad[block.entries].T.reshape(-1)
        total = block.weighted_sum(block.place, positive, de).mul_(1.0 - slope)
        total.add_(block.reduce(de, "sum")[:, None], alpha=slope)
        out[block.rows] += block.node_rows(total)
        along += total.mul_(block.head_rows(of_row)).view(heads, -1, d).sum(1)
    return out, along


def _mix(block: Block, table: Tensor, n_cols: int) -> Tensor:
    """Return :math:`x_j + t_i` for the entries of a block, shape (n_entries, heads * d).

    ``table`` holds the columns' x and below them the rows' t. Two rows of one table are added
    while they are read, where gathers would be written and read again.
    """
    ends = torch.stack([block.col, block.row + n_cols], dim=1)
    return embedding_bag(ends, table, mode="sum")


def _stack(of_col: Tensor, of_row: Tensor) -> Tensor:
    return torch.cat([of_col.flatten(1), of_row.flatten(1)])


def _wide_blocks(matrix: CSR, x: Tensor) -> Iterator[Block]:
    heads, d = x.shape[1:]
    return entry_blocks(matrix, heads, max(1, _WIDE // max(1, heads * d)))


def _sums_like(matrix: CSR, x: Tensor, rows: int | None = None) -> Tensor:
    """Return room for a sum a row; blocks fill all of it, unless there is none."""
    shape = (x.shape[0] if rows is None else rows, *x.shape[1:])
    return x.new_empty(shape) if matrix.nnz else x.new_zeros(shape)


def _row_dots(a: Tensor, b: Tensor) -> Tensor:
    """Return the inner products over the last dimension, a block of rows at a time."""
    step = max(1, _WIDE // max(1, a[:1].numel()))
    parts = [(a[i : i + step] * b[i : i + step]).sum(-1) for i in range(0, len(a), step)]
    return torch.cat(parts) if parts else a.new_zeros(a.shape[:-1])
