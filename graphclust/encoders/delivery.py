"""A feature auto-encoder whose layers are delivered to a graph convolution (SDCN)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Encoder, Linear, widths_of
from graphclust.graphs import Features
from graphclust.sparse import CSR, spmm


class Delivery(Encoder, name="delivery"):
    r"""Encode features by dense layers, and the graph by convolutions that mix them in.

    .. math::
        T^{(l)} = \mathrm{ReLU}(T^{(l-1)} V^{(l)} + c), \qquad
        H^{(l)} = \mathrm{ReLU}\big(\hat A \tilde H^{(l-1)} W^{(l)}\big), \qquad
        \tilde H^{(l)} = (1 - \epsilon) H^{(l)} + \epsilon T^{(l)}

    The output joins the code :math:`T^{(L)}` (without non-linearity) and
    :math:`\hat A \tilde H^{(L)}`, side by side; :class:`~graphclust.heads.dual.Dual` reads
    both.

    Parameters
    ----------
    channels : sequence of int
        Width of each layer, the code last.
    mix : float
        :math:`\epsilon`.

    Notes
    -----
    Cost O((nnz(X) + n) d + |E| d + n d²).

    References
    ----------
    Bo et al., *Structural deep clustering network*, 2020, arXiv:2002.01633.
    """

    def __init__(self, channels: Sequence[int] = (256, 256, 512, 10), mix: float = 0.5) -> None:
        super().__init__()
        self.channels, self.mix = channels, mix

    @property
    def hops(self) -> int:
        """One more than there are layers."""
        return len(widths_of(self.channels)) + 1

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the weights of both halves for ``in_channels`` features."""
        self.dense, self.convolutions = nn.ModuleList(), nn.ModuleList()
        for width in widths_of(self.channels):
            self.dense.append(Linear(in_channels, width, generator))
            self.convolutions.append(Linear(in_channels, width, generator, bias=False))
            in_channels = width
        self.out_channels = 2 * in_channels
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return code and convolution side by side, shape (n, 2 channels[-1])."""
        matrix = adj.normalized("sym", 1.0)
        code: Features = x
        mixed: Features = x
        last = len(self.dense) - 1
        for index, (dense, convolution) in enumerate(
            zip(self.dense, self.convolutions, strict=True)
        ):
            code = dense(code) if index == last else torch.relu(dense(code))
            # The paper's convolutions are rectified, the one of the code's width too.
            conveyed = spmm(matrix, convolution(mixed), slope=0.0)
            mixed = torch.lerp(conveyed, code, self.mix)
        assert isinstance(mixed, Tensor)
        assert isinstance(code, Tensor)
        return torch.cat([code, spmm(matrix, mixed)], dim=1)
