"""Clusters of nodes inside each graph as its readout."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.base import Linear
from graphclust.graphs.blocks import Blocks
from graphclust.readouts.base import Readout
from graphclust.sparse import segment_sum


class Hierarchical(Readout, name="hierarchical"):
    r"""Add up the nodes of each soft cluster, then put the clusters side by side.

    .. math::
        s_i = \mathrm{softmax}(W h_i + b), \qquad
        z_g = \big\Vert_c \sum_{i \in g} s_{ic}\, h_i

    The clusters are the same in all graphs, so that the c-th part of two vectors compares.

    Parameters
    ----------
    clusters : int

    Notes
    -----
    Nothing of nodes times nodes is formed, and pooled graphs are not coarsened further: there is
    one level. :class:`~graphclust.objectives.inner_clusters.InnerModularity` and ``InnerMinCut``
    train the clusters by the edges inside the graphs. Cost O(n c d).

    References
    ----------
    Ying et al., *Hierarchical graph representation learning with differentiable pooling*, 2018,
    arXiv:1806.08804; Bianchi, Grattarola and Alippi, *Spectral clustering with graph neural
    networks for graph pooling*, 2020, arXiv:1907.00481.
    """

    def __init__(self, clusters: int = 4) -> None:
        super().__init__()
        self.clusters = clusters

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the layer that assigns nodes."""
        self.assignment = Linear(in_channels, self.clusters, generator)
        self.out_channels = self.clusters * in_channels
        return self

    def assign(self, h: Tensor) -> Tensor:
        """Return the memberships of nodes, shape (n, clusters)."""
        return torch.softmax(self.assignment(h), dim=1)

    def forward(self, h: Tensor, adj: Blocks) -> Tensor:
        """Return the sums of the clusters side by side, shape (g, clusters d)."""
        shared = (self.assign(h)[:, :, None] * h[:, None, :]).flatten(1)
        return segment_sum(adj.members, shared)
