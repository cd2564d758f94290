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
        \mathcal L = \frac12 \sum_c \ln\Big( \epsilon + \frac1b \sum_g
          \big(t_g - \mathrm{MLP}(z_g)\big)_c^2 \Big), \qquad
        t_g = \big\Vert_{l=0}^{L} \ell\Big(\sum_{i \in g} (\bar A^l [X, 1])_i\Big)

    with :math:`\bar A` the average over neighbours and :math:`\ell` the signed logarithm
    :math:`\operatorname{sign}(x) \ln(1 + |x|)`.

    Parameters
    ----------
    hops : int
        L.
    channels : int
        Width of the perceptron's hidden layer.
    least : float
        :math:`\epsilon`, the least variance of an error: 0.01 is a tenth of a count's size.

    Notes
    -----
    A decoder of edges needs an embedding a node, through which it would go past the graph's
    vector; the bag is a function of the graph alone. Up to a constant it is the likelihood of
    normal errors whose variance, a column's own, is the likeliest one over the b graphs of a
    batch. With a variance of 1 for all, columns that vary by less are told by the vector at a
    loss, and a prior empties it. Cost O(L |E| f + g d f).

    References
    ----------
    Kipf and Welling, *Variational graph auto-encoders*, 2016, arXiv:1611.07308, whose decoder it
    takes the place of; Rybkin, Daniilidis and Levine, *Simple and effective VAE training with
    calibrated decoders*, 2021, arXiv:2006.13202 (the variance).
    """

    split: ClassVar[Split] = "global"
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
        return bag_reconstruction_loss(rebuilt, wanted, self.least)


def bag_reconstruction_loss(rebuilt: Tensor, wanted: Tensor, least: float) -> Tensor:
    """Return half the sum of the logarithms of the columns' mean squared errors, both (b, c).

    Examples
    --------
    >>> import torch
    >>> float(bag_reconstruction_loss(torch.ones(2, 3), torch.zeros(2, 3), 0.0))
    0.0
    """
    error = (rebuilt - wanted).square().mean(dim=0)
    return 0.5 * (error + least).log().sum()


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
