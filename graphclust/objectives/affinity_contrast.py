"""GLCC: contrast of graphs and of clusters with the graph's nearest graphs on its side."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from graphclust.encoders.base import Linear
from graphclust.neighbors.search import knn_search
from graphclust.objectives.augmentation import Augmentation
from graphclust.objectives.base import Dims, Level, Objective, Split
from graphclust.objectives.cluster_contrast import cluster_contrast_loss
from graphclust.objectives.graph_augmentation import OneOf
from graphclust.objectives.step import Step
from graphclust.sparse import CSR, spmm


class AffinityContrast(Objective, name="affinity_contrast"):
    r"""Draw a graph to its neighbours among the graphs, and clusters to those of neighbours.

    .. math::
        \mathcal L = -\frac2b \sum_{ij} P_{ij}\, u_i^\top v_j
          + \frac1{b^2} \sum_{ij} (u_i^\top v_j)^2
          + \mathcal L_{\text{clusters}}(S,\, P S')

    where u and v are the unit projections of two views of the b graphs of a batch, S and S' their
    memberships, and P joins every graph to itself and to its nearest graphs, rows summing to one.

    Parameters
    ----------
    neighbors : int
        Nearest graphs by the cosine of the embeddings, found anew in every step.
    first, second : Augmentation, optional
        The views; each one of GraphCL's four by default, drawn anew in every step.

    Notes
    -----
    Cost O(b² d) a step. In the manner of the paper, whose affinity is adaptive and whose
    neighbours also give pseudo-labels that train the embedding; here neighbours count alike, and
    no pseudo-labels are made.

    References
    ----------
    Ju et al., *GLCC: a general framework for graph-level clustering*, 2023, arXiv:2210.11879.
    """

    split: ClassVar[Split] = "global"
    level: ClassVar[Level] = "graphs"
    needs_head: ClassVar[bool] = True

    def __init__(
        self,
        neighbors: int = 5,
        first: Augmentation | None = None,
        second: Augmentation | None = None,
    ) -> None:
        super().__init__()
        self.neighbors, self.first, self.second = neighbors, first, second

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the projection and settle the augmentations."""
        self._views = (self.first or OneOf(), self.second or OneOf())
        width = dims.out_channels
        self.layers = nn.ModuleList(Linear(width, width, generator) for _ in range(2))
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's graphs."""
        one, two = (step.view_embedding(a, i) for i, a in enumerate(self._views))
        near = affinity((one + two).detach(), self.neighbors)
        u, v = (normalize(self._project(z), dim=1) for z in (one, two))
        clusters = cluster_contrast_loss(step.head(one), spmm(near, step.head(two)), 1.0)
        return affinity_loss(u, v, near) + clusters

    def _project(self, z: Tensor) -> Tensor:
        inner, outer = self.layers
        out: Tensor = outer(inner(z).relu())
        return out


def affinity(z: Tensor, neighbors: int) -> CSR:
    """Return what joins each row to itself and to its nearest rows, rows summing to one."""
    b, device = z.shape[0], z.device
    own = torch.arange(b, device=device)[:, None]
    k = min(neighbors, b - 1)
    index = own if k < 1 else torch.cat([own, knn_search(z, None, k)[0]], dim=1)
    rows = own.expand_as(index).reshape(-1)
    weight = torch.full((rows.numel(),), 1.0 / index.shape[1], device=device)
    return CSR.from_edges(rows, index.reshape(-1), weight, (b, b))


def affinity_loss(u: Tensor, v: Tensor, near: CSR) -> Tensor:
    """Return the contrast of unit rows (b, d) of two views, neighbours counting as one's own."""
    attract = (u * spmm(near, v)).sum(dim=1).mean()
    repel = (u @ v.T).square().mean()
    return repel - 2.0 * attract
