"""Smoothing that is as deep as the graph asks for."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Self

import torch
from torch import Tensor

from graphclust.encoders.in_blocks import applied
from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import Smooth, Transform, UnitRows
from graphclust.graphs import Features
from graphclust.graphs.sampling import some_rows
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.ondisk import ComputedRows, StoredRows
from graphclust.sparse import CSR

# k-means looks at so many rows, from so many starts, to judge a depth.
_ROWS, _STARTS = 1 << 14, 5


class AdaptiveSmooth(Transform, name="adaptive_smooth"):
    r"""Average over neighbours, no more often than the clusters need.

    .. math:: Z_t = \big(\tfrac12 (I + \hat A)\big)^t Z

    For each depth t the rows are scaled to unit length, reduced (as :class:`Reduce` does,
    half-whitened) and clustered by k-means; of the depths whose partition has a modularity close to
    the greatest, the least is taken. Where features are good, one step will do, and more would blur
    the borders; where they are mostly noise, averaging is what brings the clusters out.

    Close is what falls behind by no more than 1 - ``share`` of the greatest, nor by more than
    ``errors`` standard errors, with p the share of the m edges that lie within clusters:

    .. math:: Q_t \ge Q^* - \min\big((1 - \text{share})\, |Q^*|,\;
                    \text{errors} \sqrt{p (1 - p) / m}\big)

    Parameters
    ----------
    n_clusters : int
    dim : int
        Directions that k-means reads.
    depths : sequence of int
        Values of t, ascending.
    share : float
    errors : float

    Notes
    -----
    The greatest modularity alone would take too deep a smoothing: borders that are smooth cut
    fewer edges than true ones. How much less is enough (``share``) was tuned on the data that
    BENCHMARKS.md names for the default. On a graph of a million edges three per cent of modularity
    are no accident, hence the standard errors, which decide on large graphs alone. The modularity
    is that of :func:`graphclust.metrics.modularity`, here on the rows' own device.
    Cost O(max t |E| f) and a small k-means for each depth.
    """

    splits = "columns"

    def __init__(
        self,
        n_clusters: int = 8,
        dim: int = 24,
        depths: Sequence[int] = (1, 2, 4, 8, 16),
        share: float = 0.97,
        errors: float = 6.0,
    ) -> None:
        super().__init__()
        self.n_clusters, self.dim, self.depths = n_clusters, dim, depths
        self.share, self.errors = share, errors
        self.register_buffer("steps", torch.tensor(int(depths[0])))

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Choose the depth on the training graph."""
        found, reached = [], 0
        for depth in self.depths:
            x, reached = applied(_lazy(depth - reached), x, adj), depth
            found.append(self._modularity(x, adj, generator))
        most, inside = max(found)
        error = math.sqrt(inside * (1.0 - inside) / max(1, adj.nnz / 2))
        enough = most - min((1.0 - self.share) * abs(most), self.errors * error)
        best = next(t for t, (q, _) in zip(self.depths, found, strict=True) if q >= enough)
        self.steps = torch.tensor(int(best))
        return self

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the smoothed rows."""
        smoothed: Features = _lazy(int(self.steps))(x, adj)
        return smoothed

    def _modularity(self, x: Any, adj: CSR, generator: torch.Generator) -> tuple[float, float]:
        unit, reduce = UnitRows(), Reduce(self.dim, whiten=0.5)
        if isinstance(x, StoredRows):
            # Both treat rows one by one: what comes of them need not be written.
            x = ComputedRows(x, x.shape[1], lambda rows: rows, x.memory)
        rows = applied(unit, x, adj)
        z = applied(reduce.fit(rows, adj, generator), rows, adj)
        k = min(self.n_clusters, z.shape[0])
        centers = lloyd(some_rows(z, _ROWS, generator), k, generator, restarts=_STARTS)
        return partition_modularity(adj, nearest_center(z, centers)[0], k)


def _lazy(steps: int) -> Smooth:
    return Smooth(steps, rate=0.5)


def partition_modularity(adj: CSR, labels: Tensor, k: int) -> tuple[float, float]:
    """Return the modularity, and the share of the edges that lie within clusters; O(|E|)."""
    total = adj.mass
    if total == 0.0:
        return 0.0, 0.0
    inside = 0.0
    for first, block in adj.pieces():
        own = labels[first : first + block.shape[0]].repeat_interleave(block.counts)
        same = own == labels.index_select(0, block.col)
        inside += float(block.values[same].sum(dtype=torch.float64)) / total
    volume = torch.zeros(k, dtype=torch.float64, device=labels.device)
    volume.index_add_(0, labels, adj.degree.double())
    # Shares are summed in another order than the whole: all of them may come to a little over 1.
    inside = min(inside, 1.0)
    return inside - float((volume / total).square().sum()), inside
