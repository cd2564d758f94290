"""k-means in a subspace that is learnt with the clusters: GCC's alternation."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.graphs import Graph
from graphclust.heads.base import Head
from graphclust.neighbors.lloyd import nearest_center
from graphclust.neighbors.reduced_kmeans import reduced_kmeans
from graphclust.neighbors.squares import squared_distances


class ReducedKMeans(Head, name="reduced_kmeans"):
    r"""Minimise :math:`\lVert Z - G F W^\top \rVert^2` over clusters, centres and a subspace.

    G are the hard memberships, F the centres in the subspace, and W (d, m) has orthonormal
    columns. From W = the leading principal directions and k-means in them, three closed forms
    take turns: :math:`W = U V^\top` of the singular value decomposition of
    :math:`Z^\top G F`, the nearest centre of each row of ZW, and the mean of each cluster.

    Parameters
    ----------
    alternations : int
        Turns at most; 0 leaves principal directions and k-means.
    restarts : int
        Starts of the first k-means.
    tol : float
        Stop when the norm of the residual falls by less.

    Notes
    -----
    The subspace has as many dimensions as there are clusters, as in the paper. Cost
    O(n d k) a turn.

    References
    ----------
    Fettal, Labiod and Nadif, *Efficient graph convolution for joint node representation learning
    and clustering*, 2022; De Soete and Carroll, *K-means clustering in a low-dimensional
    Euclidean space*, 1994.
    """

    def __init__(self, alternations: int = 30, restarts: int = 10, tol: float = 1e-6) -> None:
        super().__init__()
        self.alternations, self.restarts, self.tol = alternations, restarts, tol
        self.register_buffer("subspace", None)
        self.register_buffer("centers", None)

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Remember the number of clusters."""
        self.n_clusters = n_clusters
        return self

    def fit(self, z: Tensor, graph: Graph, generator: torch.Generator) -> Self:
        """Alternate to convergence."""
        self.subspace, self.centers, _ = reduced_kmeans(
            z,
            self.n_clusters,
            generator,
            alternations=self.alternations,
            restarts=self.restarts,
            tol=self.tol,
        )
        return self

    def forward(self, z: Tensor) -> Tensor:
        """Return fuzzy c-means memberships in the subspace, shape (n, k)."""
        inverse = 1.0 / squared_distances(z @ self.subspace, self.centers).clamp(min=1e-12)
        return inverse / inverse.sum(1, keepdim=True)

    def predict(self, z: Tensor) -> Tensor:
        """Return the nearest centre in the subspace."""
        return nearest_center(z @ self.subspace, self.centers)[0]
