"""Sums over all nodes and all edges of a graph, of which the global objectives are made."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Literal

from torch import Tensor

from graphclust.ranks import Ranks
from graphclust.sparse import CSR, spmm

Rows = Callable[[Tensor], Tensor]
Weight = Literal["degree", "visits"]


def as_they_are(s: Tensor) -> Tensor:
    """Return the rows themselves."""
    return s


class Totals:
    r"""The sums over a whole graph that objectives read, for memberships S.

    An objective that reads memberships through these alone can be trained in batches and on
    ranks: there an :class:`~graphclust.objectives.estimated_totals.EstimatedTotals` or a
    :class:`~graphclust.objectives.rank_totals.RankTotals` stands in this one's place.

    Parameters
    ----------
    s : Tensor, shape (n, k)
    adj : CSR, shape (n, n)
        Symmetric.
    """

    # The rows of the adjacency that are multiplied here, and who has the others.
    rows: CSR
    ranks: Ranks | None = None

    def __init__(self, s: Tensor, adj: CSR) -> None:
        self.s, self.adj = s, adj
        self.rows = adj

    @property
    def n_nodes(self) -> int:
        """Number of nodes of the whole graph."""
        return self.adj.shape[0]

    @cached_property
    def degree(self) -> Tensor:
        """Degrees of all nodes, shape (n,)."""
        return self.adj.degree.to(self.s.dtype)

    @cached_property
    def total(self) -> Tensor:
        """Sum of the degrees, a scalar."""
        return self.degree.sum()

    @cached_property
    def visits(self) -> Tensor:
        """Degrees over their sum, shape (n,)."""
        return self.degree / self.total

    def over_nodes(self, rows: Rows, weight: Weight | None = None) -> Tensor:
        r"""Return :math:`\sum_i w_i f(s_i)`, shape (k,).

        Parameters
        ----------
        rows : callable
            f, row by row; a function of a module, since what it gave is kept by it.
        weight : "degree" or "visits", optional
            w; ones without it.
        """
        values = rows(self.s)
        return values.sum(dim=0) if weight is None else getattr(self, weight) @ values

    def inside(self, dim: int | None = None) -> Tensor:
        r"""Return :math:`\operatorname{tr}(S^\top A S)`, with ``dim=0`` the diagonal, (k,)."""
        each = spmm(self.adj, self.s) * self.s
        return each.sum() if dim is None else each.sum(dim=dim)

    def gram(self) -> Tensor:
        r"""Return :math:`S^\top S`, shape (k, k)."""
        return self.s.T @ self.s
