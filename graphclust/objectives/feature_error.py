"""Squared error of the features rebuilt from the embedding, without forming them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Linear
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.objectives.base import Dims, Objective, Split
from graphclust.objectives.step import Step
from graphclust.sparse import CSR, matmul


class FeatureError(Objective, name="feature_error"):
    r"""Rebuild the features by dense layers from the embedding, or its first columns.

    .. math:: \mathcal L = \frac{\lVert R(Z) - X \rVert_F^2}{\lVert X \rVert_F^2}

    Parameters
    ----------
    channels : sequence of int
        Widths of the decoder's hidden layers, which are rectified.
    columns : int, optional
        How many of the embedding's leading columns are decoded; all by default.

    Notes
    -----
    With H the last hidden layer and W the last matrix, :math:`\lVert H W - X \rVert^2` is
    :math:`\lVert H W \rVert^2 - 2 \langle H, X W^\top \rangle + \lVert X \rVert^2`, where the
    first is :math:`\langle H^\top H, W W^\top \rangle`: cost O(n h² + nnz(X) h + f h²), and the
    n x f features are never rebuilt, so that sparse ones stay sparse. Papers divide by n f;
    dividing by the features' own size makes the loss 1 for a decoder that says nothing.
    The decoder is kept when training goes on in a second stage.
    """

    split: ClassVar[Split] = "node"

    def __init__(self, channels: Sequence[int] = (512, 256), columns: int | None = None) -> None:
        super().__init__()
        self.channels, self.columns = channels, columns

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the decoder, unless it is there from an earlier stage."""
        if self.columns is not None and self.columns > dims.out_channels:
            raise InputError(
                f"feature_error reads {self.columns} columns of an embedding of width "
                f"{dims.out_channels}: give a wider encoder"
            )
        widths = [self.columns or dims.out_channels, *self.channels]
        wanted = [*widths, dims.in_channels]
        if getattr(self, "_built", None) != wanted:
            self.hidden = nn.ModuleList(Linear(a, b, generator) for a, b in pairwise(widths))
            self.last = Linear(widths[-1], dims.in_channels, generator)
            self._built = wanted
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the share of the features' size that is not rebuilt."""
        h = step.z[:, : self.columns]
        for layer in self.hidden:
            h = torch.relu(layer(h))
        assert self.last.bias is not None
        return feature_error(h, self.last.weight, self.last.bias, step.x)


def feature_error(h: Tensor, weight: Tensor, bias: Tensor, x: Features) -> Tensor:
    """Return the squared error of ``h @ weight + bias`` relative to the size of ``x``.

    ``h`` has shape (n, d), ``weight`` (d, f), ``bias`` (f,) and ``x``, dense or CSR, (n, f).
    """
    h = torch.cat([h, h.new_ones(h.shape[0], 1)], dim=1)
    weight = torch.cat([weight, bias[None]])
    size = (x.values if isinstance(x, CSR) else x).square().sum().clamp(min=1e-12)
    rebuilt = ((h.T @ h) * (weight @ weight.T)).sum()
    return (rebuilt - 2.0 * (h * matmul(x, weight.T)).sum()) / size + 1.0
