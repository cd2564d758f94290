"""Graph convolutional network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Linear, activations_of, slope_of, widths_of
from graphclust.encoders.layered import Layered
from graphclust.encoders.messages import Messages
from graphclust.graphs import Features
from graphclust.sparse import CSR, linear, matmul, spmm


class GCN(Layered, name="gcn"):
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
        Normalise over the nodes before each non-linearity; a last layer without one is left alone.

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
        for index, width in enumerate(widths):
            self.layers.append(Linear(in_channels, width, generator, bias=False))
            self.layers[-1].bias = nn.Parameter(torch.zeros(width))
            if self.skip:
                self.skips.append(Linear(in_channels, width, generator, bias=False))
            bends = self.last_activation or index + 1 < len(widths)
            normed = self.batch_norm and bends
            self.norms.append(nn.BatchNorm1d(width) if normed else nn.Identity())
            in_channels = width
        self.out_channels = in_channels
        return self

    def matrix(self, adj: CSR) -> CSR:
        """Return the symmetric normalisation."""
        return adj.normalized("sym", self.self_loops)

    def message(self, index: int, h: Features, few: bool) -> Messages:
        """Return the rows as they are, or multiplied already where they are the wider side."""
        weight = self._weight(index)
        if isinstance(h, Tensor) and (few or h.shape[1] < weight.shape[1]):
            return Messages((h,), as_they_are=True)
        return Messages((matmul(h, weight),))

    def update(
        self,
        index: int,
        h: Features,
        own: Messages,
        sent: Messages,
        rows: CSR,
        generator: torch.Generator | None,
    ) -> Tensor:
        """Return a layer's output, shape (m, channels[index])."""
        bias: Tensor = self.layers[index].bias  # type: ignore[assignment]
        if sent.as_they_are:
            out = linear(spmm(rows, sent.parts[0]), self._weight(index), bias)
        else:
            last = not self.skip and isinstance(self.norms[index], nn.Identity)
            slope = slope_of(self.activations[index]) if last else None
            out = spmm(rows, sent.parts[0], bias=bias, slope=slope)
            if slope is not None:
                return out
        if self.skip:
            out = out + self.skips[index](h)
        final: Tensor = self.activations[index](self.norms[index](out))
        return final

    def _weight(self, index: int) -> Tensor:
        weight: Tensor = self.layers[index].weight  # type: ignore[assignment]
        return weight
