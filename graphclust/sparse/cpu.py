"""Sparse products on the CPU.

``embedding_bag`` with offsets and per-sample weights is a CSR product: it gathers rows, scales
and sums them in one pass with vector instructions, and needs no temporary of the size of the
edges. It must never enter autograd itself (its own backward is slow): the front differentiates.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from graphclust.sparse.csr import CSR


def spmm(matrix: CSR, x: Tensor, weight: Tensor | None) -> Tensor:
    """Return the product of ``matrix`` (with the given values) and a dense ``x`` (n_cols, d)."""
    if matrix.nnz == 0 or x.shape[1] == 0:
        return x.new_zeros(matrix.shape[0], x.shape[1])
    with torch.no_grad():
        return embedding_bag(
            matrix.col,
            x.contiguous(),
            matrix.rowptr,
            mode="sum",
            per_sample_weights=None if weight is None else weight.to(x.dtype).contiguous(),
            include_last_offset=True,
        )
