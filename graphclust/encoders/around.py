"""What encoders around another encoder share."""

from __future__ import annotations

from typing import Self

import torch

from graphclust.encoders.base import Encoder
from graphclust.graphs import Features
from graphclust.sparse import CSR


class Around(Encoder, register=False):
    """Base of the encoders that make something of another one's output, as wide as it.

    A subclass stores the other one as ``encoder``.
    """

    encoder: Encoder

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Build the inner encoder."""
        self.encoder.build(in_channels, generator)
        self.out_channels = self.encoder.out_channels
        return self

    def adapt(self, x: Features, adj: CSR, generator: torch.Generator) -> None:
        """Let the inner encoder choose from the training graph."""
        self.encoder.adapt(x, adj, generator)
