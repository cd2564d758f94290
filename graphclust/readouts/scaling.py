"""Vectors of graphs made fit for clustering: logarithms, and statistics beside them."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.transforms import Transform
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.graphs.blocks import Blocks
from graphclust.readouts.graph_statistics import COLUMNS, statistics
from graphclust.sparse import CSR


class SignedLog(Transform, name="signed_log"):
    r"""Compress values that span orders of magnitude, :math:`\operatorname{sign}(x) \ln(1 + |x|)`.

    A sum over nodes grows with the graph: between small graphs and large ones the logarithm
    makes of factors what k-means can read, differences.
    """

    splits = "rows"

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the compressed values."""
        if isinstance(x, CSR):
            return x.with_weight(_signed_log(x.values))
        return _signed_log(x)


class BesideStatistics(Transform, name="beside_statistics", register=False):
    r"""Put a graph's statistics beside its embedding, both standardised.

    Each column is centred, divided by its deviation and held between -clip and clip; each of the
    two parts is divided by the root of its number of columns, so that neither outweighs the other
    by having more.

    Parameters
    ----------
    weight : float
        Of the embedding, that of the statistics being 1.
    clip : float
        Deviations from the mean beyond which a value counts as this far: a few outlying graphs
        then do not make a cluster of their own.

    Notes
    -----
    Columns that do not vary are zeros. Cost O(g d) and that of
    :class:`~graphclust.readouts.graph_statistics.GraphStatistics`.
    """

    def __init__(self, weight: float = 1.0, clip: float = 2.0) -> None:
        super().__init__()
        self.weight, self.clip = weight, clip
        self.register_buffer("mean", None)
        self.register_buffer("deviation", None)

    def width(self, in_channels: int, n_nodes: int) -> int:
        """Return the columns of both parts."""
        return in_channels + len(COLUMNS)

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Learn the columns' means and deviations."""
        both = _joined(x, adj).double()
        self.mean = both.mean(dim=0).float()
        spread = (both - both.mean(dim=0)).square().mean(dim=0).sqrt()
        # What differs by rounding alone does not vary.
        still = spread <= 1e-6 * both.abs().amax(dim=0)
        self.deviation = torch.where(still, torch.inf, spread).float()
        return self

    def forward(self, x: Features, adj: CSR) -> Tensor:
        """Return the joined columns, shape (g, d + 11)."""
        both = _joined(x, adj)
        mean: Tensor = self.mean  # type: ignore[assignment]
        scaled = ((both - mean) / self.deviation).clamp(-self.clip, self.clip)  # type: ignore[operator]
        own = both.shape[1] - len(COLUMNS)
        weight = scaled.new_full((both.shape[1],), self.weight * max(1, own) ** -0.5)
        weight[own:] = len(COLUMNS) ** -0.5
        out: Tensor = scaled * weight
        return out


def _signed_log(x: Tensor) -> Tensor:
    return x.sign() * x.abs().log1p()


def _joined(x: Features, adj: CSR) -> Tensor:
    if not isinstance(adj, Blocks):
        raise InputError("beside_statistics describes whole graphs: use GraphClusterer")
    own = x.to_dense() if isinstance(x, CSR) else x
    return torch.cat([own, torch.from_numpy(statistics(adj)).to(own.device)], dim=1)
