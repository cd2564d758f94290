"""Anything that holds a graph, turned into a :class:`~graphclust.graphs.Graph`.

Taken are ``torch_geometric`` Data, networkx graphs and igraph graphs; an adjacency matrix goes
through :func:`from_adjacency` first, since a bare matrix is features everywhere else. What
becomes of self-loops, repeated edges, weights and direction is one rule for all of them, written
in :mod:`graphclust.graphs.edges`; what becomes of features, in
:mod:`graphclust.graphs.node_features`. Labels are never put into a graph: :func:`labels_of`
reads them, for scoring only.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs.edges import EdgeList, Nodes, assemble
from graphclust.graphs.foreign import from_igraph, from_networkx, named_ids
from graphclust.graphs.graph import Graph
from graphclust.graphs.node_features import node_features


def as_graph(obj: Any, *, name: str | None = None, reads_direction: bool = False) -> Graph:
    """Return the graph that an object holds.

    Parameters
    ----------
    obj : torch_geometric Data, networkx graph, igraph graph, or Graph
        Data brings ``edge_index``, weights in ``edge_weight`` or an ``edge_attr`` of one column,
        features in ``x`` and, if set, node names in ``ids``.
    name : str, optional
        What messages call the graph; the object's own name otherwise.
    reads_direction : bool
        Whether the method reads ``Graph.directed``; there is no warning then.

    Raises
    ------
    InputError
        If it is no graph, is empty, or holds what the rule of
        :mod:`graphclust.graphs.edges` refuses.

    Notes
    -----
    Cost O(n f + m).

    Examples
    --------
    >>> import networkx as nx
    >>> graph = as_graph(nx.karate_club_graph())
    >>> graph.n_nodes, graph.n_edges
    (34, 78)
    """
    if isinstance(obj, Graph):
        return obj
    kind = type(obj)
    package = kind.__module__.partition(".")[0]
    if package == "networkx" or (hasattr(obj, "is_multigraph") and hasattr(obj, "nodes")):
        edges, nodes = from_networkx(obj, name or obj.graph.get("name") or "graph")
    elif package == "igraph":
        edges, nodes = from_igraph(obj, name or "graph")
    elif hasattr(obj, "edge_index") or hasattr(obj, "adj_t"):
        edges, nodes = _from_data(obj, name or getattr(obj, "name", None) or "graph")
    else:
        raise InputError(
            f"a {kind.__module__}.{kind.__qualname__} is not a graph that is known here. Give a "
            "torch_geometric Data, a networkx or igraph graph, an adjacency matrix through "
            "graphclust.from_adjacency, or a named data set through graphclust.load_dataset"
        )
    graph = assemble(edges, nodes, reads_direction)
    # Adapters say so of the graphs that they make.
    flags = ("of_rows", "of_texts", "own_space", "table")
    said = [flag for flag in flags if getattr(obj, flag, False) is True]
    graph = replace(graph, **dict.fromkeys(said, True)) if said else graph  # type: ignore[arg-type]
    grid = getattr(obj, "grid", None)
    return graph if grid is None else replace(graph, grid=tuple(grid))


def from_adjacency(
    A: Any,
    x: Any = None,
    y: Any = None,
    ids: Sequence[Hashable] | None = None,
) -> Any:
    """Return a ``torch_geometric`` Data from an adjacency matrix.

    Parameters
    ----------
    A : scipy sparse, array, torch dense or torch sparse, shape (n, n)
        Entry (i, j) is the weight of the edge from i to j; a matrix of zeros and ones is an
        unweighted graph.
    x : matrix, shape (n, f), optional
        Features.
    y : array of int, shape (n,), optional
        Labels, for scoring only.
    ids : sequence of hashables, optional
        Names of the nodes.

    Returns
    -------
    torch_geometric.data.Data

    Raises
    ------
    InputError
        If A is not a square matrix of numbers, or x, y or ids has another length.

    Examples
    --------
    >>> import numpy as np
    >>> from_adjacency(np.array([[0, 1], [1, 0]]), ids=["a", "b"]).num_nodes
    2
    """
    from torch_geometric.data import Data

    matrix = coordinates(A)
    n = matrix.shape[0]
    data = Data(edge_index=torch.from_numpy(np.stack([matrix.row, matrix.col]).astype(np.int64)))
    data.num_nodes = n
    if matrix.nnz and not bool((matrix.data == 1).all()):
        data.edge_weight = torch.from_numpy(matrix.data.astype(np.float64))
    features = node_features(x, n, "x")
    if features is not None:
        data.x = features if isinstance(features, Tensor) else _torch_sparse(features)
    for key, value in (("y", y), ("ids", ids)):
        if value is not None and len(value) != n:
            raise InputError(
                f"{key} has {len(value)} entries for {n} nodes. Give one for each node"
            )
    if y is not None:
        data.y = torch.as_tensor(np.asarray(y))
    if ids is not None:
        data.ids = list(ids)
    return data


def labels_of(data: Any) -> NDArray[np.int64] | None:
    """Return the classes in ``data.y``, int64, shape (n,), or None; for scoring only."""
    y = getattr(data, "y", None)
    if y is None:
        return None
    values = np.asarray(y.detach().cpu() if isinstance(y, Tensor) else y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        return None
    if values.dtype.kind == "f":
        # Benchmarks mark nodes without a class by NaN.
        values = np.where(np.isnan(values), -1, values)
    if values.dtype.kind in "biuf":
        return values.astype(np.int64)
    return np.unique(values, return_inverse=True)[1].astype(np.int64)


def _from_data(data: Any, name: str) -> tuple[EdgeList, Nodes]:
    if not hasattr(type(data), "num_nodes") or hasattr(type(data), "node_types"):
        raise InputError(
            f"{name} is a {type(data).__name__}: give a torch_geometric Data with one kind of "
            "node (to_homogeneous() makes one)"
        )
    index, weight = _data_edges(data, name)
    x = getattr(data, "x", None)
    ids = getattr(data, "ids", None)
    names = None if ids is None else named_ids(v.item() if hasattr(v, "item") else v for v in ids)
    if x is not None:
        n = int(x.shape[0])
    elif "num_nodes" in data:
        n = int(data.num_nodes)
    elif ids is not None:
        n = len(ids)
    else:
        n = int(index.max()) + 1 if index.size else 0
    if "num_nodes" in data and int(data.num_nodes) != n:
        raise InputError(
            f"{name}: the features have {n} rows for {int(data.num_nodes)} nodes. Give one row "
            "for each node"
        )
    if ids is not None and (len(ids) != n or (names is not None and len(set(names)) != n)):
        raise InputError(f"{name}: {len(ids)} ids for {n} nodes. Give one id of its own to each")
    return EdgeList(index[0], index[1], weight), Nodes(n, node_features(x, n, name), names, name)


def _data_edges(data: Any, name: str) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    index = getattr(data, "edge_index", None)
    if index is None and getattr(data, "adj_t", None) is not None:
        matrix = coordinates(data.adj_t)
        ones = bool((matrix.data == 1).all())
        ends = np.stack([matrix.col, matrix.row]).astype(np.int64)
        return ends, None if ones else matrix.data.astype(np.float64)
    if index is None:
        return np.zeros((2, 0), dtype=np.int64), None
    ends = np.asarray(index.detach().cpu())
    if ends.ndim != 2 or ends.shape[0] != 2 or ends.dtype.kind not in "iu":
        raise InputError(
            f"{name}: edge_index has shape {tuple(ends.shape)} and type {ends.dtype}, but two "
            "rows of integers are needed (perhaps transpose it)"
        )
    weight = getattr(data, "edge_weight", None)
    if weight is None:
        weight = getattr(data, "edge_attr", None)
        if weight is not None and weight.numel() != ends.shape[1]:
            weight = None  # several columns describe an edge, they do not weigh it
    if weight is None:
        return ends.astype(np.int64), None
    values = np.asarray(weight.detach().cpu(), dtype=np.float64).reshape(-1)
    if values.size != ends.shape[1]:
        raise InputError(
            f"{name}: edge_weight has {values.size} entries for {ends.shape[1]} edges. Give one "
            "for each column of edge_index"
        )
    return ends.astype(np.int64), values


def coordinates(matrix: Any, name: str = "the adjacency") -> Any:
    """Return any matrix as a scipy coordinate matrix without repeated entries."""
    if isinstance(matrix, Tensor):
        matrix = matrix.detach().cpu()
        if matrix.layout == torch.strided:
            matrix = matrix.numpy()
        else:
            t = matrix.to_sparse_coo().coalesce()
            ends = t.indices().numpy()
            matrix = sp.coo_array((t.values().numpy(), (ends[0], ends[1])), shape=tuple(t.shape))
    if not sp.issparse(matrix):
        matrix = np.asarray(matrix)
    if matrix.ndim != 2 or matrix.dtype.kind not in "biuf":
        raise InputError(
            f"{name} has shape {matrix.shape} and type {matrix.dtype}: a square matrix of real "
            "numbers is needed"
        )
    out = sp.csr_array(matrix)
    if out.shape[0] != out.shape[1]:
        raise InputError(
            f"{name} has shape {out.shape}: it must be square, a row and a column a node "
            "(features are passed as x)"
        )
    out.sum_duplicates()
    return sp.coo_array(out)


def _torch_sparse(features: Any) -> Tensor:
    return torch.sparse_coo_tensor(
        features.edge_index, features.values, features.shape, check_invariants=False
    ).coalesce()
