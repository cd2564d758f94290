"""GIN's layer in three arrays: what lies between its sums is made again for the gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from graphclust.encoders.base import Linear
from graphclust.graphs import Features
from graphclust.sparse import CSR, large_pages, matmul, spmm
from graphclust.sparse.dense import chosen, product, transposed_product

# Bytes of a block of rows: it and what is made of it stay in the cache, in memory that the
# allocator keeps.
_BLOCK = 1 << 19
# Below these bytes the arrays of a layer that is done step by step cost nothing.
_SMALL = 1 << 22


def worth_it(x: Features, width: int, rows: CSR) -> bool:
    """Whether a layer of that width is large, and all of its rows are in this process's memory."""
    if type(rows) is not CSR or rows.device.type != "cpu" or 4 * rows.shape[0] * width < _SMALL:
        return False
    if isinstance(x, Tensor):
        return x.dtype == torch.float32
    return not x.values.requires_grad


def perceptron_of_sums(
    x: Features,
    rows: CSR,
    share: Tensor,
    first: Linear,
    norm: nn.BatchNorm1d | None,
    activation: nn.Module,
    second: Linear,
) -> Tensor:
    r"""Return :math:`\sigma(\mathrm{norm}((A + s I) X W_1 + b_1)) W_2 + b_2`, shape (n, d).

    Parameters
    ----------
    x : Tensor or CSR, shape (n, f)
    rows : CSR, shape (n, n)
    share : Tensor, shape ()
        The weight s of a node's own row.
    first, second : Linear
    norm : BatchNorm1d, optional
        In training it normalises by the rows' own moments, and keeps count of them.
    activation : Module
        One of numbers, with a parameter a column at most.

    Notes
    -----
    Beside input and result there are two arrays of (n, d) at a time, and none is kept for the
    gradient, which makes them again at the cost of a dense and a sparse product more. What acts
    on rows is done in blocks of rows that stay in the cache.
    """
    weights = [first.weight, first.bias, second.weight, second.bias]
    if norm is not None:
        weights += [norm.weight, norm.bias]
    table = x if isinstance(x, Tensor) else None
    out: Tensor = _PerceptronOfSums.apply(  # type: ignore[no-untyped-call]
        x, rows, norm, activation, table, share, *weights, *activation.parameters()
    )
    return out


class _PerceptronOfSums(Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Features,
        rows: CSR,
        norm: nn.BatchNorm1d | None,
        activation: nn.Module,
        table: Tensor | None,
        share: Tensor,
        *weights: Tensor,
    ) -> Tensor:
        first, bias, second, last = weights[:4]
        y = _sums(x, rows, share, first, bias)[1]
        ctx.normed = norm is not None
        ctx.moments = _moments(y, norm)
        ctx.own_moments = norm is not None and norm.training
        ctx.x = None if table is not None else x
        ctx.rows, ctx.activation = rows, activation
        ctx.save_for_backward(table, share, *weights)
        out = large_pages.new_empty(y, y.shape[0], second.shape[1])
        by = chosen(y, second.shape[1])
        for block in _blocks(y):
            h = activation(_normed(y[block], ctx.moments, weights)[1])
            out[block] = by(h, second, last)
        return out

    @staticmethod
    @once_differentiable  # type: ignore[untyped-decorator]
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        table, share, *weights = ctx.saved_tensors
        x: Features = ctx.x if table is None else table
        rows: CSR = ctx.rows
        first, bias = weights[:2]
        sent, y = _sums(x, rows, share, first, bias)
        # What was sent is needed no more: its array takes the gradient of the sums.
        of_sums, of_tail = _through_rows(ctx, y, grad.contiguous(), weights, out=sent)
        del sent, y
        of_bias = of_sums.sum(0)
        of_share = None
        if ctx.needs_input_grad[5]:
            of_share = (_transposed_product(x, of_sums) * first).sum()
        of_sent = spmm(rows.transpose(), of_sums).addcmul_(share, of_sums)
        of_first = _transposed_product(x, of_sent)
        of_x = None
        if ctx.needs_input_grad[4]:
            del of_sums
            of_x = product(of_sent, first.T)
        return None, None, None, None, of_x, of_share, of_first, of_bias, *of_tail


