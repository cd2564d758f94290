"""Rebuild what a graph holds, from its vector alone."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Linear
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.graphs.blocks import Blocks
from graphclust.objectives.base import Dims, Level, Objective, Split
from graphclust.objectives.step import Step
from graphclust.sparse import CSR, segment_sum, spmm


class BagReconstruction(Objective, name="bag_reconstruction"):
    r"""Rebuild the sums of a graph's features, as they are and averaged over neighbours.

    .. math::
        \mathcal L = \frac{1}{2b} \sum_g \lVert t_g - \mathrm{MLP}(z_g) \rVert^2, \qquad
        t_g = \big\Vert_{l=0}^{L} \ell\Big(\sum_{i \in g} (\bar A^l [X, 1])_i\Big)

    with :math:`\bar A` the average over neighbours and :math:`\ell` the signed logarithm
    :math:`\operatorname{sign}(x) \ln(1 + |x|)`.

    Parameters
    ----------
    hops : int
        L.
    channels : int
        Width of the perceptron's hidden layer.

    Notes
    -----
    A decoder of edges needs an embedding a node, through which it would go past the graph's
    vector; the bag is a function of the graph alone. Up to a constant it is the likelihood of
    normal errors of variance 1. Cost O(L |E| f + g d f).

    References
    ----------
    Kipf and Welling, *Variational graph auto-encoders*, 2016, arXiv:1611.07308, whose decoder it
    takes the place of.
    """

    split: ClassVar[Split] = "node"
    level: ClassVar[Level] = "graphs"

    def __init__(self, hops: int = 2, channels: int = 64, least: float = 0.01) -> None:
        super().__init__()
        self.hops, self.channels, self.least = hops, channels, least

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the decoder."""
        width = (self.hops + 1) * (dims.in_channels + 1)
        self.inner = Linear(dims.out_channels, self.channels, generator)
        self.outer = Linear(self.channels, width, generator)
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the error of the step's graphs."""
        rebuilt = self.outer(nn.functional.relu(self.inner(step.z)))
        if not isinstance(step.adj, Blocks):
            raise InputError(
                "bag_reconstruction rebuilds whole graphs, and one graph was given: use "
                "GraphClusterer on a list of graphs"
            )
        wanted = bag(step.x, step.adj, self.hops)
        error = (rebuilt - wanted).square().mean(dim=0)
        out: Tensor = 0.5 * (error + self.least).log().sum()
        return out


def bag(x: Features, adj: Blocks, hops: int) -> Tensor:
    """Return what is to be rebuilt, shape (g, (hops + 1) (f + 1))."""
    dense = x.to_dense() if isinstance(x, CSR) else x
    h = torch.cat([dense, dense.new_ones(dense.shape[0], 1)], dim=1)
    average, parts = adj.normalized("row"), []
    for hop in range(hops + 1):
        h = h if hop == 0 else spmm(average, h)
        total = segment_sum(adj.members, h)
        parts.append(total.sign() * total.abs().log1p())
    return torch.cat(parts, dim=1)
