"""Modularity and cut of the clusters inside each graph, for a readout that pools by them."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs.blocks import Blocks
from graphclust.objectives.base import Level, Objective, Split
from graphclust.objectives.step import Step
from graphclust.readouts import Pooled
from graphclust.readouts.hierarchical import Hierarchical
from graphclust.sparse import segment_sum, spmm

_EPSILON = 1e-12


class InnerModularity(Objective, name="inner_modularity"):
    r"""Maximise the modularity of the nodes' clusters inside each graph.

    .. math::
        \mathcal L = \frac1b \sum_g \Big[ -\frac{\operatorname{tr}(S_g^\top A_g S_g)}{2 m_g}
          + \frac{\lVert S_g^\top d_g \rVert^2}{(2 m_g)^2} \Big]

    Notes
    -----
    :class:`~graphclust.objectives.modularity.Modularity` of every graph by itself, its mean over
    the b graphs of a step; one without edges counts 0. Cost O(|E| c). It needs the readout
    :class:`~graphclust.readouts.hierarchical.Hierarchical`.

    References
    ----------
    Tsitsulin et al., *Graph clustering with graph neural networks*, 2023, arXiv:2006.16904.
    """

    split: ClassVar[Split] = "global"
    level: ClassVar[Level] = "graphs"

    def __init__(self) -> None:
        super().__init__()

    def forward(self, step: Step) -> Tensor:
        """Return minus the mean modularity."""
        return inner_modularity_loss(*_memberships(step, self.name))


class InnerMinCut(Objective, name="inner_min_cut"):
    r"""Keep edges inside the nodes' clusters of each graph, and the clusters apart and even.

    .. math::
        \mathcal L = \frac1b \sum_g \Big[
          -\frac{\operatorname{tr}(S_g^\top A_g S_g)}{\operatorname{tr}(S_g^\top D_g S_g)}
          + \Big\lVert \frac{S_g^\top S_g}{\lVert S_g^\top S_g \rVert_F}
          - \frac{I}{\sqrt c} \Big\rVert_F^2 \Big]

    Notes
    -----
    :class:`~graphclust.objectives.min_cut.MinCut` and ``Orthogonality(squared=True)`` of every
    graph by itself. Cost O(|E| c + n c²). It needs the readout
    :class:`~graphclust.readouts.hierarchical.Hierarchical`.

    References
    ----------
    Bianchi, Grattarola and Alippi, *Spectral clustering with graph neural networks for graph
    pooling*, 2020, arXiv:1907.00481.
    """

    split: ClassVar[Split] = "global"
    level: ClassVar[Level] = "graphs"

    def __init__(self) -> None:
        super().__init__()

    def forward(self, step: Step) -> Tensor:
        """Return the mean of the cuts and of the distances from orthogonality."""
        return inner_min_cut_loss(*_memberships(step, self.name))


def inner_modularity_loss(s: Tensor, adj: Blocks) -> Tensor:
    """Return minus the mean modularity of memberships (n, c) over graphs."""
    degree = adj.degree.to(s.dtype)[:, None]
    total = segment_sum(adj.members, degree).clamp(min=_EPSILON)
    inside = segment_sum(adj.members, (spmm(adj, s) * s).sum(dim=1, keepdim=True))
    volume = segment_sum(adj.members, degree * s)
    each = (volume / total).square().sum(dim=1) - (inside / total)[:, 0]
    return each.mean()


def inner_min_cut_loss(s: Tensor, adj: Blocks) -> Tensor:
    """Return the mean cut and distance from orthogonality of memberships (n, c) over graphs."""
    c = s.shape[1]
    degree = adj.degree.to(s.dtype)[:, None]
    inside = segment_sum(adj.members, (spmm(adj, s) * s).sum(dim=1, keepdim=True))
    offered = segment_sum(adj.members, (degree * s.square()).sum(dim=1, keepdim=True))
    gram = segment_sum(adj.members, (s[:, :, None] * s[:, None, :]).flatten(1))
    length = gram.norm(dim=1, keepdim=True).clamp(min=_EPSILON)
    target = torch.eye(c, device=s.device, dtype=s.dtype).flatten() / c**0.5
    apart = (gram / length - target).square().sum(dim=1)
    out: Tensor = (apart - (inside / offered.clamp(min=_EPSILON))[:, 0]).mean()
    return out


def _memberships(step: Step, name: str) -> tuple[Tensor, Blocks]:
    encoder, adj = step.encoder, step.adj
    pools = isinstance(encoder, Pooled) and isinstance(encoder.readout, Hierarchical)
    if not pools or not isinstance(adj, Blocks):
        raise InputError(
            f"{name} is about the clusters of nodes that a readout pools by, inside graphs: use "
            "GraphClusterer with readout='hierarchical'"
        )
    assert isinstance(encoder, Pooled) and isinstance(encoder.readout, Hierarchical)
    return encoder.readout.assign(step.encode_nodes()), adj
