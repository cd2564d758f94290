"""A learnt vector for each node, and nothing else (node2vec)."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Encoder
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.randomness import randn
from graphclust.sparse import CSR


class FreeVectors(Encoder, register=False, name="free_vectors"):
    """One learnt vector a node of the training graph; neither features nor edges are read.

    Parameters
    ----------
    channels : int
        Width of the vectors.
    n_nodes : int
        Number of nodes of the training graph.
    scale : float
        Deviation of the normal start.

    Notes
    -----
    Not an encoder to choose by name: it is transductive. Another graph has no vectors here, and
    one of another size is refused.
    """

    def __init__(self, channels: int = 128, n_nodes: int = 0, scale: float = 0.1) -> None:
        super().__init__()
        self.channels, self.n_nodes, self.scale = channels, n_nodes, scale

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Draw the vectors."""
        start = randn(self.n_nodes, self.channels, generator=generator) * self.scale
        self.vectors = nn.Parameter(start)
        self.out_channels = self.channels
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the vectors, shape (n, channels)."""
        if adj.shape[0] != self.n_nodes:
            raise InputError(
                f"the graph has {adj.shape[0]} nodes, but vectors were learnt for {self.n_nodes}: "
                "a method that reads features carries over to other graphs"
            )
        # A copy, so that without gradients the result is no parameter.
        return self.vectors.clone()
