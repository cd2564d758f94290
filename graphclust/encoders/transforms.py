"""Steps without gradients before and after an encoder: scaling, tf-idf, smoothing.

A transform is fitted once on the training graph and applied as fitted to any other: what it
learnt (document frequencies, projections) are buffers, saved with the weights.
"""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from graphclust.component import Component
from graphclust.encoders.in_blocks import Splits
from graphclust.graphs import Features
from graphclust.ondisk import BlockedRows
from graphclust.sparse import CSR, segment_sum, spmm


class Transform(Component, nn.Module, kind="transform"):
    """Base of the transforms: :meth:`fit` learns, :meth:`forward` applies.

    One whose ``splits`` is ``"rows"`` or ``"columns"`` learns from rows on disk as well.
    """

    # How it applies to rows on disk; see :mod:`graphclust.encoders.in_blocks`.
    splits: Splits = "whole"

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Learn from the training graph; nothing by default."""
        return self

    def width(self, in_channels: int, n_nodes: int) -> int:
        """Return f' for so many columns and training rows; as many by default."""
        return in_channels

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the transformed features, shape (n, f')."""
        raise NotImplementedError


class UnitRows(Transform, name="unit_rows"):
    r"""Scale rows to unit length: :math:`x_i / \lVert x_i \rVert_p`; empty rows stay empty.

    Parameters
    ----------
    p : int
        1 for rows that sum to one (of absolute values), 2 for unit Euclidean length.
    """

    splits = "rows"

    def __init__(self, p: int = 2) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the scaled rows."""
        if isinstance(x, Tensor):
            return nn.functional.normalize(x, p=float(self.p), dim=1)
        length = segment_sum(x, x.values.abs().pow(self.p)).pow(1.0 / self.p).clamp(min=1e-12)
        return x.with_weight(x.values / length[x.row.long()])


class Center(Transform, name="center"):
    """Subtract each column's mean over the training nodes; dense features only.

    Parameters
    ----------
    scale : bool
        Divide by the deviation as well; columns that do not vary become zeros.
    """

    splits = "rows"

    def __init__(self, scale: bool = False) -> None:
        super().__init__()
        self.scale = scale
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", None)
        self.register_buffer("deviation", None)

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Learn the columns' means, and deviations if ``scale``."""
        if isinstance(x, BlockedRows):
            mean, variance = x.mean_and_variance()
            self.mean, deviation = mean.float(), variance.sqrt().float()
        else:
            dense = x.to_dense() if isinstance(x, CSR) else x
            self.mean, deviation = dense.mean(0), dense.std(0, unbiased=False)
        # What differs by rounding alone does not vary.
        still = deviation <= 1e-6 * self.mean.abs().clamp(min=1.0)
        self.deviation = torch.where(still, torch.inf, deviation)
        return self

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the centred columns."""
        dense = x.to_dense() if isinstance(x, CSR) else x
        out: Tensor = dense - self.mean
        return out / self.deviation if self.scale else out


class TfIdf(Transform, name="tfidf"):
    r"""Weigh columns by how rare they are: :math:`x_{ij} \ln(n / (1 + \mathrm{df}_j))`, at least 0.

    The document frequencies :math:`\mathrm{df}_j` are those of the training graph. Where every
    column is as good as full there is nothing to weigh, and the features stay as they are.

    Parameters
    ----------
    smooth : bool
        Weigh by :math:`1 + \ln((1 + n) / (1 + \mathrm{df}_j))` instead, as scikit-learn does.
    """

    splits = "rows"

    def __init__(self, smooth: bool = False) -> None:
        super().__init__()
        self.smooth = smooth
        self.register_buffer("idf", None)

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Learn the document frequencies."""
        if isinstance(x, BlockedRows):
            frequency = x.summed(lambda block: (block != 0).sum(0))
        elif isinstance(x, CSR):
            frequency = torch.bincount(x.col.long()[x.values != 0], minlength=x.shape[1])
        else:
            frequency = (x != 0).sum(0)
        n = x.shape[0]
        if self.smooth:
            self.idf = ((1.0 + n) / (1.0 + frequency.float())).log() + 1.0
        else:
            self.idf = (n / (1.0 + frequency.float())).log().clamp(min=0.0)
        if not bool(self.idf.any()):
            self.idf = torch.ones_like(self.idf)
        return self

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the weighted columns."""
        idf: Tensor = self.idf  # type: ignore[assignment]
        return x.with_weight(x.values * idf[x.col.long()]) if isinstance(x, CSR) else x * idf


class Smooth(Transform, name="smooth"):
    r"""Average over neighbours: :math:`((1 - \kappa) I + \kappa \hat A)^t x`.

    Parameters
    ----------
    steps : int
        t.
    self_loops : float
        :math:`\lambda` in :math:`\hat A = \hat D^{-1/2} (A + \lambda I) \hat D^{-1/2}`.
    rate : float
        :math:`\kappa`; :math:`I - \kappa L` written with the Laplacian.
    """

    splits = "columns"

    def __init__(self, steps: int = 2, self_loops: float = 1.0, rate: float = 1.0) -> None:
        super().__init__()
        self.steps, self.self_loops, self.rate = steps, self_loops, rate

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the smoothed rows, dense. Cost O(steps |E| f)."""
        matrix = adj.normalized("sym", self.self_loops)
        out = x.to_dense() if isinstance(x, CSR) else x
        for _ in range(self.steps):
            next_ = spmm(matrix, out)
            # In place: two tables fewer at a time.
            out = next_ if self.rate == 1.0 else next_.mul_(self.rate).add_((1.0 - self.rate) * out)
        return out


class Diffuse(Transform, name="diffuse"):
    r"""Average over all depths, near ones more, by personalised PageRank.

    .. math:: Z^{(t+1)} = (1 - \rho) \hat A Z^{(t)} + \rho X, \qquad Z^{(0)} = X

    with :math:`\hat A` as in :class:`Smooth`.

    Parameters
    ----------
    steps : int
        Steps of the iteration.
    restart : float
        :math:`\rho`.
    self_loops : float

    Notes
    -----
    Cost O(steps |E| f). No single depth is chosen: all of them are in it.

    References
    ----------
    Klicpera, Bojchevski and Günnemann, *Predict then propagate*, 2019, arXiv:1810.05997.
    """

    splits = "columns"

    def __init__(self, steps: int = 10, restart: float = 0.2, self_loops: float = 1.0) -> None:
        super().__init__()
        self.steps, self.restart, self.self_loops = steps, restart, self_loops

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the diffused rows, dense."""
        matrix = adj.normalized("sym", self.self_loops)
        start = x.to_dense() if isinstance(x, CSR) else x
        out = start
        for _ in range(self.steps):
            out = torch.lerp(spmm(matrix, out), start, self.restart)
        return out
