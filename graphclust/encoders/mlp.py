"""Multi-layer perceptron: an encoder that does not read the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Encoder, Linear, activations_of, drop_features, widths_of
from graphclust.graphs import Features
from graphclust.randomness import dropout
from graphclust.sparse import CSR


class MLP(Encoder, name="mlp"):
    r"""Dense layers, :math:`H^{(l+1)} = \sigma(H^{(l)} W^{(l)} + b^{(l)})`.

    Parameters
    ----------
    channels : int or sequence of int
        Width of each layer's output.
    activation : str
        Name of the non-linearity.
    dropout : float
        Probability of dropping an input of a layer while training.
    last_activation : bool
        Whether the last layer is followed by the non-linearity too.
    """

    def __init__(
        self,
        channels: int | Sequence[int] = 256,
        activation: str = "relu",
        dropout: float = 0.0,
        last_activation: bool = False,
    ) -> None:
        super().__init__()
        self.channels, self.activation = channels, activation
        self.dropout, self.last_activation = dropout, last_activation

    @property
    def hops(self) -> int:
        """No hop: the graph is not read."""
        return 0

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the weights for ``in_channels`` features."""
        widths = widths_of(self.channels)
        self.layers = nn.ModuleList()
        self.activations = activations_of(self.activation, widths, self.last_activation)
        for width in widths:
            self.layers.append(Linear(in_channels, width, generator))
            in_channels = width
        self.out_channels = in_channels
        return self

    def forward(
        self, x: Features, adj: CSR | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return the last layer's output, shape (n, channels[-1]); ``adj`` is not read."""
        h: Features = drop_features(x, self.dropout, self.training, generator)
        for index, (layer, activation) in enumerate(
            zip(self.layers, self.activations, strict=True)
        ):
            if index:
                assert isinstance(h, Tensor)
                h = dropout(h, self.dropout, self.training, generator)
            h = activation(layer(h))
        assert isinstance(h, Tensor)
        return h
