"""An encoder's output beside its own smoothing over the graph (Dink-Net)."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.encoders.base import Encoder
from graphclust.encoders.gcn import GCN
from graphclust.graphs import Features
from graphclust.sparse import CSR, spmm


class LocalGlobal(Encoder, name="local_global"):
    r"""Add to an encoder's output what smoothing makes of it, and scale rows to unit length.

    .. math:: z_i = \frac{u_i}{\lVert u_i \rVert}, \qquad U = H + \hat A^T H, \qquad
        \hat A = \hat D^{-1/2} (A + I) \hat D^{-1/2}

    Parameters
    ----------
    encoder : Encoder, optional
        Gives H; a GCN by default.
    steps : int
        T.

    Notes
    -----
    Cost O(T |E| d) beside the encoder's.

    References
    ----------
    Liu et al., *Dink-Net: neural clustering on large graphs*, 2023, arXiv:2305.18405.
    """

    def __init__(self, encoder: Encoder | None = None, steps: int = 5) -> None:
        super().__init__()
        self.encoder = encoder if encoder is not None else GCN(512)
        self.steps = steps

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Build the inner encoder."""
        self.encoder.build(in_channels, generator)
        self.out_channels = self.encoder.out_channels
        return self

    def adapt(self, x: Features, adj: CSR, generator: torch.Generator) -> None:
        """Let the inner encoder choose from the training graph."""
        self.encoder.adapt(x, adj, generator)

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the unit rows, shape (n, out_channels)."""
        local: Tensor = self.encoder(x, adj, generator)
        matrix, smooth = adj.normalized("sym", 1.0), local
        for _ in range(self.steps):
            smooth = spmm(matrix, smooth)
        return normalize(local + smooth, dim=1)
