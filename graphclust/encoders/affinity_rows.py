"""Rows scaled by their affinity to all rows (S2CAG)."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.transforms import Transform
from graphclust.graphs import Features
from graphclust.ondisk import StoredRows
from graphclust.sparse import CSR, matmul


class AffinityRows(Transform, name="affinity_rows"):
    r"""Scale rows so that their inner products are a normalised affinity.

    .. math:: \hat x_i = x_i / \sqrt{\textstyle\sum_j \langle x_i, x_j \rangle}

    so that :math:`\hat X \hat X^\top` is :math:`X X^\top` divided by the roots of its row sums on
    both sides.

    Notes
    -----
    Cost O(nnz(X)): the sums come from the one vector :math:`\sum_j x_j` of the training rows,
    which is kept. Rows whose sum is not positive are left as they are.

    References
    ----------
    Lin, Yang, Zheng and Ke, *Spectral subspace clustering for attributed graphs*, 2024,
    arXiv:2411.11074.
    """

    splits = "rows"

    def __init__(self) -> None:
        super().__init__()
        self.total: Tensor
        self.register_buffer("total", None)

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Sum the training rows."""
        if isinstance(x, StoredRows):
            self.total = x.summed(lambda block: block.sum(0, dtype=torch.float64)).float()
        elif isinstance(x, CSR):
            total = torch.zeros(x.shape[1], device=x.device)
            self.total = total.index_add_(0, x.col.long(), x.values)
        else:
            self.total = x.sum(0)
        return self

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the scaled rows."""
        total: Tensor = self.total  # type: ignore[assignment]
        affinity = matmul(x, total[:, None])
        scale = torch.where(affinity > 0, affinity.clamp(min=1e-12).rsqrt(), 1.0)
        if isinstance(x, CSR):
            return x.with_weight(x.values * scale[x.row.long(), 0])
        return x * scale
