"""Graph attention networks, versions 1 and 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu
from torch.utils.checkpoint import checkpoint

from graphclust.encoders.base import Linear, activations_of, widths_of
from graphclust.encoders.layered import Layered, Messages
from graphclust.graphs import Features
from graphclust.randomness import dropout, glorot_
from graphclust.sparse import CSR, edge_softmax, spmm, to_edges

# Version 2 scores entries in blocks of at most this many floats.
_BLOCK = 1 << 22


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
    Cost O(|E| d). Version 1 keeps only a number an entry and head; version 2 scores entries in
    blocks that are computed anew in the backward pass, so neither stores entries x width.
    Attention replaces edge weights, which are not read.

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
        return Messages((source, (source * self.to_source).sum(-1)))

    def forward(
        self,
        x: Features,
        own: Messages,
        sent: Messages,
        matrix: CSR,
        p: float,
        generator: torch.Generator | None,
    ) -> Tensor:
        source, rows = sent.parts[0], own.parts[0]
        if self.target is None:
            scores = self._scores_v1(sent.parts[1], (rows * self.to_target).sum(-1), matrix)
        else:
            scores = self._scores_v2(source, self.target(x).view_as(rows), matrix)
        attention = dropout(edge_softmax(matrix, scores), p, True, generator)
        return spmm(matrix, source, attention).flatten(1) + self.bias

    def _scores_v1(self, of_source: Tensor, of_target: Tensor, matrix: CSR) -> Tensor:
        scores = of_source.index_select(0, matrix.col) + to_edges(matrix, of_target)
        return leaky_relu(scores, self.slope)

    def _scores_v2(self, source: Tensor, target: Tensor, matrix: CSR) -> Tensor:
        def block(source: Tensor, target: Tensor, row: Tensor, col: Tensor) -> Tensor:
            mixed = source.index_select(0, col) + target.index_select(0, row)
            return (leaky_relu(mixed, self.slope) * self.to_source).sum(-1)

        step = max(1, _BLOCK // (self.heads * self.width))
        parts = [
            checkpoint(
                block, source, target, matrix.row[i : i + step], matrix.col[i : i + step],
                use_reentrant=False, preserve_rng_state=False,
            )
            for i in range(0, matrix.nnz, step)
        ]  # fmt: skip
        return torch.cat(parts)
