"""Squared outputs of unit length: an embedding that is read as memberships (DGCluster)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.encoders.around import Around
from graphclust.encoders.base import Encoder
from graphclust.encoders.gcn import GCN
from graphclust.graphs import Features
from graphclust.sparse import CSR


class UnitSquares(Around, name="unit_squares"):
    r"""Square another encoder's output and scale rows to unit length.

    .. math:: z_i = \frac{h_i \odot h_i}{\lVert h_i \odot h_i \rVert_2}

    Embeddings are non-negative, so that inner products of nodes lie in [0, 1] like those of
    memberships.

    Parameters
    ----------
    encoder : Encoder, optional
        A GCN by default.

    Notes
    -----
    The authors' code divides h by the sum of all its entries and takes the squared hyperbolic
    tangent first. That sum is large, so that the tangent is linear there and the division
    cancels; left out, an embedding no longer depends on the other nodes through it.

    References
    ----------
    Bhowmick et al., *DGCLUSTER*, 2023, arXiv:2312.12697.
    """

    def __init__(self, encoder: Encoder | None = None) -> None:
        super().__init__()
        self.encoder = encoder if encoder is not None else GCN(last_activation=False)

    @property
    def hops(self) -> int | None:
        """As many as the inner encoder."""
        return self.encoder.hops

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the squared unit rows, shape (n, out_channels)."""
        h: Tensor = self.encoder(x, adj, generator)
        # Scaled before squaring: tiny outputs would square to 0.
        return normalize(normalize(h, dim=1).square(), dim=1)
