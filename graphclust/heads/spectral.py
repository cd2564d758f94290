"""The leading left singular vectors of the embedding, unit rows, k-means."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.encoders.reduction import Reduce
from graphclust.graphs import Graph
from graphclust.heads.base import Head
from graphclust.heads.kmeans import KMeans


class Spectral(Head, name="spectral"):
    r"""Spectral clustering of the kernel :math:`Z Z^\top`, which is never formed.

    With :math:`Z = U S V^\top`, the unit rows of the k leading columns of U, which are the
    leading eigenvectors of :math:`Z Z^\top`, go to k-means.

    Parameters
    ----------
    unit_rows : bool
        Scale rows of Z to unit length first, so that the kernel holds cosines.
    center : bool
        Subtract the mean row (after scaling) first.
    restarts : int
        Starts of k-means.
    iterations : int
        Power iterations of the decomposition.

    Notes
    -----
    :math:`U = Z V S^{-1}` is linear in Z: the map (d, k) is kept and places rows that were not
    in the fit. Cost O(iterations n d k). Where Z has fewer than k directions all of them are
    taken.

    References
    ----------
    Ng, Jordan and Weiss, *On spectral clustering: analysis and an algorithm*, 2001.
    """

    def __init__(
        self,
        unit_rows: bool = True,
        center: bool = False,
        restarts: int = 10,
        iterations: int = 8,
    ) -> None:
        super().__init__()
        self.unit_rows, self.center = unit_rows, center
        self.restarts, self.iterations = restarts, iterations
        self.register_buffer("mean", None)
        self.register_buffer("projection", None)

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Remember the number of clusters."""
        self.n_clusters = n_clusters
        self.kmeans = KMeans(self.restarts).build(min(in_channels, n_clusters), n_clusters, None)
        return self

    def fit(self, z: Tensor, graph: Graph, generator: torch.Generator) -> Self:
        """Find the subspace and the centres in it."""
        z = normalize(z, dim=1) if self.unit_rows else z
        if self.center:
            self.mean = z.mean(0)
            z = z - self.mean
        found = Reduce(self.n_clusters, whiten=1.0, iterations=self.iterations)
        self.projection = found.fit(z, graph.adj, generator).projection
        self.kmeans.fit(normalize(z @ self.projection, dim=1), graph, generator)
        return self

    def forward(self, z: Tensor) -> Tensor:
        """Return fuzzy c-means memberships in the subspace, shape (n, k)."""
        out: Tensor = self.kmeans(self._coordinates(z))
        return out

    def predict(self, z: Tensor) -> Tensor:
        """Return the nearest centre in the subspace."""
        return self.kmeans.predict(self._coordinates(z))

    def _coordinates(self, z: Tensor) -> Tensor:
        z = normalize(z, dim=1) if self.unit_rows else z
        if self.mean is not None:
            z = z - self.mean
        return normalize(z @ self.projection, dim=1)
