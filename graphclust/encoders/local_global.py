"""An encoder's output beside its own smoothing over the graph (Dink-Net)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.encoders.around import Around
from graphclust.encoders.base import Encoder
from graphclust.encoders.gcn import GCN
from graphclust.graphs import Features
from graphclust.sparse import CSR, spmm


class LocalGlobal(Around, name="local_global"):
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

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the unit rows, shape (n, out_channels)."""
        local: Tensor = self.encoder(x, adj, generator)
        matrix, smooth = adj.normalized("sym", 1.0), local
        for _ in range(self.steps):
            smooth = spmm(matrix, smooth)
        return normalize(local + smooth, dim=1)
