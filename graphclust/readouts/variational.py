"""A normal distribution a graph instead of a vector."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.base import Linear
from graphclust.encoders.variational import Posterior, Variational
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.readouts.pooled import Pooled
from graphclust.sparse import CSR

_MOST_LOG_VARIANCE = 20.0


class GraphVariational(Variational, name="graph_variational", register=False):
    r"""Means and logarithms of variances of graphs, linear in their readout.

    .. math:: \mu_g = W_\mu r_g, \qquad \ln \sigma_g^2 = W_\sigma r_g

    with r the readout of the trunk, which had better be of one scale:
    :class:`~graphclust.readouts.standardised.Standardised`.

    Parameters
    ----------
    channels : int
        Dimensions of the embedding.
    trunk : Pooled
        An encoder of nodes with a readout.
    """

    def __init__(self, channels: int = 16, trunk: Pooled | None = None) -> None:
        super().__init__(channels, trunk)

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Build the trunk and both layers.

        Raises
        ------
        InputError
            If there is no trunk.
        """
        if self.trunk is None:
            raise InputError("graph_variational: trunk=None: give a readouts.Pooled encoder")
        width = self.trunk.build(in_channels, generator).out_channels
        self.mean = Linear(width, self.channels, generator)
        self.log_variance = Linear(width, self.channels, generator)
        self.out_channels = self.channels
        return self

    def nodes(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the embedding of the nodes."""
        return self._trunk.nodes(x, adj, generator)

    def posterior(self, x: Features, adj: CSR, generator: torch.Generator | None) -> Posterior:
        """Return the distribution of every graph's embedding."""
        read = self._trunk(x, adj, generator)
        log_variance = self.log_variance(read).clamp(max=_MOST_LOG_VARIANCE)
        return Posterior(self.mean(read), log_variance)
