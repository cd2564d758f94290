"""The front of message passing: differentiable sparse operations, whatever the device.

All of them take the pattern from a :class:`~graphclust.sparse.CSR` and run in time and memory
linear in its entries; none builds an array of rows times columns. Given the rows of one rank, a
:class:`~graphclust.sparse.RankRows`, they take and return that rank's rows.
"""

from __future__ import annotations

import math
from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd import Function

from graphclust.sparse import cpu, cuda
from graphclust.sparse.csr import CSR
from graphclust.sparse.dense import linear
from graphclust.sparse.finish import finished, straightened
from graphclust.sparse.rank_rows import with_others
from graphclust.sparse.streamed import StreamedCSR


def spmm(
    matrix: CSR,
    x: Tensor,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    slope: float | None = None,
) -> Tensor:
    r"""Return :math:`y_i = \sigma(\sum_j a_{ij} x_j + b)`.

    Parameters
    ----------
    matrix : CSR, shape (n_rows, n_cols)
        The pattern, and the values unless ``weight`` is given.
    x : Tensor, shape (n_cols, d) or (n_cols, heads, d)
        Dense rows; may require a gradient.
    weight : Tensor, shape (nnz,) or (nnz, heads), optional
        Values in place of the matrix's own; may require a gradient.
    bias : Tensor, shape (d,) or (heads, d), optional
        Added to every row; may require a gradient.
    slope : float, optional
        What :math:`\sigma` multiplies negative numbers by, 0 or greater: 0 is ReLU. It is the
        identity when left out.

    Returns
    -------
    Tensor, shape (n_rows, d) or (n_rows, heads, d)

    Notes
    -----
    Cost O(nnz d), memory O(n_rows d). The backward pass is the same product with the transpose,
    which the matrix keeps. In bfloat16 the sums are accumulated in float32. Bias and non-linearity
    are part of the one pass, and the gradient of both is read off the result.
    """
    if isinstance(matrix, StreamedCSR):
        return finished(matrix.product(x), bias, slope)
    x = with_others(matrix, x)
    # Where no gradient is asked for, autograd's own call takes as long as a small product.
    if not (torch.is_grad_enabled() and _any_requires_grad(x, weight, bias)):
        return _product(matrix, x, weight, bias, slope)
    return _SpMM.apply(matrix, x, weight, bias, slope)  # type: ignore[no-untyped-call, no-any-return]


def sddmm(matrix: CSR, a: Tensor, b: Tensor) -> Tensor:
    r"""Return :math:`\langle a_i, b_j \rangle` for every stored entry (i, j), shape (nnz,).

    ``a`` has shape (n_rows, d) and ``b`` (n_cols, d), or (n_rows, heads, d) and (n_cols, heads,
    d) for a result of (nnz, heads). Cost O(nnz d), without a temporary of that size.
    """
    return _SDDMM.apply(matrix, a, with_others(matrix, b))  # type: ignore[no-untyped-call, no-any-return]


def edge_softmax(matrix: CSR, scores: Tensor) -> Tensor:
    r"""Return the softmax of ``scores`` over each row's entries, shape (nnz,) or (nnz, heads).

    :math:`p_{ij} = \exp(e_{ij} - \max_l e_{il}) / \sum_l \exp(e_{il} - \max_l e_{il})`.
    """
    return _EdgeSoftmax.apply(matrix, scores)  # type: ignore[no-untyped-call, no-any-return]


def segment_sum(matrix: CSR, values: Tensor) -> Tensor:
    """Sum per-entry ``values`` (nnz, ...) over each row: shape (n_rows, ...), 0 where empty."""
    return _SegmentSum.apply(matrix, values)  # type: ignore[no-untyped-call, no-any-return]


def segment_mean(matrix: CSR, values: Tensor) -> Tensor:
    """Average per-entry ``values`` (nnz, ...) over each row: shape (n_rows, ...), 0 where empty."""
    counts = matrix.counts.clamp(min=1).view(-1, *[1] * (values.dim() - 1))
    return segment_sum(matrix, values) / counts


