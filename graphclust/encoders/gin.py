"""Graph isomorphism network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Linear, activations_of, make_activation, widths_of
from graphclust.encoders.layered import Layered
from graphclust.encoders.messages import Messages
from graphclust.encoders.perceptron_of_sums import perceptron_of_sums, worth_it
from graphclust.graphs import Features
from graphclust.sparse import CSR, matmul, spmm


class GIN(Layered, name="gin"):
    r"""Sum over neighbours, then a perceptron.

    .. math:: h_i' = \mathrm{MLP}\big((1 + \epsilon) h_i + \sum_j a_{ij} h_j\big)

    The perceptron has two layers of the output's width, batch normalisation between them.

    Parameters
    ----------
    channels : int or sequence of int
        Width of each layer's output.
    eps : float
        Start of :math:`\epsilon`.
    learn_eps : bool
        Whether :math:`\epsilon` is learnt.
    activation : str
    dropout : float
        On a layer's input while training.
    batch_norm : bool
        Whether the perceptron normalises over the nodes, between its layers.
    last_activation : bool
    normalise_output : bool
        Whether each layer's output is normalised over the nodes, after its activation: a sum of
        nodes then tells how a graph differs from the mean one, rather than mostly its size.

    Notes
    -----
    Cost O(|E| d + nnz(X) d). The perceptron's first layer is linear, so it is applied before the
    sum: the product runs on its narrower output, and sparse features stay sparse. On the CPU, a
    layer of all nodes with 4 MB or more keeps nothing but its input for the gradient, see
    :func:`~graphclust.encoders.perceptron_of_sums.perceptron_of_sums`.

    References
    ----------
    Xu et al., *How powerful are graph neural networks?*, 2019, arXiv:1810.00826.
    """

    def __init__(
        self,
        channels: int | Sequence[int] = 64,
        eps: float = 0.0,
        learn_eps: bool = True,
        activation: str = "relu",
        dropout: float = 0.0,
        batch_norm: bool = True,
        last_activation: bool = False,
        normalise_output: bool = False,
    ) -> None:
        super().__init__()
        self.channels, self.eps, self.learn_eps = channels, eps, learn_eps
        self.activation, self.dropout = activation, dropout
        self.batch_norm, self.last_activation = batch_norm, last_activation
        self.normalise_output = normalise_output

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the weights for ``in_channels`` features."""
        widths = widths_of(self.channels)
        self.first, self.second = nn.ModuleList(), nn.ModuleList()
        self.norms, self.inner = nn.ModuleList(), nn.ModuleList()
        self.last = nn.ModuleList()
        self.outer = activations_of(self.activation, widths, self.last_activation)
        self.epsilon = nn.Parameter(
            torch.full((len(widths),), float(self.eps)), requires_grad=self.learn_eps
        )
        for width in widths:
            self.first.append(Linear(in_channels, width, generator))
            self.norms.append(nn.BatchNorm1d(width) if self.batch_norm else nn.Identity())
            self.inner.append(make_activation(self.activation, width))
            self.second.append(Linear(width, width, generator))
            self.last.append(nn.BatchNorm1d(width) if self.normalise_output else nn.Identity())
            in_channels = width
        self.out_channels = in_channels
        return self

    def matrix(self, adj: CSR) -> CSR:
        """Return the adjacency itself."""
        return adj

    def message(self, index: int, h: Features, few: bool) -> Messages:
        """Return the rows multiplied by the perceptron's first matrix."""
        first = self.first[index]
        assert isinstance(first, Linear)
        return Messages((matmul(h, first.weight),))

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
        bias: Tensor = self.first[index].bias  # type: ignore[assignment]
        share = 1.0 + self.epsilon[index]
        y = spmm(rows, sent.parts[0], bias=bias).addcmul_(share, own.parts[0])
        return self._finish(index, self.second[index](self.inner[index](self.norms[index](y))))

    def whole(
        self, index: int, h: Features, matrix: CSR, generator: torch.Generator | None
    ) -> Tensor:
        """Return a layer's output of all nodes, shape (n, channels[index])."""
        if not worth_it(h, self.widths[index], matrix):
            return super().whole(index, h, matrix, generator)
        first, second, norm = self.first[index], self.second[index], self.norms[index]
        assert isinstance(first, Linear)
        assert isinstance(second, Linear)
        y = perceptron_of_sums(
            h,
            matrix,
            1.0 + self.epsilon[index],
            first,
            norm if isinstance(norm, nn.BatchNorm1d) else None,
            self.inner[index],
            second,
        )
        return self._finish(index, y)

    def _finish(self, index: int, y: Tensor) -> Tensor:
        final: Tensor = self.last[index](self.outer[index](y))
        return final
