"""GIN with the features of edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import (
    Encoder,
    Linear,
    activations_of,
    drop_features,
    make_activation,
    widths_of,
)
from graphclust.encoders.layered import Layered
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.graphs.blocks import Blocks
from graphclust.ondisk import StoredRows
from graphclust.sparse import CSR, segment_sum, to_edges


class GINE(Layered, name="gine"):
    r"""Sum over neighbours and the edges to them, then a perceptron.

    .. math::
        h_i' = \mathrm{MLP}\Big((1 + \epsilon) V h_i
          + \sum_j a_{ij} \operatorname{ReLU}(V h_j + U e_{ij})\Big)

    Parameters
    ----------
    channels : int or sequence of int
        Width of each layer's output.
    edge_channels : int
        Features of an edge; 0 reads none. A :class:`~graphclust.GraphClusterer` fills it in.
    eps : float
        Start of :math:`\epsilon`, which is learnt.
    activation : str
    dropout : float
        On a layer's input while training.
    batch_norm : bool
        Inside the perceptron.
    last_activation : bool
    normalise_output : bool
        As :class:`~graphclust.encoders.GIN` has it.

    Notes
    -----
    Cost O(|E| d + n f d), memory O(|E| d). The paper adds edges to nodes that are as wide
    already; here V maps a layer's input to its width first, in every layer, so that the
    perceptron has two matrices as :class:`~graphclust.encoders.GIN` has.

    References
    ----------
    Hu et al., *Strategies for pre-training graph neural networks*, 2020, arXiv:1905.12265.
    """

    def __init__(
        self,
        channels: int | Sequence[int] = 64,
        edge_channels: int = 0,
        eps: float = 0.0,
        activation: str = "relu",
        dropout: float = 0.0,
        batch_norm: bool = True,
        last_activation: bool = False,
        normalise_output: bool = False,
    ) -> None:
        super().__init__()
        self.channels, self.edge_channels, self.eps = channels, edge_channels, eps
        self.activation, self.dropout = activation, dropout
        self.batch_norm, self.last_activation = batch_norm, last_activation
        self.normalise_output = normalise_output

    @property
    def hops(self) -> int:
        """As many as there are layers."""
        return len(widths_of(self.channels))

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the weights for ``in_channels`` features."""
        widths = widths_of(self.channels)
        self.first, self.second, self.edges = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        self.norms, self.inner = nn.ModuleList(), nn.ModuleList()
        self.last = nn.ModuleList()
        self.outer = activations_of(self.activation, widths, self.last_activation)
        self.epsilon = nn.Parameter(torch.full((len(widths),), float(self.eps)))
        for width in widths:
            self.first.append(Linear(in_channels, width, generator))
            if self.edge_channels:
                self.edges.append(Linear(self.edge_channels, width, generator, bias=False))
            self.norms.append(nn.BatchNorm1d(width) if self.batch_norm else nn.Identity())
            self.inner.append(make_activation(self.activation, width))
            self.second.append(Linear(width, width, generator))
            self.last.append(nn.BatchNorm1d(width) if self.normalise_output else nn.Identity())
            in_channels = width
        self.out_channels = in_channels
        return self

    def outputs(
        self, x: Features, adj: CSR, generator: torch.Generator | None = None
    ) -> Iterator[Tensor]:
        """Yield the output of one layer after another, shape (n, channels[l]).

        Raises
        ------
        InputError
            If the edges have other features than it was built for.
        """
        attr = adj.edge_attr if isinstance(adj, Blocks) else None
        width = 0 if attr is None else int(attr.shape[1])
        if self.edge_channels and width != self.edge_channels and adj.nnz:
            raise InputError(
                f"the edges have {width} features, but gine was built for {self.edge_channels}: "
                "give the same features as for the fit"
            )
        h: Features = x
        for index in range(self.hops):
            h = drop_features(h, self.dropout, self.training, generator)
            own = self.first[index](h)
            sent = to_edges(adj, own, "col")
            if self.edge_channels and attr is not None:
                sent = sent + self.edges[index](attr)
            sent = sent.relu()
            if adj.weight is not None:
                sent = sent * adj.weight[:, None]
            y = segment_sum(adj, sent) + (1.0 + self.epsilon[index]) * own
            y = self.second[index](self.inner[index](self.norms[index](y)))
            out: Tensor = self.last[index](self.outer[index](y))
            yield out
            h = out

    def layer_by_layer(
        self, x: Features | StoredRows, adj: CSR, block: int = 0
    ) -> Tensor | StoredRows:
        """Return what :meth:`forward` does after training; edges are read all at once."""
        assert not isinstance(x, StoredRows)
        return self.forward(x, adj)


def reads_edges(encoder: Encoder, edge_channels: int) -> Encoder:
    """Return an encoder whose GINE, if it has one, reads edges of so many features.

    One that already says how many it reads is left as it is.
    """
    if isinstance(encoder, GINE) and not encoder.edge_channels:
        return encoder.replace(edge_channels=edge_channels)
    inner = encoder.get_params().get("encoder")
    if isinstance(inner, Encoder):
        return encoder.replace(encoder=reads_edges(inner, edge_channels))
    return encoder
