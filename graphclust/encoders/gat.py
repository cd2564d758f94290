"""Graph attention networks, versions 1 and 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Linear, activations_of, widths_of
from graphclust.encoders.layered import Layered
from graphclust.encoders.messages import Messages
from graphclust.graphs import Features
from graphclust.randomness import dropout, glorot_
from graphclust.sparse import CSR, attend, edge_softmax, matmul, mixed_scores, spmm, sum_scores


class GAT(Layered, name="gat"):
    r"""Average over neighbours with learnt attention.

    .. math::
        z_i = \big\Vert_h \sum_{j \in N(i) \cup i} \alpha^h_{ij} W^h x_j, \qquad
        \alpha^h_{ij} = \mathrm{softmax}_j\, e^h_{ij}

    with :math:`e_{ij} = \mathrm{LeakyReLU}(a_d^\top W x_i + a_s^\top W x_j)` in version 1 and
    :math:`e_{ij} = a^\top \mathrm{LeakyReLU}(W_d x_i + W x_j)` in version 2.

    Parameters
    ----------
    channels : int or sequence of int
        Width of each layer's output, over all heads together.
    heads : int
        Heads of each layer; they are joined side by side. Must divide the widths.
    version : 1 or 2
    activation : str
        Non-linearity after each layer.
    dropout : float
        On a layer's input and on the attention, while training.
    negative_slope : float
        Of the LeakyReLU above.
    last_activation : bool
        Whether the last layer is followed by the non-linearity too.

    Notes
    -----
    Cost O(|E| d). Version 1 keeps nothing of the size of the entries; version 2, and version 1
    with dropout, keep a few numbers an entry and head. Entries x width is never stored: scores
    are computed anew in the backward pass. Attention replaces edge weights, which are not read.

    References
    ----------
    Veličković et al., *Graph attention networks*, 2018, arXiv:1710.10903; Brody, Alon and Yahav,
    *How attentive are graph attention networks?*, 2022, arXiv:2105.14491.
    """

    def __init__(
        self,
        channels: int | Sequence[int] = 256,
        heads: int = 4,
        version: Literal[1, 2] = 1,
        activation: str = "elu",
        dropout: float = 0.0,
        negative_slope: float = 0.2,
        last_activation: bool = False,
    ) -> None:
        super().__init__()
        self.channels, self.heads, self.version = channels, heads, version
        self.activation, self.dropout = activation, dropout
        self.negative_slope, self.last_activation = negative_slope, last_activation

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the weights for ``in_channels`` features."""
        widths = widths_of(self.channels)
        self.layers = nn.ModuleList()
        self.activations = activations_of(self.activation, widths, self.last_activation)
        for width in widths:
            self.layers.append(
                _Attention(in_channels, width, self.heads, self.version, self.negative_slope,
                           generator)
            )  # fmt: skip
            in_channels = width
        self.out_channels = in_channels
        return self

    def matrix(self, adj: CSR) -> CSR:
        """Return the adjacency with self-loops."""
        return adj.with_self_loops(1.0)

    def message(self, index: int, h: Features, few: bool) -> Messages:
        """Return the mapped rows, and in version 1 what they add to a score."""
        out: Messages = self.layers[index].message(h)  # type: ignore[operator]
        return out

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
        p = self.dropout if self.training else 0.0
        out: Tensor = self.activations[index](self.layers[index](h, own, sent, rows, p, generator))
        return out


class _Attention(nn.Module):
    def __init__(
        self,
        in_channels: int,
        width: int,
        heads: int,
        version: int,
        slope: float,
        generator: torch.Generator | None,
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"channels={width} is not a multiple of heads={heads}")
        self.heads, self.width, self.version, self.slope = heads, width // heads, version, slope
        self.source = Linear(in_channels, width, generator, bias=version == 2)
        self.target = Linear(in_channels, width, generator) if version == 2 else None
        self.to_source = nn.Parameter(glorot_(torch.empty(heads, self.width), generator))
        if version == 1:
            self.to_target = nn.Parameter(glorot_(torch.empty(heads, self.width), generator))
        self.bias = nn.Parameter(torch.zeros(width))

    def message(self, x: Features) -> Messages:
        source = self.source(x).view(-1, self.heads, self.width)
        if self.version == 2:
            return Messages((source,))
        return Messages((source, *self._of_ends(x).chunk(2, dim=1)))

    def forward(
        self,
        x: Features,
        own: Messages,
        sent: Messages,
        matrix: CSR,
        p: float,
        generator: torch.Generator | None,
    ) -> Tensor:
        source = sent.parts[0]
        if self.target is not None:
            target = self.target(x).view(-1, self.heads, self.width)
            scores = mixed_scores(matrix, source, target, self.to_source, self.slope)
            return self._weigh(matrix, source, scores, p, generator)
        of_source, of_target = sent.parts[1], own.parts[2]
        if p <= 0.0:
            out = attend(matrix, source, of_source, of_target, self.slope)
            return out.flatten(1) + self.bias
        scores = sum_scores(matrix, of_source, of_target, self.slope)
        return self._weigh(matrix, source, scores, p, generator)

    def _of_ends(self, x: Features) -> Tensor:
        """Return what a node adds to scores as a source and as a target, shape (n, 2 heads).

        They are linear in x, so the weights are multiplied first: (n, heads, d) is read once less
        in either pass.
        """
        weight = self.source.weight.view(-1, self.heads, self.width)
        ends = [(weight * to).sum(-1) for to in (self.to_source, self.to_target)]
        return matmul(x, torch.cat(ends, dim=1))

    def _weigh(
        self,
        matrix: CSR,
        source: Tensor,
        scores: Tensor,
        p: float,
        generator: torch.Generator | None,
    ) -> Tensor:
        # Dropped entries must be the same ones in both passes, so the weights are stored.
        attention = dropout(edge_softmax(matrix, scores), p, True, generator)
        return spmm(matrix, source, attention).flatten(1) + self.bias
