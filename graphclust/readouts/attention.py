"""A weighted mean whose weights the nodes themselves give."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.base import Linear
from graphclust.graphs.blocks import Blocks
from graphclust.readouts.base import Readout
from graphclust.sparse import edge_softmax, segment_sum


class Attention(Readout, name="attention"):
    r"""Weigh nodes by a softmax over their graph.

    .. math::
        z_g = \sum_{i \in g} \mathrm{softmax}_g(w^\top \tanh(V h_i))_i \, h_i

    Parameters
    ----------
    dim : int
        Rows of V.

    Notes
    -----
    Cost O(n d dim). The paper gates with a network and maps what is gated by another; here the
    nodes are added as they are, so that the readout learns weights alone.

    References
    ----------
    Li et al., *Gated graph sequence neural networks*, 2016, arXiv:1511.05493.
    """

    def __init__(self, dim: int = 32) -> None:
        super().__init__()
        self.dim = dim

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make V and w."""
        self.hidden = Linear(in_channels, self.dim, generator)
        self.score = Linear(self.dim, 1, generator, bias=False)
        self.out_channels = in_channels
        return self

    def forward(self, h: Tensor, adj: Blocks) -> Tensor:
        """Return the weighted means, shape (g, d)."""
        scores: Tensor = self.score(torch.tanh(self.hidden(h)))
        weights = edge_softmax(adj.members, scores[:, 0])
        return segment_sum(adj.members, h * weights[:, None])