def segment_max(matrix: CSR, values: Tensor) -> Tensor:
    """Return the greatest of ``values`` (nnz, ...) in each row: (n_rows, ...), -inf where empty.

    Equal entries share the gradient.
    """
    return _SegmentMax.apply(matrix, values)  # type: ignore[no-untyped-call, no-any-return]


def to_edges(matrix: CSR, x: Tensor, end: Literal["row", "col"] = "row") -> Tensor:
    """Give each entry its row's ``x`` (n_rows, ...), or its column's (n_cols, ...): (nnz, ...)."""
    if end == "row":
        return _ToEdges.apply(matrix, x)  # type: ignore[no-untyped-call, no-any-return]
    return _ColumnsToEdges.apply(matrix, with_others(matrix, x))  # type: ignore[no-untyped-call, no-any-return]


def matmul(x: Tensor | CSR, weight: Tensor) -> Tensor:
    """Return ``x @ weight`` for dense or sparse rows; a sparse ``x`` is never made dense."""
    return spmm(x, weight) if isinstance(x, CSR) else linear(x, weight)


# -- autograd --------------------------------------------------------------------------------


def _any_requires_grad(*tensors: Tensor | None) -> bool:
    return any(tensor is not None and tensor.requires_grad for tensor in tensors)


def _product(
    matrix: CSR,
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None = None,
    slope: float | None = None,
) -> Tensor:
    backend = cuda if x.is_cuda else cpu
    x = x.detach()
    values = matrix.weight if weight is None else weight.detach()
    if values is not None and values.dim() == 2 and x.shape[1] > 1:
        return finished(backend.spmm_heads(matrix, x, values), bias, slope)
    # Values that all heads share: one product with the heads side by side.
    shared = values if values is None else values.flatten()
    moved = None if bias is None else bias.detach().flatten()
    out: Tensor = backend.spmm(matrix, x.flatten(1), shared, moved, slope)
    # Not even a trivial view: autograd forbids changing one in place.
    return out if x.dim() == 2 else out.view(matrix.shape[0], *x.shape[1:])


def _entry_dots(matrix: CSR, a: Tensor, b: Tensor) -> Tensor:
    backend = cuda if a.is_cuda else cpu
    out: Tensor = backend.sddmm(matrix, a.detach(), b.detach())
    return out


def _row_reduce(matrix: CSR, values: Tensor, kind: str) -> Tensor:
    empty = 0.0 if kind == "sum" else -torch.inf
    if matrix.nnz == 0:
        return values.new_full((matrix.shape[0], *values.shape[1:]), empty)
    if kind == "sum" and values.is_cuda:
        return cuda.segment_sum(matrix, values)
    return torch.segment_reduce(
        values.contiguous(), kind, offsets=matrix.rowptr.long(), axis=0, initial=empty, unsafe=True
    )


def _repeat(matrix: CSR, x: Tensor) -> Tensor:
    return x.repeat_interleave(matrix.counts, dim=0, output_size=matrix.nnz)


class _SpMM(Function):
    @staticmethod
    def forward(
        ctx: Any,
        matrix: CSR,
        x: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        slope: float | None,
    ) -> Tensor:
        out = _product(matrix, x, weight, bias, slope)
        ctx.matrix, ctx.slope = matrix, slope
        kept = x if weight is not None and weight.requires_grad else None
        ctx.save_for_backward(kept, weight, None if slope is None else out)
        return out

    @staticmethod
    def backward(  # type: ignore[override]
        ctx: Any, grad: Tensor
    ) -> tuple[None, Tensor | None, Tensor | None, Tensor | None, None]:
        x, weight, out = ctx.saved_tensors
        matrix: CSR = ctx.matrix
        if out is not None:
            grad = straightened(grad, out, ctx.slope)
        grad_x = grad_weight = grad_bias = None
        if ctx.needs_input_grad[1]:
            if weight is None:
                grad_x = _product(matrix.transpose(), grad, None)
            else:
                order = matrix.transpose_order
                grad_x = _product(matrix.transpose(), grad, weight.index_select(0, order))
        if ctx.needs_input_grad[2]:
            shared = weight.dim() == 1
            grad_weight = _entry_dots(
                matrix, grad.flatten(1) if shared else grad, x.flatten(1) if shared else x
            )
        if ctx.needs_input_grad[3]:
            grad_bias = grad.sum(0)
        return None, grad_x, grad_weight, grad_bias, None


