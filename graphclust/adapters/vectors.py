"""Vectors of your own as a graph: rows, or neighbours or distances that you have already."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.graph import Graph
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.node_features import node_features
from graphclust.graphs.rows import NEIGHBORS, WEIGHTING, graph_of_rows
from graphclust.neighbors import neighbor_graph, neighbors_in_distances
from graphclust.neighbors.choice import Search
from graphclust.neighbors.search import Metric
from graphclust.neighbors.shape import graph_shape
from graphclust.neighbors.weighting import Weighting


def from_vectors(
    x: Any = None,
    ids: Sequence[Hashable] | None = None,
    y: Any = None,
    *,
    neighbors: int = NEIGHBORS,
    metric: Metric | str | None = None,
    weighting: Weighting = WEIGHTING,
    search: Search = "auto",
    indices: Any = None,
    distances: Any = None,
) -> Any:
    """Return vectors with their neighbour graph, as a ``torch_geometric`` Data.

    Parameters
    ----------
    x : matrix, shape (n, f), optional
        A row an item. May be left out where ``indices`` or ``distances`` say who is near whom.
    ids : sequence of hashables, optional
        Names of the rows.
    y : sequence, shape (n,), optional
        Known classes, for scoring only.
    neighbors : int
        Neighbours of each row.
    metric : "cosine", "euclidean", "inner" or "precomputed", optional
        The cosine by default, the distance for rows of at most 8 columns.
        With ``"precomputed"``, ``distances`` is a table of all distances, dense or sparse.
    weighting, search : str
        See :func:`~graphclust.neighbors.neighbor_graph` and
        :func:`~graphclust.neighbors.find_neighbors`.
    indices : matrix of int, shape (n, k), optional
        The neighbours of each row, found by yourself.
    distances : matrix, optional
        Shape (n, k) beside ``indices``, or (n, n) with the metric ``"precomputed"``.

    Returns
    -------
    torch_geometric.data.Data
        With ``edge_index``, ``edge_weight``, and what was given of ``x``, ``ids`` and ``y``.

    Raises
    ------
    InputError
        If nothing says who is near whom, or sizes do not fit.

    Examples
    --------
    >>> data = from_vectors([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]], ids=["a", "b", "c"], neighbors=1)
    >>> data.num_nodes, data.ids
    (3, ['a', 'b', 'c'])
    """
    rows = node_features(x, None, "the vectors")
    if indices is None and metric != "precomputed":
        if rows is None:
            raise InputError("from_vectors() was given neither x, nor indices, nor distances")
        graph = graph_of_rows(
            rows,
            ids,
            "vectors",
            neighbors=neighbors,
            metric=metric,  # type: ignore[arg-type]
            weighting=weighting,
            search=search,
        )
    else:
        index, score = _given(indices, distances, neighbors)
        n = int(index.shape[0])
        if rows is not None and int(rows.shape[0]) != n:
            raise InputError(f"x has {rows.shape[0]} rows and the neighbours are of {n}")
        adj = neighbor_graph(index, score, weighting)
        note = f"neighbours as given, edges by {weighting}; {graph_shape(adj)}"
        graph = Graph(adj, rows, ids, name="vectors", notes=(note,), of_rows=True)
    return data_of(graph, y)


def data_of(graph: Graph, y: Any = None) -> Any:
    """Return a graph as Data with its ids and classes, which fit its nodes.

    Raises
    ------
    InputError
        If the number of ids or classes is not that of the nodes, or an id stands twice.
    """
    ids, n = graph.ids, graph.n_nodes
    if ids is not None and (len(ids) != n or len(set(ids)) != n):
        raise InputError(f"ids has {len(ids)} entries, {len(set(ids))} different, for {n} items")
    return Loaded(graph, codes_of(y, n)).to_data()


def codes_of(y: Any, n: int) -> NDArray[np.int64] | None:
    """Return classes as codes, -1 for a missing one; None for None.

    Raises
    ------
    InputError
        If there are not n of them.
    """
    if y is None:
        return None
    values = np.asarray(y).ravel()
    if values.size != n:
        raise InputError(f"y has {values.size} entries for {n} items: give one for each")
    return class_codes(values.tolist())[0]


def _given(indices: Any, distances: Any, k: int) -> tuple[torch.Tensor, torch.Tensor | None]:
    if indices is None:
        if distances is None:
            raise InputError("metric='precomputed' needs distances=, a table of them, n by n")
        return neighbors_in_distances(distances, min(k, max(1, distances.shape[0] - 1)))
    index = torch.as_tensor(np.asarray(indices))
    if index.dim() != 2 or index.dtype.is_floating_point or index.dtype is torch.bool:
        raise InputError(f"indices has shape {tuple(index.shape)} and type {index.dtype}: give "
                         "whole numbers, a row of neighbours for each item")  # fmt: skip
    n, index = int(index.shape[0]), index.long()
    if index.numel() and not 0 <= int(index.min()) <= int(index.max()) < n:
        raise InputError(f"indices holds {int(index.max())}: rows are numbered from 0 to {n - 1}")
    if distances is None:
        return index, None
    length = torch.as_tensor(np.asarray(distances, dtype=np.float32))
    if length.shape != index.shape or not bool(torch.isfinite(length).all()):
        raise InputError(
            f"distances has shape {tuple(length.shape)} for indices of {tuple(index.shape)}: give "
            "a finite distance for each index"
        )
    return index, -length.square()
