"""A table of features as a graph: each row is tied to the rows that are nearest to it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import scipy.sparse as sp

from graphclust.graphs.graph import Features, Graph
from graphclust.neighbors import knn_graph
from graphclust.sparse import CSR

NEIGHBORS = 15


def graph_of_rows(
    x: Features,
    ids: Sequence[Hashable] | None = None,
    name: str = "array",
    notes: tuple[str, ...] = (),
) -> Graph:
    """Return the kNN graph of the rows of ``x``, the rows as node features.

    Each row has the 15 nearest others as neighbours, or all others where there are fewer.
    """
    n = int(x.shape[0])
    k = min(NEIGHBORS, n - 1)
    if k < 1:
        adj = CSR.from_scipy(sp.csr_array((n, n)), symmetric=True)
    else:
        adj = knn_graph(x, k=k)
    notes = (*notes, f"no edges: each of {n} rows is joined to its {k} nearest neighbours")
    return Graph(adj, x, ids, name=name, notes=notes, table=True)
