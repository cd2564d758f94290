"""The share of a graph that one of several processes works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from graphclust.graphs.graph import Features, Graph
from graphclust.graphs.partition import partition
from graphclust.randomness import make_generator
from graphclust.ranks import Ranks
from graphclust.sparse import CSR, RankRows

# What a node costs beside its entries, in entries: parts are made even in the sum of both.
_NODE = 16


@dataclass(frozen=True)
class Share:
    """One rank's nodes of a graph.

    Attributes
    ----------
    whole : Graph
    graph : Graph
        The rows of this rank's nodes: of features, and of the adjacency as a ``RankRows``.
    rows : RankRows
        That adjacency.
    ranks : Ranks
    """

    whole: Graph
    graph: Graph
    rows: RankRows
    ranks: Ranks

    @property
    def own(self) -> Tensor:
        """Its nodes in the whole graph, ascending, int64, shape (m,)."""
        return self.rows.halo.own

    @property
    def weight(self) -> float:
        """The share of the nodes that are this rank's."""
        return self.own.numel() / self.whole.n_nodes

    def of(self, x: Features) -> Features:
        """Return this rank's rows of what has a row for every node."""
        return taken(x, self.own)


def share_of(graph: Graph) -> Share:
    """Return this rank's share of a graph that ``graph.ranks`` work on; kept with the adjacency.

    The first rank cuts the graph into parts of about even work with few edges between them, and
    the others are told. Cost that of :func:`~graphclust.graphs.partition.partition`.
    """
    assert graph.ranks is not None
    ranks = graph.ranks
    rows = RankRows.of(graph.adj, ranks, lambda: _parts(graph.adj, ranks))
    own = None if graph.x is None else taken(graph.x, rows.halo.own)
    return Share(graph, replace(graph, adj=rows, x=own, ids=None, directed=None), rows, ranks)


def by_ranks(function: Callable[[Features, CSR], Tensor], graph: Graph) -> Tensor:
    """Return ``function(x, adj)``, shape (n, ...), where ranks share the graph by their rows.

    Each rank then computes its own nodes' rows, and gets all others', without gradient.
    """
    assert graph.x is not None
    if graph.ranks is None:
        return function(graph.x, graph.adj)
    share = share_of(graph)
    assert share.graph.x is not None
    return share.rows.halo.gather(function(share.graph.x, share.rows))


def taken(x: Features, rows: Tensor) -> Features:
    """Return rows by number."""
    return x.take_rows(rows) if isinstance(x, CSR) else x.index_select(0, rows)


def _parts(adj: CSR, ranks: Ranks) -> Tensor:
    labels = torch.empty(adj.shape[0], dtype=torch.int64)
    if ranks.first:
        weight = adj.counts.cpu().numpy().astype(np.int64) + _NODE
        labels = partition(adj.to("cpu"), ranks.size, make_generator(0), weight)
    return ranks.of_rank(labels)
