"""Graph convolutional network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Encoder, Linear, activations_of, drop_features, widths_of
from graphclust.graphs import Features
from graphclust.randomness import dropout
from graphclust.sparse import CSR, matmul, spmm


class GCN(Encoder, name="gcn"):
    r"""Convolve with the normalised adjacency, layer by layer.

    .. math:: H^{(l+1)} = \sigma(\hat D^{-1/2} (A + \lambda I) \hat D^{-1/2} H^{(l)} W^{(l)} + b)

    Parameters
    ----------
    channels : int or sequence of int
        Width of each layer's output.
    activation : str
        Name of the non-linearity, see :func:`~graphclust.encoders.base.make_activation`.
    dropout : float
        Probability of dropping an input of a layer while training.
    self_loops : float
        The weight :math:`\lambda` of each node's own features.
    last_activation : bool
        Whether the last layer is followed by the non-linearity too.
    skip : bool
        Add a learnt linear skip :math:`H W_s` to every layer (DMoN's encoder has one).
    batch_norm : bool
        Normalise each layer's output over the nodes before the non-linearity.

    Notes
    -----
    Cost O(|E| d + nnz(X) d) a pass. Each layer multiplies on its narrower side.

    References
    ----------
    Kipf and Welling, *Semi-supervised classification with graph convolutional networks*, 2017,
    arXiv:1609.02907.
    """

    def __init__(
        self,
        channels: int | Sequence[int] = 256,
        activation: str = "prelu",
        dropout: float = 0.0,
        self_loops: float = 1.0,
        last_activation: bool = True,
        skip: bool = False,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.channels, self.activation, self.dropout = channels, activation, dropout
        self.self_loops, self.last_activation = self_loops, last_activation
        self.skip, self.batch_norm = skip, batch_norm

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the weights for ``in_channels`` features."""
        widths = widths_of(self.channels)
        self.layers, self.skips = nn.ModuleList(), nn.ModuleList()
        self.activations = activations_of(self.activation, widths, self.last_activation)
        self.norms = nn.ModuleList()
        for width in widths:
            self.layers.append(Linear(in_channels, width, generator, bias=False))
            self.layers[-1].bias = nn.Parameter(torch.zeros(width))
            if self.skip:
                self.skips.append(Linear(in_channels, width, generator, bias=False))
            self.norms.append(nn.BatchNorm1d(width) if self.batch_norm else nn.Identity())
            in_channels = width
        self.out_channels = in_channels
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the last layer's output, shape (n, channels[-1])."""
        matrix = adj.normalized("sym", self.self_loops)
        h: Features = drop_features(x, self.dropout, self.training, generator)
        for index, layer in enumerate(self.layers):
            if index:
                assert isinstance(h, Tensor)
                h = dropout(h, self.dropout, self.training, generator)
            out = self._convolve(matrix, h, layer)
            if self.skip:
                out = out + self.skips[index](h)
            h = self.activations[index](self.norms[index](out))
        assert isinstance(h, Tensor)
        return h

    @staticmethod
    def _convolve(matrix: CSR, h: Features, layer: nn.Module) -> Tensor:
        weight: Tensor = layer.weight  # type: ignore[assignment]
        bias: Tensor = layer.bias  # type: ignore[assignment]
        if isinstance(h, Tensor) and h.shape[1] < weight.shape[1]:
            return torch.addmm(bias, spmm(matrix, h), weight)
        # In place: a fresh array of n x width costs as much as the addition, in page faults.
        return spmm(matrix, matmul(h, weight)).add_(bias)
