"""Vectors of graphs made fit for clustering: logarithms, and columns or parts of one scale."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.transforms import Transform
from graphclust.graphs import Features
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


class HeldColumns(Transform, name="held_columns", register=False):
    r"""Standardise columns, hold them near their means, and divide by the root of their number.

    However many columns a description has, its rows are then about as long as those of another.

    Parameters
    ----------
    clip : float
        Deviations from the mean beyond which a value counts as this far: a few outlying graphs
        then do not make a cluster of their own.

    Notes
    -----
    Columns that do not vary are zeros. Cost O(g d).
    """

    def __init__(self, clip: float = 2.0) -> None:
        super().__init__()
        self.clip = clip
        self.register_buffer("mean", None)
        self.register_buffer("deviation", None)

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Learn the columns' means and deviations."""
        rows = _dense(x).double()
        self.mean = rows.mean(dim=0).float()
        spread = (rows - rows.mean(dim=0)).square().mean(dim=0).sqrt()
        # What differs by rounding alone does not vary.
        still = spread <= 1e-6 * rows.abs().amax(dim=0)
        self.deviation = torch.where(still, torch.inf, spread).float()
        return self

    def forward(self, x: Features, adj: CSR) -> Tensor:
        """Return the columns, shape (g, d)."""
        rows = _dense(x)
        mean: Tensor = self.mean  # type: ignore[assignment]
        held = ((rows - mean) / self.deviation).clamp(-self.clip, self.clip)  # type: ignore[operator]
        out: Tensor = held * max(1, rows.shape[1]) ** -0.5
        return out


class UnitSpread(Transform, name="unit_spread", register=False):
    r"""Centre rows, and divide all of them by the root of their mean squared length.

    Columns keep their proportions to one another. Rows that are all the same become zeros.
    Cost O(g d).
    """

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", None)
        self.register_buffer("length", None)

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Learn the mean row and the mean squared length."""
        rows = _dense(x).double()
        self.mean = rows.mean(dim=0).float()
        length = (rows - rows.mean(dim=0)).square().sum(dim=1).mean().sqrt()
        least = 1e-6 * rows.abs().max()
        self.length = torch.where(length <= least, torch.inf, length).float()
        return self

    def forward(self, x: Features, adj: CSR) -> Tensor:
        """Return the scaled rows, shape (g, d)."""
        mean: Tensor = self.mean  # type: ignore[assignment]
        out: Tensor = (_dense(x) - mean) / self.length  # type: ignore[operator]
        return out


def _signed_log(x: Tensor) -> Tensor:
    return x.sign() * x.abs().log1p()


def _dense(x: Features) -> Tensor:
    return x.to_dense() if isinstance(x, CSR) else x
