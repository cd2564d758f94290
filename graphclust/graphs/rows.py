"""A table of features as a graph: each row is tied to the rows that are nearest to it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import scipy.sparse as sp

from graphclust.errors import InputError
from graphclust.graphs.graph import Features, Graph
from graphclust.neighbors import described_knn_graph
from graphclust.neighbors.choice import Search
from graphclust.neighbors.search import Metric
from graphclust.neighbors.weighting import Weighting
from graphclust.sparse import CSR

NEIGHBORS = 10
# Rows of so few columns are compared by distance.
_NARROW = 8
# Sums of squares of greater numbers are lost in single precision.
GREATEST = 1e15
WEIGHTING: Weighting = "fuzzy"


def graph_of_rows(
    x: Features,
    ids: Sequence[Hashable] | None = None,
    name: str = "array",
    notes: tuple[str, ...] = (),
    neighbors: int = NEIGHBORS,
    metric: Metric | None = None,
    weighting: Weighting = WEIGHTING,
    search: Search = "auto",
    own_space: bool = False,
) -> Graph:
    """Return the kNN graph of the rows of ``x``, the rows as node features.

    Each row has the 10 nearest others as neighbours, or all others where there are fewer. Near is
    what has a great cosine; rows of at most 8 columns are compared by distance, since the
    direction alone leaves out too much of few columns. How neighbours are found and weighed is
    told by :func:`~graphclust.neighbors.find_neighbors` and
    :func:`~graphclust.neighbors.neighbor_graph`. That there are 10, with fuzzy weights, is tuned:
    scores on the pictures, clips and texts that BENCHMARKS.md names were in view.

    Raises
    ------
    InputError
        If a number is too great for its square to be compared.
    """
    n = int(x.shape[0])
    _refuse_great(x, name)
    k = min(neighbors, n - 1)
    if metric is None:
        metric = "euclidean" if int(x.shape[1]) <= _NARROW else "cosine"
    if k < 1:
        adj, words = CSR.from_scipy(sp.csr_array((n, n)), symmetric=True), "there are none"
    else:
        adj, words = described_knn_graph(x, k, metric, weighting, search)
    joined = f"no edges: each of {n} rows is joined to its {k} nearest neighbours ({words})"
    return Graph(
        adj,
        x,
        ids,
        name=name,
        notes=(*notes, joined),
        table=not own_space,
        of_rows=True,
        own_space=own_space,
    )


def _refuse_great(x: Features, name: str) -> None:
    values = x.values if isinstance(x, CSR) else x
    if not values.numel():
        return
    low, high = values.aminmax()
    great = max(abs(float(low)), abs(float(high)))
    if great > GREATEST:
        raise InputError(
            f"{name}: the features hold {great:g}, whose square single precision does not hold. "
            "Standardise the columns, or drop that one"
        )
