"""The sums over a whole graph, estimated from a batch without bias."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from graphclust.graphs.batch import Batch
from graphclust.objectives.totals import Rows, Totals, Weight, as_they_are
from graphclust.sparse import CSR, spmm


class KeptTotals(Totals):
    """The sums for memberships that were kept of all nodes, each found once."""

    def __init__(self, s: Tensor, adj: CSR) -> None:
        super().__init__(s, adj)
        self._found: dict[Any, Tensor] = {}

    def over_nodes(self, rows: Rows, weight: Weight | None = None) -> Tensor:
        """Return what :meth:`Totals.over_nodes` does."""
        return self._once((rows, weight), lambda: super(KeptTotals, self).over_nodes(rows, weight))

    def inside(self, dim: int | None = None) -> Tensor:
        """Return what :meth:`Totals.inside` does."""
        diagonal = self._once("inside", lambda: super(KeptTotals, self).inside(dim=0))
        return diagonal if dim == 0 else diagonal.sum()

    def gram(self) -> Tensor:
        """Return what :meth:`Totals.gram` does."""
        return self._once("gram", super().gram)

    def _once(self, key: Any, make: Callable[[], Tensor]) -> Tensor:
        if key not in self._found:
            self._found[key] = make()
        return self._found[key]


class EstimatedTotals(Totals):
    r"""The sums over a whole graph, estimated from the memberships of a batch.

    Memberships :math:`\tilde s_i` of all nodes are kept, and the sums over them. With
    :math:`\delta_i = s_i - \tilde s_i`, known for the nodes of the batch,

    .. math::
        \sum_i w_i f(s_i) &= \sum_i w_i f(\tilde s_i) + \sum_i w_i (f(s_i) - f(\tilde s_i)) \\
        \sum_{ij} a_{ij} s_i s_j &= \sum_{ij} a_{ij} \tilde s_i \tilde s_j
          + 2 \sum_i \delta_i \sum_j a_{ij} \tilde s_j + \sum_{ij} a_{ij} \delta_i \delta_j

    where the first sums on the right are known, and the others are estimated from the batch,
    every node and pair of nodes over its odds (:class:`~graphclust.graphs.batch.Draw`).

    Parameters
    ----------
    s : Tensor, shape (b, k)
        Memberships of the batch's nodes, with gradient.
    batch : Batch
    kept : KeptTotals
        Of memberships that were found before the batch was drawn, without gradient.

    Notes
    -----
    **What is unbiased.** Every sum here, in value and gradient, whatever was kept: linear ones
    over the nodes, and those over pairs of nodes (``inside``, ``squared_volume``), so that
    modularity is. What is kept only makes the estimate's variance small: it is of the order of
    :math:`\lVert \delta \rVert^2`, and 0 as long as the weights are those that the memberships
    were kept with. A function of sums that is not linear in them (a ratio, a root, a
    logarithm) is exact in value and unbiased in gradient then too; when weights have moved on,
    its gradient is off by the covariance of two estimates, of order
    :math:`\lVert \delta \rVert / b`, until memberships are kept anew.

    Cost O(edges of the batch's nodes · k).
    """

    def __init__(self, s: Tensor, batch: Batch, kept: KeptTotals) -> None:
        super().__init__(s, batch.whole.adj)
        self.batch, self.kept = batch, kept
        self._before = kept.s.index_select(0, batch.nodes)
        self._scale = batch.draw.node_weight

    @property
    def degree(self) -> Tensor:  # type: ignore[override]
        """Degrees of all nodes, shape (n,)."""
        return self.kept.degree

    @property
    def total(self) -> Tensor:  # type: ignore[override]
        """Sum of the degrees, a scalar."""
        return self.kept.total

    @property
    def visits(self) -> Tensor:  # type: ignore[override]
        """Degrees over their sum, shape (n,)."""
        return self.kept.visits

    def over_nodes(self, rows: Rows, weight: Weight | None = None) -> Tensor:
        """Return the estimate of :meth:`Totals.over_nodes`."""
        moved = rows(self.s) - rows(self._before)
        share: Tensor | None = None if weight is None else getattr(self, weight)[self.batch.nodes]
        total = moved.sum(dim=0) if share is None else share @ moved
        return self.kept.over_nodes(rows, weight) + self._scale * total

    def inside(self, dim: int | None = None) -> Tensor:
        """Return the estimate of :meth:`Totals.inside`."""
        moved = self.s - self._before
        around = spmm(self.adj.take_rows(self.batch.nodes), self.kept.s)
        linear = 2.0 * self._scale * (moved * around)
        among = spmm(self.batch.edges_over_odds, moved) * moved
        return self.kept.inside(dim=dim) + (linear + among).sum(dim=dim)

    def gram(self) -> Tensor:
        """Return the estimate of :meth:`Totals.gram`."""
        return self.kept.gram() + self._scale * (self.s.T @ self.s - self._before.T @ self._before)

    def squared_volume(self) -> Tensor:
        r"""Return the estimate of :math:`\lVert S^\top d \rVert^2 / (2m)^2`, over pairs."""
        draw = self.batch.draw
        moved = self.visits[self.batch.nodes, None] * (self.s - self._before)
        volume = self.kept.over_nodes(as_they_are, "visits")
        by_part = moved.new_zeros(draw.drawn, moved.shape[1]).index_add(0, draw.part, moved)
        both = by_part.sum(dim=0)
        among = draw.pair_weight * both.square().sum()
        within = (draw.node_weight - draw.pair_weight) * by_part.square().sum()
        return volume.square().sum() + 2.0 * self._scale * (volume @ both) + among + within
