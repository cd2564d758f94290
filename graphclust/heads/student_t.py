"""Student-t similarity to learnt centres: the head of DEC and its descendants."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from graphclust.graphs import Graph
from graphclust.heads.base import Head
from graphclust.heads.initialisation import Init, initial_labels
from graphclust.neighbors.blocks import Rows, class_means
from graphclust.neighbors.squares import squared_distances
from graphclust.randomness import glorot_


class StudentT(Head, name="student_t"):
    r"""Memberships that fall with the distance to learnt centres.

    .. math:: q_{ij} \propto (1 + \lVert z_i - \mu_j \rVert^2 / \alpha)^{-(\alpha+1)/2}

    Parameters
    ----------
    alpha : float
        Degrees of freedom.
    init : "kmeans", "spectral", "leiden", "random" or array of int, shape (n,)
        The partition whose class means the centres start at.

    References
    ----------
    Xie, Girshick and Farhadi, *Unsupervised deep embedding for clustering analysis*, 2016,
    arXiv:1511.06335.
    """

    trained: ClassVar[bool] = True
    streams: ClassVar[bool] = True

    def __init__(self, alpha: float = 1.0, init: Init = "kmeans") -> None:
        super().__init__()
        self.alpha, self.init = alpha, init

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Make the centres."""
        self.n_clusters = n_clusters
        self.centers = nn.Parameter(glorot_(torch.empty(n_clusters, in_channels), generator))
        return self

    def start(self, z: Rows, graph: Graph, generator: torch.Generator) -> None:
        """Put the centres on the class means of the initial partition."""
        labels = initial_labels(self.init, z, graph, self.n_clusters, generator)
        with torch.no_grad():
            self.centers.copy_(class_means(z, labels, self.n_clusters))

    def forward(self, z: Tensor) -> Tensor:
        """Return the memberships, shape (n, k)."""
        d2 = squared_distances(z, self.centers)
        q = (1.0 + d2 / self.alpha).pow(-(self.alpha + 1.0) / 2.0)
        return q / q.sum(1, keepdim=True)