class _SDDMM(Function):
    @staticmethod
    def forward(ctx: Any, matrix: CSR, a: Tensor, b: Tensor) -> Tensor:
        ctx.matrix = matrix
        ctx.save_for_backward(a, b)
        return _entry_dots(matrix, a, b)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor | None, Tensor | None]:  # type: ignore[override]
        a, b = ctx.saved_tensors
        matrix: CSR = ctx.matrix
        grad_a = _product(matrix, b, grad) if ctx.needs_input_grad[1] else None
        grad_b = None
        if ctx.needs_input_grad[2]:
            order = matrix.transpose_order
            grad_b = _product(matrix.transpose(), a, grad.index_select(0, order))
        return None, grad_a, grad_b


class _EdgeSoftmax(Function):
    @staticmethod
    def forward(ctx: Any, matrix: CSR, scores: Tensor) -> Tensor:
        if scores.is_cuda and cuda.has_triton():
            p = cuda.edge_softmax(matrix, scores)
        else:
            top = _row_reduce(matrix, scores, "max")
            p = (scores - _repeat(matrix, top)).exp_()
            p = p / _repeat(matrix, _row_reduce(matrix, p, "sum"))
        ctx.matrix = matrix
        ctx.save_for_backward(p)
        return p

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:  # type: ignore[override]
        (p,) = ctx.saved_tensors
        weighted = grad * p
        return None, weighted - p * _repeat(ctx.matrix, _row_reduce(ctx.matrix, weighted, "sum"))


class _SegmentSum(Function):
    @staticmethod
    def forward(ctx: Any, matrix: CSR, values: Tensor) -> Tensor:
        ctx.matrix = matrix
        return _row_reduce(matrix, values, "sum")

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:  # type: ignore[override]
        return None, _repeat(ctx.matrix, grad)


class _SegmentMax(Function):
    @staticmethod
    def forward(ctx: Any, matrix: CSR, values: Tensor) -> Tensor:
        top = _row_reduce(matrix, values, "max")
        ctx.matrix = matrix
        ctx.save_for_backward(values, top)
        return top

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:  # type: ignore[override]
        values, top = ctx.saved_tensors
        equal = (values == _repeat(ctx.matrix, top)).to(grad.dtype)
        share = grad / _row_reduce(ctx.matrix, equal, "sum").clamp(min=1)
        return None, equal * _repeat(ctx.matrix, share)


class _ToEdges(Function):
    @staticmethod
    def forward(ctx: Any, matrix: CSR, x: Tensor) -> Tensor:
        ctx.matrix = matrix
        return _repeat(matrix, x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:  # type: ignore[override]
        return None, _row_reduce(ctx.matrix, grad, "sum")


class _ColumnsToEdges(Function):
    @staticmethod
    def forward(ctx: Any, matrix: CSR, x: Tensor) -> Tensor:
        ctx.matrix = matrix
        return x.index_select(0, matrix.col)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:  # type: ignore[override]
        # The sum over the entries of a column is a product with the columns' incidence matrix.
        matrix: CSR = ctx.matrix
        rowptr = matrix.transpose().rowptr
        order = matrix.transpose_order.to(rowptr.dtype)
        incidence = CSR(rowptr, order, None, (matrix.shape[1], matrix.nnz))
        flat = _product(incidence, grad.reshape(matrix.nnz, math.prod(grad.shape[1:])), None)
        return None, flat.view(matrix.shape[1], *grad.shape[1:])
