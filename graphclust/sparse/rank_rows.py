r"""The rows of a matrix that belong to one rank, multiplied with rows that lie on all of them.

A product with rank r's rows of A reads the rows of x that its entries name: its own, and some of
other ranks, which are fetched first,

.. math:: y^{(r)} = A^{(r)} \begin{pmatrix} x^{(r)} \\ \tilde x^{(r)} \end{pmatrix},

and in the backward pass what the fetched ones get goes back to where they came from and is added
up there. So every operation of the front works on a rank's rows, and nothing above it changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor
from torch.autograd import Function

from graphclust.ranks import Ranks
from graphclust.sparse.csr import CSR
from graphclust.sparse.normalization import Normalization


@dataclass(frozen=True)
class Halo:
    """Which rows are a rank's own, and which it fetches from the others and gives them.

    Attributes
    ----------
    ranks : Ranks
    own : Tensor of int64, shape (m,)
        This rank's rows of the whole matrix, ascending.
    order : Tensor of int64, shape (n,)
        All rows, those of one rank under the other's.
    sizes : tuple of int
        Rows of each rank.
    place : Tensor of int64, shape (n,)
        Where a row of the whole is here: its own from 0, then the h fetched ones; -1 for others.
    sent : Tensor of int64
        Which of its own rows it gives, rank by rank.
    given, taken : tuple of int
        How many rows go to each rank, and come from each.
    """

    ranks: Ranks
    own: Tensor
    order: Tensor
    sizes: tuple[int, ...]
    place: Tensor
    sent: Tensor
    given: tuple[int, ...]
    taken: tuple[int, ...]

    @classmethod
    def of(cls, adj: CSR, parts: Tensor, ranks: Ranks) -> Self:
        """Find it for a matrix, given the rank of every row. Cost O(entries + n log n)."""
        parts = parts.to(adj.device)
        own = (parts == ranks.rank).nonzero().flatten()
        named = torch.zeros(adj.shape[0], dtype=torch.bool, device=adj.device)
        named[adj.take_rows(own).col.long()] = True
        far = (named & (parts != ranks.rank)).nonzero().flatten()
        far = far[parts[far].argsort(stable=True)]
        taken = torch.bincount(parts[far], minlength=ranks.size)
        ones = [1] * ranks.size
        given = ranks.exchange(taken, ones, ones).tolist()
        asked = ranks.exchange(far, taken.tolist(), given)
        place = torch.full((adj.shape[0],), -1, device=adj.device)
        here = torch.cat([own, far])
        place[here] = torch.arange(here.numel(), device=adj.device)
        sizes = torch.bincount(parts, minlength=ranks.size).tolist()
        order = parts.argsort(stable=True)
        return cls(
            ranks, own, order, tuple(sizes), place, place[asked], tuple(given),
            tuple(taken.tolist()),
        )  # fmt: skip

    @property
    def n_fetched(self) -> int:
        """The number h of rows that come from others for each product."""
        return sum(self.taken)

    def wide(self, x: Tensor) -> Tensor:
        """Return a rank's rows (m, ...) with the fetched ones under them, (m + h, ...)."""
        return _Wide.apply(x, self)  # type: ignore[no-untyped-call, no-any-return]

    def gather(self, x: Tensor) -> Tensor:
        """Return all rows (n, ...), in the order of the whole, without gradient, on each rank."""
        rows = self.ranks.gather(x, self.sizes)
        out = torch.empty_like(rows)
        out[self.order] = rows
        return out


class RankRows(CSR):
    """A rank's rows of a matrix; the columns are its own rows, then those that it fetches.

    Its ``shape`` is (m, m + h), and the operations of the front take the m rows of this rank for
    either side. Normalised forms are rows of the whole matrix's, with its degrees.

    Parameters
    ----------
    whole : CSR, shape (n, n)
        Entries where the matrix has any that the halo was found for.
    halo : Halo

    Notes
    -----
    Every rank holds the whole matrix and its normalised forms. What is divided is the work, and
    the memory of all that has a row a node. A product exchanges h rows a rank either way, in one
    message to each of the others; parts with few edges between them keep h small. Columns need
    not ascend within a row.
    """

    def __init__(self, whole: CSR, halo: Halo) -> None:
        rows = whole.take_rows(halo.own)
        col = halo.place[rows.col.long()].to(rows.col.dtype)
        m = int(halo.own.numel())
        super().__init__(rows.rowptr, col, rows.weight, (m, m + halo.n_fetched))
        self.whole, self.halo = whole, halo

    @classmethod
    def of(cls, whole: CSR, ranks: Ranks, parts: Callable[[], Tensor]) -> RankRows:
        """Return this rank's rows of a matrix, kept with it; ``parts`` gives the rank of each."""
        return whole.once(("rank_rows", ranks), lambda: cls(whole, Halo.of(whole, parts(), ranks)))

    @property
    def degree(self) -> Tensor:
        """Sum of each row's values, float32, shape (m,)."""
        return self.once("degree", lambda: self.whole.degree[self.halo.own])

    def normalized(self, kind: Normalization = "sym", self_loops: float = 0.0) -> CSR:
        """Return this rank's rows of the normalised whole, kept."""
        return self.once(
            ("normalized", kind, self_loops),
            lambda: RankRows(self.whole.normalized(kind, self_loops), self.halo),
        )

    def with_self_loops(self, value: float) -> CSR:
        """Return this rank's rows of the whole plus ``value`` times the identity, kept."""
        return self.once(
            ("loops", value), lambda: RankRows(self.whole.with_self_loops(value), self.halo)
        )


def with_others(matrix: CSR, x: Tensor) -> Tensor:
    """Return the rows that a matrix's columns name: ``x``, and for a rank's those of others."""
    return matrix.halo.wide(x) if isinstance(matrix, RankRows) else x


class _Wide(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, halo: Halo) -> Tensor:
        ctx.halo = halo
        fetched = halo.ranks.exchange(x.index_select(0, halo.sent), halo.given, halo.taken)
        return torch.cat([x, fetched])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        halo: Halo = ctx.halo
        m = grad.shape[0] - halo.n_fetched
        back = halo.ranks.exchange(grad[m:], halo.taken, halo.given)
        return grad[:m].index_add(0, halo.sent, back), None