def _sums(
    x: Features, rows: CSR, share: Tensor, first: Tensor, bias: Tensor
) -> tuple[Tensor, Tensor]:
    """Return what nodes send, and its sums with their own share."""
    sent = matmul(x, first)
    return sent, spmm(rows, sent, bias=bias).addcmul_(share, sent)


def _moments(y: Tensor, norm: nn.BatchNorm1d | None) -> tuple[Tensor, Tensor] | None:
    """Return mean and inverse deviation of the columns, as batch normalisation takes them."""
    if norm is None:
        return None
    if norm.training:
        n = y.shape[0]
        mean = y.mean(0)
        variance = torch.zeros_like(mean)
        for block in _blocks(y):
            variance += (y[block] - mean).square_().sum(0)
        variance /= n
        assert norm.running_mean is not None and norm.running_var is not None
        assert norm.num_batches_tracked is not None and norm.momentum is not None
        norm.num_batches_tracked += 1
        norm.running_mean.lerp_(mean, norm.momentum)
        norm.running_var.lerp_(variance * (n / (n - 1)), norm.momentum)
    else:
        assert norm.running_mean is not None and norm.running_var is not None
        mean, variance = norm.running_mean.clone(), norm.running_var
    return mean, (variance + norm.eps).rsqrt_()


def _normed(
    y: Tensor, moments: tuple[Tensor, Tensor] | None, weights: list[Tensor] | tuple[Tensor, ...]
) -> tuple[Tensor, Tensor]:
    """Return rows of mean 0 and variance 1, and what the activation is given."""
    if moments is None:
        return y, y
    mean, inverse = moments
    standard = (y - mean).mul_(inverse)
    return standard, torch.addcmul(weights[5], standard, weights[4])


def _through_rows(
    ctx: Any, y: Tensor, grad: Tensor, weights: list[Tensor], out: Tensor
) -> tuple[Tensor, list[Tensor]]:
    """Return the gradients of the sums, written to ``out``, and of what comes after them."""
    second = weights[2]
    of_second, of_last = torch.zeros_like(second), grad.sum(0)
    parameters = list(ctx.activation.parameters())
    of_activation = [torch.zeros_like(p) for p in parameters]
    of_shift, of_scale = torch.zeros_like(second[:, 0]), torch.zeros_like(second[:, 0])
    by = chosen(grad, second.shape[0])
    for block in _blocks(y):
        standard, a = _normed(y[block], ctx.moments, weights)
        with torch.enable_grad():
            a = a.detach().requires_grad_()
            h = ctx.activation(a)
        of_second.addmm_(h.detach().T, grad[block])
        of_a, *of_parameters = torch.autograd.grad(
            h, [a, *parameters], by(grad[block], second.T, None)
        )
        for total, part in zip(of_activation, of_parameters, strict=True):
            total += part
        out[block] = of_a
        if ctx.normed:
            of_shift += of_a.sum(0)
            of_scale += (of_a * standard).sum(0)
    if not ctx.normed:
        return out, [of_second, of_last, *of_activation]
    n, scale = y.shape[0], weights[4] * ctx.moments[1]
    for block in _blocks(y):
        if ctx.own_moments:
            standard, _ = _normed(y[block], ctx.moments, weights)
            out[block].sub_(of_shift / n).addcmul_(standard, of_scale / n, value=-1.0)
        out[block].mul_(scale)
    return out, [of_second, of_last, of_scale, of_shift, *of_activation]


def _transposed_product(x: Features, y: Tensor) -> Tensor:
    """Return :math:`X^T Y`, shape (f, d)."""
    return transposed_product(x, y) if isinstance(x, Tensor) else spmm(x.transpose(), y)


def _blocks(y: Tensor) -> Iterator[slice]:
    step = max(1, _BLOCK // (y.element_size() * max(1, y.shape[1])))
    for start in range(0, y.shape[0], step):
        yield slice(start, start + step)
