"""A linear map whose rows are scaled to the range 0 to 1, then to unit length (AGE)."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.encoders.base import Encoder, Linear
from graphclust.graphs import Features
from graphclust.sparse import CSR


class ScaledLinear(Encoder, name="scaled_linear"):
    r"""Map linearly, shift and scale each row to [0, 1], then to unit length.

    .. math:: z = \frac{u}{\lVert u \rVert}, \qquad
        u = \frac{h - \min h}{\max h - \min h}, \qquad h = x W + b

    so that inner products of rows lie in [0, 1].

    Parameters
    ----------
    channels : int
        Width of the output.

    Notes
    -----
    Cost O(nnz(X) d). The graph is not read: smooth the features before. Smoothing and W are
    apart, so that the smoothing is done once.

    References
    ----------
    Cui et al., *Adaptive graph encoder for attributed graph embedding*, 2020, arXiv:2007.01594.
    """

    def __init__(self, channels: int = 500) -> None:
        super().__init__()
        self.channels = channels

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the weights for ``in_channels`` features."""
        self.linear = Linear(in_channels, self.channels, generator, init="uniform")
        self.out_channels = self.channels
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the scaled rows, shape (n, channels)."""
        h = self.linear(x)
        low, high = h.min(dim=1, keepdim=True).values, h.max(dim=1, keepdim=True).values
        return normalize((h - low) / (high - low).clamp(min=1e-12), dim=1)
