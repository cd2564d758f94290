"""What a readout is: the embedding of nodes in, one vector a graph out."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor, nn

from graphclust.component import Component, lookup
from graphclust.errors import InputError
from graphclust.graphs.blocks import Blocks


class Readout(Component, nn.Module, kind="readout"):
    """Base of the readouts.

    A subclass makes its parameters in :meth:`build`, sets ``out_channels``, and pools in
    :meth:`forward` over the rows of ``adj.members``, so that the order of a graph's nodes does not
    matter and one graph's vector does not depend on the others. A graph without nodes gets zeros.
    """

    out_channels: int

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the parameters for nodes of the given width; as wide a vector by default."""
        self.out_channels = in_channels
        return self

    def forward(self, h: Tensor, adj: Blocks) -> Tensor:
        """Return one vector a graph, shape (g, out_channels), from nodes of shape (n, d)."""
        raise NotImplementedError


def as_readout(readout: Any) -> Readout:
    """Return a readout as it is, or the one of that name.

    Raises
    ------
    InputError
        If it is neither.

    Examples
    --------
    >>> as_readout("sum")
    Sum()
    """
    if isinstance(readout, Readout):
        return readout
    if isinstance(readout, str):
        out: Readout = lookup("readout", readout.lower().replace("-", "_"))()
        return out
    raise InputError(f"readout={readout!r} is neither a name nor a readout: give 'sum', say")
