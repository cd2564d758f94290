"""The plain readouts: sum, mean and greatest value over a graph's nodes."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.graphs.blocks import Blocks
from graphclust.readouts.base import Readout
from graphclust.sparse import segment_max, segment_mean, segment_sum


class Sum(Readout, name="sum"):
    r"""Add up the nodes, :math:`z_g = \sum_{i \in g} h_i`: size is part of it. Cost O(n d).

    References
    ----------
    Xu et al., *How powerful are graph neural networks?*, 2019, arXiv:1810.00826.
    """

    def forward(self, h: Tensor, adj: Blocks) -> Tensor:
        """Return the sums, shape (g, d)."""
        return segment_sum(adj.members, h)


class Mean(Readout, name="mean"):
    r"""Average the nodes, :math:`z_g = \sum_{i \in g} h_i / |g|`. Cost O(n d)."""

    def forward(self, h: Tensor, adj: Blocks) -> Tensor:
        """Return the means, shape (g, d)."""
        return segment_mean(adj.members, h)


class Max(Readout, name="max"):
    r"""Take the greatest value of each channel, :math:`\max_{i \in g} h_i`. Cost O(n d)."""

    def forward(self, h: Tensor, adj: Blocks) -> Tensor:
        """Return the greatest values, shape (g, d)."""
        out = segment_max(adj.members, h)
        return torch.where(adj.sizes[:, None] > 0, out, 0.0)
