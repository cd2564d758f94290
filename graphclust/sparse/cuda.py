"""Sparse products on CUDA through torch's cuSPARSE bindings."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.sparse.csr import CSR


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
