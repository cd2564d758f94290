"""Vectors of graphs whose columns and rows are of one scale while they are trained."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from graphclust.graphs.blocks import Blocks
from graphclust.readouts.base import Readout
from graphclust.readouts.sums import Sum


class Standardised(Readout, name="standardised", register=False):
    r"""Centre what a readout gives, divide by its deviation over a batch, and make rows unit.

    .. math:: z_g = u_g / \lVert u_g \rVert, \qquad u_g = (r_g - m) / \sqrt{v + 10^{-5}}

    with m and v the mean and variance of the batch while training, and their running averages
    after: a graph's vector then does not depend on the others. There is nothing to learn.

    Parameters
    ----------
    readout : Readout, optional
        The sum by default.

    Notes
    -----
    Sums over nodes span orders of magnitude. Distances and inner products that a head is trained
    by would be those of the few longest columns. Cost that of the readout, and O(g d).

    References
    ----------
    Ioffe and Szegedy, *Batch normalization*, 2015, arXiv:1502.03167.
    """

    def __init__(self, readout: Readout | None = None) -> None:
        super().__init__()
        self.readout = readout

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Build the readout."""
        self.inner = self.readout or Sum()
        self.out_channels = self.inner.build(in_channels, generator).out_channels
        self.norm = nn.BatchNorm1d(self.out_channels, affine=False)
        return self

    def forward(self, h: Tensor, adj: Blocks) -> Tensor:
        """Return the standardised unit vectors, shape (g, out_channels)."""
        out = self.inner(h, adj)
        if self.training and out.shape[0] < 2:
            # One graph has no deviation: it is measured by what was seen before.
            mean, variance = self.norm.running_mean, self.norm.running_var
            out = nn.functional.batch_norm(out, mean, variance)
        else:
            out = self.norm(out)
        return nn.functional.normalize(out, dim=1)
