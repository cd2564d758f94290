"""What the nodes of a cluster have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from graphclust.errors import InputError
from graphclust.explain.differences import differences
from graphclust.explain.explanation import Explanation, begin
from graphclust.graphs import Graph
from graphclust.metrics import cluster_conductance
from graphclust.sparse import CSR


def explain_nodes(
    graph: Graph,
    labels: ArrayLike,
    embedding: Any,
    feature_names: Sequence[str] | None = None,
) -> Explanation:
    """Return medoids of each cluster, its conductance, and the features that set it apart.

    Parameters
    ----------
    graph : Graph, n nodes
        In memory.
    labels : array-like of int, shape (n,)
    embedding : array, shape (n, d)
    feature_names : sequence of str, optional
        Names of the columns of ``graph.x``; by default ``feature 0`` and so on.

    Raises
    ------
    InputError
        If the graph is read from disk in blocks, or the arguments do not fit it.

    Notes
    -----
    Cost O(n d + entries of x + clusters · features + edges).

    Examples
    --------
    >>> import networkx as nx
    >>> from graphclust.graphs.coerce import as_graph
    >>> graph = as_graph(nx.barbell_graph(5, 0))
    >>> found = explain_nodes(graph, [0] * 5 + [1] * 5, np.eye(10))
    >>> found.groups[0].size, round(found.groups[0].conductance, 3)
    (5, 0.048)
    """
    x = graph.x
    if not isinstance(graph.adj, CSR) or not (x is None or isinstance(x, Tensor | CSR)):
        raise InputError(f"{graph.name} is read from disk in blocks: explain needs it in memory")
    out = begin("nodes", graph.node_ids, labels, embedding, most=5)
    of = np.asarray(labels, dtype=np.int64).ravel()
    # One value for each cluster that is there, ascending.
    values = cluster_conductance(graph.adj.to_scipy(), of)
    conductance = dict(zip(np.unique(of[of >= 0]).tolist(), values.tolist(), strict=True))
    for group in out.groups:
        group.conductance = conductance[group.cluster]
    if x is None:
        out.notes.append("the nodes have no features: there are none that set a cluster apart")
        return out
    names = feature_names or [f"feature {i}" for i in range(int(x.shape[1]))]
    if len(names) != x.shape[1]:
        raise InputError(f"feature_names has {len(names)} entries for {x.shape[1]} features")
    found = differences(x.to_scipy() if isinstance(x, CSR) else x.cpu().numpy(), of, names, most=8)
    for group in out.groups:
        group.differences = found[group.cluster]
    return out
