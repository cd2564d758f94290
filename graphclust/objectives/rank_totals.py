"""The sums over a whole graph whose rows lie on several ranks."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.objectives.totals import Rows, Totals, Weight
from graphclust.ranks import Ranks, summed
from graphclust.sparse import RankRows, spmm


class RankTotals(Totals):
    """The sums over all nodes and edges, each rank's part of which is added up.

    Value and gradient are those of :class:`~graphclust.objectives.totals.Totals` but for rounding;
    parts are accumulated in float64.

    Parameters
    ----------
    s : Tensor, shape (m, k)
        Of this rank's nodes.
    rows : RankRows
        This rank's rows of the adjacency.
    ranks : Ranks

    Notes
    -----
    Cost that of a rank's rows and entries; numbers exchanged O(k), for ``gram`` O(k²), and for
    ``inside`` a row for each node that others have an edge to.
    """

    def __init__(self, s: Tensor, rows: RankRows, ranks: Ranks) -> None:
        super().__init__(s, rows.whole)
        self.rows, self.ranks = rows, ranks
        self._own, self._ranks = rows.halo.own, ranks

    def over_nodes(self, rows: Rows, weight: Weight | None = None) -> Tensor:
        """Return what :meth:`Totals.over_nodes` does."""
        values = rows(self.s)
        if weight is not None:
            share: Tensor = getattr(self, weight)[self._own]
            values = share[:, None] * values
        return self._summed(values, 0)

    def inside(self, dim: int | None = None) -> Tensor:
        """Return what :meth:`Totals.inside` does."""
        each = spmm(self.rows, self.s) * self.s
        return self._summed(each, (0, 1) if dim is None else dim)

    def gram(self) -> Tensor:
        """Return what :meth:`Totals.gram` does."""
        return summed(self.s.T @ self.s, self._ranks)

    def _summed(self, values: Tensor, dim: int | tuple[int, ...]) -> Tensor:
        here = values.sum(dim=dim, dtype=torch.float64)
        return summed(here, self._ranks).to(self.s.dtype)
