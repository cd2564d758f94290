"""The front of message passing: differentiable sparse operations, whatever the device.

All of them take the pattern from a :class:`~graphclust.sparse.CSR` and run in time and memory
linear in its entries; none builds an array of rows times columns.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from graphclust.sparse import cpu, cuda
from graphclust.sparse.csr import CSR
from graphclust.sparse.streamed import StreamedCSR

# Entries are gathered in blocks of at most this many floats, so that no temporary grows with
# the number of entries times the width.
_BLOCK = 1 << 22


def spmm(matrix: CSR, x: Tensor, weight: Tensor | None = None) -> Tensor:
    r"""Return :math:`y_i = \sum_j a_{ij} x_j`.

    Parameters
    ----------
    matrix : CSR, shape (n_rows, n_cols)
        The pattern, and the values unless ``weight`` is given.
    x : Tensor, shape (n_cols, d) or (n_cols, heads, d)
        Dense rows; may require a gradient.
    weight : Tensor, shape (nnz,) or (nnz, heads), optional
        Values in place of the matrix's own; may require a gradient.

    Returns
    -------
    Tensor, shape (n_rows, d) or (n_rows, heads, d)

    Notes
    -----
    Cost O(nnz d), memory O(n_rows d). The backward pass is the same product with the transpose,
    which the matrix keeps.
    """
    if isinstance(matrix, StreamedCSR):
        return matrix.product(x)
    if x.dim() == 3:
        heads = range(x.shape[1])
        split = [
            None if weight is None else weight[:, h] if weight.dim() == 2 else weight for h in heads
        ]
        return torch.stack([spmm(matrix, x[:, h], split[h]) for h in heads], dim=1)
    return _SpMM.apply(matrix, x, weight)  # type: ignore[no-untyped-call, no-any-return]


def sddmm(matrix: CSR, a: Tensor, b: Tensor) -> Tensor:
    r"""Return :math:`\langle a_i, b_j \rangle` for every stored entry (i, j), shape (nnz,).

    ``a`` has shape (n_rows, d) and ``b`` (n_cols, d). Cost O(nnz d), in blocks.
    """
    return _SDDMM.apply(matrix, a, b)  # type: ignore[no-untyped-call, no-any-return]


def edge_softmax(matrix: CSR, scores: Tensor) -> Tensor:
    r"""Return the softmax of ``scores`` over each row's entries, shape (nnz,) or (nnz, heads).

    :math:`p_{ij} = \exp(e_{ij} - \max_l e_{il}) / \sum_l \exp(e_{il} - \max_l e_{il})`.
    """
    return _EdgeSoftmax.apply(matrix, scores)  # type: ignore[no-untyped-call, no-any-return]


def segment_sum(matrix: CSR, values: Tensor) -> Tensor:
    """Sum per-entry ``values`` (nnz, ...) over each row: shape (n_rows, ...)."""
    return _SegmentSum.apply(matrix, values)  # type: ignore[no-untyped-call, no-any-return]


def to_edges(matrix: CSR, x: Tensor) -> Tensor:
    """Repeat each row's ``x`` (n_rows, ...) for its entries: shape (nnz, ...)."""
    return _ToEdges.apply(matrix, x)  # type: ignore[no-untyped-call, no-any-return]


def matmul(x: Tensor | CSR, weight: Tensor) -> Tensor:
    """Return ``x @ weight`` for dense or sparse rows; a sparse ``x`` is never made dense."""
    out: Tensor = spmm(x, weight) if isinstance(x, CSR) else x @ weight
    return out


# -- autograd --------------------------------------------------------------------------------


def _product(matrix: CSR, x: Tensor, weight: Tensor | None) -> Tensor:
    backend = cuda if x.is_cuda else cpu
    values = matrix.weight if weight is None else weight.detach()
    out: Tensor = backend.spmm(matrix, x.detach(), values)
    return out


def _entry_dots(matrix: CSR, a: Tensor, b: Tensor) -> Tensor:
    if a.is_cuda:
        return cuda.sddmm(matrix, a, b)
    step = max(1, _BLOCK // max(1, a.shape[1]))
    row, col = matrix.row, matrix.col
    parts = [
        (a.index_select(0, row[i : i + step]) * b.index_select(0, col[i : i + step])).sum(1)
        for i in range(0, matrix.nnz, step)
    ]
    return torch.cat(parts) if parts else a.new_zeros(0)


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
    def forward(ctx: Any, matrix: CSR, x: Tensor, weight: Tensor | None) -> Tensor:
        ctx.matrix = matrix
        ctx.save_for_backward(x if weight is not None and weight.requires_grad else None, weight)
        return _product(matrix, x, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor | None, Tensor | None]:  # type: ignore[override]
        x, weight = ctx.saved_tensors
        matrix: CSR = ctx.matrix
        grad_x = grad_weight = None
        if ctx.needs_input_grad[1]:
            if weight is None:
                grad_x = _product(matrix.transpose(), grad, None)
            else:
                order = matrix.transpose_order
                grad_x = _product(matrix.transpose(), grad, weight[order])
        if ctx.needs_input_grad[2]:
            grad_weight = _entry_dots(matrix, grad, x)
        return None, grad_x, grad_weight


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
            grad_b = _product(matrix.transpose(), a, grad[matrix.transpose_order])
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


class _ToEdges(Function):
    @staticmethod
    def forward(ctx: Any, matrix: CSR, x: Tensor) -> Tensor:
        ctx.matrix = matrix
        return _repeat(matrix, x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor]:  # type: ignore[override]
        return None, _row_reduce(ctx.matrix, grad, "sum")
