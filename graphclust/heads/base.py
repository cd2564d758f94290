"""What a head is: an embedding in, memberships out."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from graphclust.component import Component
from graphclust.graphs import Graph


class Head(Component, nn.Module, kind="head"):
    """Base of the heads.

    There are two sorts. A *trained* head has parameters that an objective descends together
    with the encoder; :meth:`start` may place them from an initial partition. A *fitted* head
    reads a finished embedding once, in :meth:`fit`. Both map an embedding to memberships in
    :meth:`forward` and can be applied to embeddings that they have not seen.
    """

    trained: ClassVar[bool] = False
    # Whether ``fit`` and ``predict`` take rows on disk as well.
    streams: ClassVar[bool] = False
    n_clusters: int

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Make parameters and buffers for the given widths."""
        raise NotImplementedError

    def start(self, z: Tensor, graph: Graph, generator: torch.Generator) -> None:
        """Place a trained head from an initial partition of ``z``; nothing by default."""

    def fit(self, z: Tensor, graph: Graph, generator: torch.Generator) -> Self:
        """Fit a fitted head to the embedding; a trained one is placed on it and left there."""
        self.start(z, graph, generator)
        return self

    def forward(self, z: Tensor) -> Tensor:
        """Return the memberships, shape (n, n_clusters), rows summing to 1."""
        raise NotImplementedError

    def predict(self, z: Tensor) -> Tensor:
        """Return the cluster of each row, int64, shape (n,)."""
        return self.forward(z).argmax(dim=1)
