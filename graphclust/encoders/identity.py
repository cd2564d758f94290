"""The features as they are."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.base import Encoder
from graphclust.graphs import Features
from graphclust.sparse import CSR


class Identity(Encoder, name="identity"):
    """Pass the features on, dense; nothing to learn, the graph unread."""

    splits = "same"

    def __init__(self) -> None:
        super().__init__()

    @property
    def hops(self) -> int:
        """No hop: the graph is not read."""
        return 0

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Remember the width."""
        self.out_channels = in_channels
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return ``x`` as a dense tensor."""
        return x.to_dense() if isinstance(x, CSR) else x
