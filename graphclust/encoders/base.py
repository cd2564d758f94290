"""What an encoder is: features and a graph in, one vector a node out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from graphclust.component import Component
from graphclust.encoders.in_blocks import Splits
from graphclust.errors import InputError, nearest
from graphclust.graphs import Features
from graphclust.randomness import dropout, glorot_, uniform_
from graphclust.sparse import CSR, linear, matmul

Activation = str


class Encoder(Component, nn.Module, kind="encoder"):
    """Base of the encoders.

    An encoder is described first (widths and options) and built later, when the width of the
    features is known: :meth:`build` makes its parameters from an explicit generator. A subclass
    stores its arguments in ``__init__`` after ``super().__init__()``, makes layers in
    :meth:`build`, sets ``out_channels``, and maps in :meth:`forward`.
    """

    out_channels: int
    # How it applies to rows on disk; see :mod:`graphclust.encoders.in_blocks`.
    splits: Splits = "whole"

    @property
    def hops(self) -> int | None:
        """How far a node's embedding reads, in hops.

        ``None``, the default, where that is not known, or where an embedding is more than a
        function of features and edges so far away: such an encoder needs the whole graph.
        """
        return None

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the parameters for features of the given width."""
        raise NotImplementedError

    def adapt(self, x: Features, adj: CSR, generator: torch.Generator) -> None:
        """Choose what is chosen from the training graph (a depth, say); nothing by default."""

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the embedding, shape (n, out_channels).

        Parameters
        ----------
        x : Tensor or CSR, shape (n, f)
        adj : CSR, shape (n, n)
            Without self-loops; the encoder takes the normalisation that it wants from it.
        generator : torch.Generator, optional
            Source of dropout while training.
        """
        raise NotImplementedError

    def nodes(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the embedding of the nodes, where :meth:`forward` may give one of graphs."""
        out: Tensor = self(x, adj, generator)
        return out


class Linear(nn.Module):
    """A dense layer whose input may be sparse and whose start comes from a generator."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        generator: torch.Generator | None,
        bias: bool = True,
        init: str = "glorot",
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(in_channels, out_channels))
        if init == "glorot":
            glorot_(self.weight, generator)
        else:
            uniform_(self.weight, in_channels**-0.5, generator)
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None

    def forward(self, x: Features) -> Tensor:
        """Map (n, in_channels) to (n, out_channels)."""
        if self.bias is None:
            return matmul(x, self.weight)
        if isinstance(x, CSR):
            return matmul(x, self.weight).add_(self.bias)
        return linear(x, self.weight, self.bias)


class PReLU(nn.Module):
    """The parametric ReLU with one slope a channel, 0.25 at the start."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.full((channels,), 0.25))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the slope to what is negative."""
        return nn.functional.prelu(x, self.slope)


def make_activation(name: str, channels: int, over_input: bool = False) -> nn.Module:
    """Return the activation of that name: relu, prelu, elu, selu, gelu, leaky_relu, tanh, none.

    ``"leaky_relu:0.5"`` sets the slope of what is negative. With ``over_input``, elu and selu
    write over their input: they keep one array instead of two, and their gradient is read off the
    result, without a second exponential.
    """
    if name == "prelu":
        return PReLU(channels)
    if name.startswith("leaky_relu:"):
        slope = name.partition(":")[2]
        try:
            return nn.LeakyReLU(float(slope))
        except ValueError as error:
            raise InputError(f"activation={name!r}: the slope {slope!r} is not a number") from error
    known: dict[str, type[nn.Module]] = {
        "relu": nn.ReLU,
        "elu": nn.ELU,
        "selu": nn.SELU,
        "gelu": nn.GELU,
        "leaky_relu": nn.LeakyReLU,
        "tanh": nn.Tanh,
        "none": nn.Identity,
    }
    if name not in known:
        raise InputError(
            f"activation={name!r} is unknown{nearest(name, known)} (known: prelu, "
            f"{', '.join(known)})"
        )
    return known[name](inplace=True) if over_input and name in ("elu", "selu") else known[name]()


def drop_features(
    x: Features, p: float, training: bool, generator: torch.Generator | None
) -> Features:
    """Apply dropout to dense features, or to the stored entries of sparse ones."""
    if not training or p <= 0.0:
        return x
    if isinstance(x, CSR):
        return x.with_weight(dropout(x.values, p, True, generator))
    return dropout(x, p, True, generator)


def widths_of(channels: int | Sequence[int]) -> list[int]:
    """Return the layers' widths as a list; a single number is one layer."""
    return [channels] if isinstance(channels, int) else [int(c) for c in channels]


def slope_of(activation: nn.Module) -> float | None:
    """Return what an activation multiplies negative numbers by, if that is all that it does.

    None where it does more, or learns it, or bends the other way.
    """
    if isinstance(activation, nn.ReLU):
        return 0.0
    if isinstance(activation, nn.LeakyReLU) and activation.negative_slope >= 0:
        return float(activation.negative_slope)
    return None


def activations_of(name: str, widths: Sequence[int], last: bool) -> nn.ModuleList:
    """Return an activation a layer, none for the last one unless ``last``."""
    final = len(widths) if last else len(widths) - 1
    return nn.ModuleList(
        # What comes in is a layer's own output, which nothing else reads.
        make_activation(name if index < final else "none", width, over_input=True)
        for index, width in enumerate(widths)
    )
