"""Sparse operations on CUDA: kernels in Triton, or cuSPARSE where Triton is not installed.

Our kernels add in an order that only the matrix and the width decide, and never atomically, so the
same call gives the same bits. cuSPARSE, which takes over where Triton is missing (it comes with
torch's CUDA wheels for Linux), promises no such thing.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

import torch
from torch import Tensor

from graphclust.sparse.csr import CSR
from graphclust.sparse.finish import finished

# Without Triton, entries are gathered in blocks of at most this many floats.
_BLOCK = 1 << 22

# Triton takes a second to be imported, and only a GPU needs it: each function imports its kernels.


@cache
def has_triton() -> bool:
    """Tell whether Triton is installed."""
    return find_spec("triton") is not None


def spmm(
    matrix: CSR,
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None = None,
    slope: float | None = None,
) -> Tensor:
    """Return the product of ``matrix`` (with the given values) and a dense ``x`` (n_cols, d).

    In Triton ``bias`` and ``slope`` take no pass of their own; see :func:`.finish.finished`.
    """
    if matrix.nnz == 0 or x.shape[1] == 0:
        return finished(x.new_zeros(matrix.shape[0], x.shape[1]), bias, slope)
    if not has_triton():
        return finished(cusparse(matrix, x, weight), bias, slope)
    from graphclust.sparse.triton_spmm import spmm as ours

    return ours(matrix, x, weight, bias=bias, slope=slope)


def cusparse(matrix: CSR, x: Tensor, weight: Tensor | None) -> Tensor:
    """Return the product as cuSPARSE computes it."""
    if weight is None:
        weight = matrix.once("ones", lambda: torch.ones(matrix.nnz, device=matrix.device))
    with torch.no_grad():
        product = torch.sparse_csr_tensor(
            matrix.rowptr, matrix.col, weight.to(x.dtype), matrix.shape, check_invariants=False
        )
        return product @ x.contiguous()


def spmm_heads(matrix: CSR, x: Tensor, weight: Tensor) -> Tensor:
    """Return the products of (n_cols, heads, d) with values of their own, (nnz, heads)."""
    if matrix.nnz == 0 or x.numel() == 0:
        return x.new_zeros(matrix.shape[0], *x.shape[1:])
    if has_triton():
        from graphclust.sparse.triton_spmm import spmm_heads as ours

        return ours(matrix, x, weight)
    return torch.stack([cusparse(matrix, x[:, h], weight[:, h]) for h in range(x.shape[1])], dim=1)


def sddmm(matrix: CSR, a: Tensor, b: Tensor) -> Tensor:
    """Return the inner products of rows of ``a`` and ``b`` for every entry, and head if any."""
    if matrix.nnz == 0 or a.shape[-1] == 0:
        return a.new_zeros(matrix.nnz, *a.shape[1:-1])
    if has_triton():
        from graphclust.sparse.triton_entries import sddmm as ours

        return ours(matrix, a, b)
    step = max(1, _BLOCK // max(1, a[:1].numel()))
    row, col = matrix.row, matrix.col
    parts = [
        (a.index_select(0, row[i : i + step]) * b.index_select(0, col[i : i + step])).sum(-1)
        for i in range(0, matrix.nnz, step)
    ]
    return torch.cat(parts)


def segment_sum(matrix: CSR, values: Tensor) -> Tensor:
    """Sum per-entry ``values`` (nnz, ...) over each row, in a fixed order."""
    if values.numel() == 0:
        return values.new_zeros(matrix.shape[0], *values.shape[1:])
    if has_triton():
        from graphclust.sparse.triton_spmm import segment_sum as ours

        return ours(matrix, values)
    return torch.segment_reduce(
        values.contiguous(), "sum", offsets=matrix.rowptr.long(), axis=0, initial=0, unsafe=True
    )


def edge_softmax(matrix: CSR, scores: Tensor) -> Tensor:
    """Return the softmax of ``scores`` over each row's entries, in Triton only."""
    from graphclust.sparse.triton_entries import edge_softmax as ours

    return ours(matrix, scores) if scores.numel() else torch.empty_like(scores)


def attention_forward(
    matrix: CSR, source: Tensor, of_source: Tensor, of_target: Tensor, slope: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Return attention, row maxima and inverse sums, in Triton only; see ``triton_attention``."""
    from graphclust.sparse.triton_attention import attention_forward as ours

    return ours(matrix, source, of_source, of_target, slope)


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
    """Return the gradients of attention, in Triton only; see ``triton_attention``."""
    from graphclust.sparse.triton_attention import attention_backward as ours

    return ours(matrix, grad, out, source, of_source, of_target, row_max, inverse_sum, slope)
