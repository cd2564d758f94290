"""Graph convolutions that move a given part of the way to the neighbours' mean (JBGNN)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Encoder, Linear, make_activation, widths_of
from graphclust.graphs import Features
from graphclust.sparse import CSR, spmm


class LazyGCN(Encoder, name="lazy_gcn"):
    r"""Convolve with a lazy walk's operator, then map each node by dense layers.

    .. math::
        H^{(l+1)} = \sigma(P H^{(l)} W^{(l)} + b), \qquad
        P = I - \delta (I - D^{-1/2} A D^{-1/2})

    Parameters
    ----------
    channels : sequence of int
        Width of each convolution.
    dense : sequence of int
        Width of each dense layer after them.
    delta : float
        :math:`\delta`: 0 stays, 1 moves to the neighbours; between, many layers can follow each
        other and still tell nodes apart.
    activation : str
        Name of the non-linearity of all layers.

    Notes
    -----
    Cost O(layers |E| d + nnz(X) d).

    References
    ----------
    Bianchi, *Simplifying clustering with graph neural networks*, 2022, arXiv:2207.08779.
    """

    def __init__(
        self,
        channels: Sequence[int] = (64,) * 10,
        dense: Sequence[int] = (16,),
        delta: float = 0.85,
        activation: str = "relu",
    ) -> None:
        super().__init__()
        self.channels, self.dense = channels, dense
        self.delta, self.activation = delta, activation

    @property
    def hops(self) -> int:
        """As many as there are convolutions."""
        return len(widths_of(self.channels))

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the weights for ``in_channels`` features."""
        self.convolutions, self.maps = nn.ModuleList(), nn.ModuleList()
        self.biases = nn.ParameterList()
        for width in widths_of(self.channels):
            self.convolutions.append(Linear(in_channels, width, generator, bias=False))
            self.biases.append(nn.Parameter(torch.zeros(width)))
            in_channels = width
        for width in widths_of(self.dense):
            self.maps.append(Linear(in_channels, width, generator))
            in_channels = width
        self.nonlinear = make_activation(self.activation, in_channels)
        self.out_channels = in_channels
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the last layer's output, shape (n, out_channels)."""
        matrix = adj.normalized("sym")
        h: Features = x
        for layer, bias in zip(self.convolutions, self.biases, strict=True):
            out = layer(h)
            # The operator's rows do not sum to one, so the bias is added after it.
            h = self.nonlinear(torch.lerp(out, spmm(matrix, out), self.delta) + bias)
        for layer in self.maps:
            h = self.nonlinear(layer(h))
        assert isinstance(h, Tensor)
        return h
