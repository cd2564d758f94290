"""Sparse products on CUDA through torch's cuSPARSE bindings."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.sparse.csr import CSR

# Entries are gathered in blocks of at most this many floats, so that no temporary grows with
# the number of entries times the width.
_BLOCK = 1 << 22


def spmm(matrix: CSR, x: Tensor, weight: Tensor | None) -> Tensor:
    """Return the product of ``matrix`` (with the given values) and a dense ``x`` (n_cols, d)."""
    if matrix.nnz == 0 or x.shape[1] == 0:
        return x.new_zeros(matrix.shape[0], x.shape[1])
    values = matrix.values if weight is None else weight
    with torch.no_grad():
        product = torch.sparse_csr_tensor(
            matrix.rowptr, matrix.col, values.to(x.dtype), matrix.shape, check_invariants=False
        )
        return product @ x.contiguous()


def spmm_heads(matrix: CSR, x: Tensor, weight: Tensor) -> Tensor:
    """Return the products of (n_cols, heads, d) with values of their own, (nnz, heads)."""
    return torch.stack([spmm(matrix, x[:, h], weight[:, h]) for h in range(x.shape[1])], dim=1)


def sddmm(matrix: CSR, a: Tensor, b: Tensor) -> Tensor:
    """Return the inner products of rows of ``a`` and ``b`` for every entry, and head if any."""
    step = max(1, _BLOCK // max(1, a[:1].numel()))
    row, col = matrix.row, matrix.col
    parts = [
        (a.index_select(0, row[i : i + step]) * b.index_select(0, col[i : i + step])).sum(-1)
        for i in range(0, matrix.nnz, step)
    ]
    return torch.cat(parts) if parts else a.new_zeros(0, *a.shape[1:-1])
