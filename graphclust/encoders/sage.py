"""GraphSAGE with mean or sum aggregation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from graphclust.encoders.base import Linear, activations_of, widths_of
from graphclust.encoders.layered import Layered
from graphclust.encoders.messages import Messages
from graphclust.graphs import Features
from graphclust.sparse import CSR, linear, matmul, spmm


class SAGE(Layered, name="sage"):
    r"""Join a node with the mean of its neighbours.

    .. math:: h_i' = \sigma\big(W_r h_i + W_n \operatorname{mean}_{j \in N(i)} h_j + b\big)

    Parameters
    ----------
    channels : int or sequence of int
        Width of each layer's output.
    aggregation : "mean" or "sum"
        The mean is weighted by the edges' weights.
    activation : str
    dropout : float
        On a layer's input while training.
    normalize : bool
        Scale each layer's rows to unit length, as the paper does.
    last_activation : bool

    Notes
    -----
    Cost O(|E| d + nnz(X) d): the product runs after the linear map, on its output.

    References
    ----------
    Hamilton, Ying and Leskovec, *Inductive representation learning on large graphs*, 2017,
    arXiv:1706.02216.
    """

    def __init__(
        self,
        channels: int | Sequence[int] = 256,
        aggregation: Literal["mean", "sum"] = "mean",
        activation: str = "relu",
        dropout: float = 0.0,
        normalize: bool = False,
        last_activation: bool = False,
    ) -> None:
        super().__init__()
        self.channels, self.aggregation, self.activation = channels, aggregation, activation
        self.dropout, self.normalize = dropout, normalize
        self.last_activation = last_activation

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the weights for ``in_channels`` features."""
        widths = widths_of(self.channels)
        self.own, self.neighbors = nn.ModuleList(), nn.ModuleList()
        self.activations = activations_of(self.activation, widths, self.last_activation)
        for width in widths:
            self.own.append(Linear(in_channels, width, generator, bias=False))
            self.neighbors.append(Linear(in_channels, width, generator))
            in_channels = width
        self.out_channels = in_channels
        return self

    def matrix(self, adj: CSR) -> CSR:
        """Return rows that sum to one for the mean, the adjacency itself for the sum."""
        return adj.normalized("row") if self.aggregation == "mean" else adj

    def message(self, index: int, h: Features, few: bool) -> Messages:
        """Return the rows mapped for their neighbours, or as they are where few receive them."""
        if few and isinstance(h, Tensor):
            return Messages((h,), as_they_are=True)
        return Messages((matmul(h, self._neighbors(index).weight),))

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
        neighbors, around = self._neighbors(index), spmm(rows, sent.parts[0])
        if sent.as_they_are:
            around = linear(around, neighbors.weight)
        assert neighbors.bias is not None
        out = around.add_(self.own[index](h)).add_(neighbors.bias)
        final: Tensor = self.activations[index](normalize(out, dim=1) if self.normalize else out)
        return final

    def _neighbors(self, index: int) -> Linear:
        layer = self.neighbors[index]
        assert isinstance(layer, Linear)
        return layer
