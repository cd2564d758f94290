"""Parameter-free filters of the closed-form methods S2CAG and GCC."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.encoders.filters import Filter, dense
from graphclust.graphs import Features
from graphclust.neighbors.reduced_kmeans import reduced_kmeans
from graphclust.sparse import CSR, spmm


class PageRankFilter(Filter, name="pagerank_filter"):
    r"""Sum depths with falling weight.

    .. math:: Z = \frac{1 - \alpha}{1 - \alpha^{T+1}} \sum_{t=0}^{T} \alpha^t P^t X

    with :math:`P = D_S^{-1} (S + I)`, the matrix of :class:`GCCFilter`.

    Parameters
    ----------
    steps : int
        T.
    alpha : float
        Weight of one more step; above 1, deep steps weigh more than shallow ones.

    Notes
    -----
    Cost O(T |E| f). For :math:`\alpha = 1` all depths weigh the same. The paper writes P for a
    normalised adjacency; its code takes the matrix above, and so does this.

    References
    ----------
    Lin, Yang, Zheng and Ke, *Spectral subspace clustering for attributed graphs*, 2024,
    arXiv:2411.11074.
    """

    def __init__(self, steps: int = 10, alpha: float = 0.9) -> None:
        super().__init__()
        self.steps, self.alpha = steps, alpha

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the filtered features, shape (n, f)."""
        matrix = lazy_walk(adj)
        start = dense(x)
        z = start
        for _ in range(self.steps):
            z = torch.add(start, spmm(matrix, z), alpha=self.alpha)
        total = sum(self.alpha**t for t in range(self.steps + 1))
        return z / total


class GCCFilter(Filter, name="gcc_filter"):
    r"""Smooth with rows that sum to one: :math:`T^p X`, :math:`T = D_S^{-1} (S + I)`.

    Here :math:`S = \hat D^{-1/2} (A + I) \hat D^{-1/2}` and :math:`D_S` holds the row sums of
    S + I.

    Parameters
    ----------
    steps : int, optional
        p. Left out, it is the least p that another step would change the residual of
        :func:`~graphclust.neighbors.reduced_kmeans.reduced_kmeans` by less than f / n.
    n_clusters : int
        Clusters of that residual.
    max_steps : int
        Where the search for p ends.

    Notes
    -----
    Cost O(p |E| f), and O(p n f k) more where p is searched for. The authors take the mean
    residual of 20 runs; here one run decides, with the best of ten starts of k-means.

    References
    ----------
    Fettal, Labiod and Nadif, *Efficient graph convolution for joint node representation learning
    and clustering*, 2022.
    """

    def __init__(self, steps: int | None = 12, n_clusters: int = 8, max_steps: int = 150) -> None:
        super().__init__()
        self.steps, self.n_clusters, self.max_steps = steps, n_clusters, max_steps
        self.depth: Tensor
        self.register_buffer("depth", torch.tensor(steps or 0))
        self.splits = "whole" if steps is None else "columns"

    def adapt(self, x: Features, adj: CSR, generator: torch.Generator) -> None:
        """Choose the depth on the training graph if it was not given."""
        if self.steps is not None:
            return
        z, matrix, previous = dense(x), lazy_walk(adj), torch.nan
        enough = z.shape[1] / z.shape[0]
        for step in range(self.max_steps):
            z = spmm(matrix, z)
            residual = reduced_kmeans(z, self.n_clusters, generator)[2][-1]
            self.depth.fill_(step)
            if abs(residual - previous) < enough:
                return
            previous = residual
        self.depth.fill_(self.max_steps)

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the smoothed features, shape (n, f)."""
        matrix = lazy_walk(adj)
        z = dense(x)
        for _ in range(int(self.depth)):
            z = spmm(matrix, z)
        return z


def lazy_walk(adj: CSR) -> CSR:
    r"""Return :math:`D_S^{-1} (S + I)`, :math:`S = \hat D^{-1/2} (A + I) \hat D^{-1/2}`, kept."""
    return adj.normalized("sym", 1.0).normalized("row", 1.0)
