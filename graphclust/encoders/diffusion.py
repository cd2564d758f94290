"""Parameter-free filters of the closed-form methods: personalised PageRank, and GCC's."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.encoders.filters import Filter, dense
from graphclust.graphs import Features
from graphclust.sparse import CSR, spmm


class PageRankFilter(Filter, name="pagerank_filter"):
    r"""Sum depths with falling weight.

    .. math:: Z = \frac{1 - \alpha}{1 - \alpha^{T+1}} \sum_{t=0}^{T} \alpha^t \hat A^t X

    with :math:`\hat A = D^{-1/2} A D^{-1/2}`.

    Parameters
    ----------
    steps : int
        T.
    alpha : float
        Weight of one more step; above 1, deep steps weigh more than shallow ones.
    self_loops : float
        Added to each node in :math:`\hat A`.

    Notes
    -----
    Cost O(T |E| f). For :math:`\alpha = 1` all depths weigh the same.

    References
    ----------
    Lin, Ouyang and Yang, *Spectral subspace clustering for attributed graphs*, 2024,
    arXiv:2411.11074.
    """

    def __init__(self, steps: int = 10, alpha: float = 0.9, self_loops: float = 0.0) -> None:
        super().__init__()
        self.steps, self.alpha, self.self_loops = steps, alpha, self_loops

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the filtered features, shape (n, f)."""
        matrix = adj.normalized("sym", self.self_loops)
        start = dense(x)
        z = start
        for _ in range(self.steps):
            z = self.alpha * spmm(matrix, z) + start
        total = sum(self.alpha**t for t in range(self.steps + 1))
        return z / total


class GCCFilter(Filter, name="gcc_filter"):
    r"""Smooth with rows that sum to one: :math:`T^p X`, :math:`T = D_S^{-1} (S + I)`.

    Here :math:`S = \hat D^{-1/2} (A + I) \hat D^{-1/2}` and :math:`D_S` holds the row sums of
    S + I.

    Parameters
    ----------
    steps : int
        p.

    Notes
    -----
    Cost O(p |E| f).

    References
    ----------
    Fettal, Labiod and Nadif, *Efficient graph convolution for joint node representation learning
    and clustering*, 2022.
    """

    def __init__(self, steps: int = 12) -> None:
        super().__init__()
        self.steps = steps

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the smoothed features, shape (n, f)."""
        matrix = adj.normalized("sym", 1.0).normalized("row", 1.0)
        z = dense(x)
        for _ in range(self.steps):
            z = spmm(matrix, z)
        return z
