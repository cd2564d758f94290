"""An encoder of nodes and a readout, together an encoder of graphs."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.base import Encoder
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.graphs.blocks import Blocks
from graphclust.readouts.base import Readout
from graphclust.sparse import CSR

# Outside of training, graphs are encoded in groups of about so many nodes.
_NODES = 1 << 16


class Pooled(Encoder, name="pooled", register=False):
    """Embed the nodes of many graphs, then read each graph out.

    Whatever asks an encoder for an embedding gets a row a graph from it: heads, objectives and
    the ways in which they take turns are the same as for nodes.

    Parameters
    ----------
    encoder : Encoder
        Of nodes.
    readout : Readout
    """

    def __init__(self, encoder: Encoder, readout: Readout) -> None:
        super().__init__()
        self.encoder, self.readout = encoder, readout

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Build both."""
        inner = self.encoder.build(in_channels, generator)
        self.out_channels = self.readout.build(inner.out_channels, generator).out_channels
        return self

    def adapt(self, x: Features, adj: CSR, generator: torch.Generator) -> None:
        """Let the inner encoder choose from the training graphs."""
        self.encoder.adapt(x, adj, generator)

    def nodes(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the embedding of the nodes, shape (n, d)."""
        out: Tensor = self.encoder(x, adj, generator)
        return out

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the embedding of the graphs, shape (g, out_channels).

        Raises
        ------
        InputError
            If it is given one graph.
        """
        if not isinstance(adj, Blocks):
            raise InputError(
                f"encoder={self!r} reads graphs out, and one graph's nodes were given: use "
                "GraphClusterer on a list of graphs"
            )
        if self.training or torch.is_grad_enabled() or adj.shape[0] <= _NODES:
            return self._pooled(x, adj, generator)
        group = (adj.ptr[:-1] // _NODES).tolist()
        bounds = [i for i in range(len(group)) if i == 0 or group[i] != group[i - 1]]
        parts = []
        for first, last in zip(bounds, [*bounds[1:], len(group)], strict=True):
            nodes, block = adj.choose(torch.arange(first, last, device=adj.device))
            rows = x.take_rows(nodes) if isinstance(x, CSR) else x[nodes]
            parts.append(self._pooled(rows, block, None))
        return torch.cat(parts)

    def _pooled(self, x: Features, adj: Blocks, generator: torch.Generator | None) -> Tensor:
        out: Tensor = self.readout(self.nodes(x, adj, generator), adj)
        return out
