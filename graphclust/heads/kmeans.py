"""k-means, plain and spherical, on the embedding's own device."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads.base import Head
from graphclust.heads.initialisation import Init, initial_labels
from graphclust.neighbors.blocks import Rows, class_means
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.neighbors.mini_batch import mini_batch_kmeans
from graphclust.neighbors.squares import squared_distances
from graphclust.ondisk import BlockedRows

SEEDINGS = ("k-means++", "k-means||", "random")


class KMeans(Head, name="kmeans"):
    r"""Minimise :math:`\sum_i \min_j \lVert z_i - c_j \rVert^2` by Lloyd's iteration.

    Parameters
    ----------
    restarts : int
        Independent starts; the one with the least inertia is kept.
    max_iter : int
        Iterations of each start at most.
    init : "k-means++", "k-means||", "random", "spectral", "leiden" or array of int, shape (n,)
        Where the centres start. An array of labels starts them at its class means. ``"k-means||"``
        takes seven passes over the rows where ``"k-means++"`` takes k.
    tol : float
        Stop when the centres' squared movement falls below ``tol`` times the mean variance.
    batch_size : int, optional
        Move the centres by batches of so many rows instead of by all of them: faster on many
        rows, with an inertia some per cent higher.

    Notes
    -----
    Cost O(restarts · iterations · n k d), memory O(n (d + k)) in blocks. Rows on disk are read a
    block at a time, then with memory O(n). The memberships are
    those of fuzzy c-means with exponent 2, :math:`u_{ij} \propto 1 / \lVert z_i - c_j \rVert^2`:
    free of scale, and greatest for the assigned cluster.

    References
    ----------
    Lloyd, *Least squares quantization in PCM*, 1982; Arthur and Vassilvitskii, *k-means++*, 2007.
    """

    spherical = False
    streams = True

    def __init__(
        self,
        restarts: int = 10,
        max_iter: int = 300,
        init: Init = "k-means++",
        tol: float = 1e-4,
        batch_size: int | None = None,
    ) -> None:
        super().__init__()
        self.restarts, self.max_iter, self.init, self.tol = restarts, max_iter, init, tol
        self.batch_size = batch_size
        self.register_buffer("centers", None)

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Remember the number of clusters; the centres come with :meth:`fit`."""
        self.n_clusters = n_clusters
        self.centers = torch.zeros(n_clusters, in_channels)
        return self

    def fit(self, z: Rows, graph: Graph, generator: torch.Generator) -> Self:
        """Find the centres of ``z``, shape (n, d)."""
        z = self._prepare(z) if isinstance(z, Tensor) else z
        start, seeding, restarts = None, "k-means++", self.restarts
        if isinstance(self.init, str) and self.init in SEEDINGS:
            seeding = self.init
        elif isinstance(z, BlockedRows):
            raise InputError(
                f"init={self.init!r} needs all rows in memory, and they are on disk: use one of "
                f"{', '.join(SEEDINGS)}"
            )
        else:
            labels = initial_labels(self.init, z, graph, self.n_clusters, generator)
            start, restarts = class_means(z, labels, self.n_clusters), 1
        how: dict[str, Any] = {
            "restarts": restarts,
            "max_iter": self.max_iter,
            "tol": self.tol,
            "start": start,
            "seeding": seeding,
            "spherical": self.spherical,
        }
        if self.batch_size is None:
            self.centers = lloyd(z, self.n_clusters, generator, ranks=graph.ranks, **how)
        else:
            self.centers = mini_batch_kmeans(z, self.n_clusters, generator, self.batch_size, **how)
        return self

    def forward(self, z: Tensor) -> Tensor:
        """Return fuzzy c-means memberships, shape (n, k)."""
        centers: Tensor = self.centers  # type: ignore[assignment]
        d2 = squared_distances(self._prepare(z), centers)
        inverse = 1.0 / d2.clamp(min=1e-12)
        return inverse / inverse.sum(1, keepdim=True)

    def predict(self, z: Rows) -> Tensor:
        """Return the nearest centre of each row."""
        centers: Tensor = self.centers  # type: ignore[assignment]
        return nearest_center(self._prepare(z) if isinstance(z, Tensor) else z, centers)[0]

    def _prepare(self, z: Tensor) -> Tensor:
        return normalize(z, dim=1) if self.spherical else z


class SphericalKMeans(KMeans, name="spherical_kmeans"):
    r"""k-means on directions: rows and centres have unit length, so cosines decide.

    References
    ----------
    Dhillon and Modha, *Concept decompositions for large sparse text data using clustering*, 2001.
    """

    spherical = True
    streams = False
