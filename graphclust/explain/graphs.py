"""What the graphs of a cluster have in common, whatever they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graphclust.explain.attribution import Scores, as_facts, occlusion
from graphclust.explain.differences import differences
from graphclust.explain.explanation import Explanation, begin

if TYPE_CHECKING:
    from torch_geometric.data import Data

STATISTICS = ("nodes", "edges", "density", "mean degree", "components", "transitivity")


def explain_graphs(
    graphs: Sequence[Data],
    labels: ArrayLike,
    embedding: Any,
    column_names: Sequence[str] | None = None,
    scores: Scores | None = None,
) -> Explanation:
    """Return medoids of each cluster, and the statistics in which it differs from the rest.

    Parameters
    ----------
    graphs : sequence of Data, length g
        With ``edge_index``, and ``x`` or ``num_nodes``; the ``id`` names a graph, else its number.
    labels : array-like of int, shape (g,)
    embedding : array, shape (g, d)
    column_names : sequence of str, optional
        Names of the columns of ``x``.
    scores : callable, optional
        From a list of Data to scores, shape (g, k), such as
        :func:`graphclust.explain.cluster_margin`: what each node and edge of the medoids adds to
        the score is told as well, by :func:`graphclust.explain.occlusion`.

    Notes
    -----
    Cost that of :func:`graph_statistics`; with ``scores``, as many graphs are scored as the medoids
    have nodes and edges.

    Examples
    --------
    >>> from torch_geometric.utils import from_networkx
    >>> import networkx as nx
    >>> graphs = [from_networkx(nx.path_graph(n)) for n in (4, 5, 6)]
    >>> graphs += [from_networkx(nx.complete_graph(n)) for n in (4, 5, 6)]
    >>> found = explain_graphs(graphs, [0, 0, 0, 1, 1, 1], np.eye(6))
    >>> [d.name for d in found.groups[0].differences][0]
    'transitivity'
    """
    ids = [getattr(data, "id", number) for number, data in enumerate(graphs)]
    out = begin("graphs", ids, labels, embedding, most=3)
    values, names = graph_statistics(graphs, column_names)
    found = differences(values, labels, names, most=8)
    for group in out.groups:
        group.differences = found[group.cluster]
        if scores is None:
            continue
        for name, row in zip(group.medoids, group.rows, strict=True):
            said = occlusion(scores, graphs[row], group.cluster)
            group.attributions.append(as_facts(name, graphs[row], said))
    return out


def graph_statistics(
    graphs: Sequence[Data], column_names: Sequence[str] | None = None
) -> tuple[NDArray[np.float64], list[str]]:
    """Return sizes and shapes of graphs, and the mean of each column of their nodes' features.

    Returns
    -------
    values : array of float64, shape (g, 6 + f)
    names : list of str

    Notes
    -----
    Cost O(Σ m √m) for the triangles, otherwise O(n f + m). Graphs without nodes have zeros.

    Examples
    --------
    >>> import torch
    >>> from torch_geometric.data import Data
    >>> pair = Data(x=torch.ones(2, 1), edge_index=torch.tensor([[0], [1]]))
    >>> values, names = graph_statistics([pair])
    >>> dict(zip(names, values[0].tolist()))["density"]
    1.0
    """
    widths = {int(d.x.shape[1]) for d in graphs if getattr(d, "x", None) is not None}
    width = widths.pop() if len(widths) == 1 else 0
    if column_names is None or len(column_names) != width:
        column_names = [f"feature {i}" for i in range(width)]
    marks = np.ones(width, dtype=np.bool_)
    values = np.zeros((len(graphs), len(STATISTICS) + width))
    for row, data in enumerate(graphs):
        n = int(data.num_nodes or 0)
        if n == 0:
            continue
        values[row, : len(STATISTICS)] = _shape(np.asarray(data.edge_index), n)
        if width and data.x is not None:
            x = data.x.double().numpy()
            values[row, len(STATISTICS) :] = x.mean(0)
            marks &= ((x == 0) | (x == 1)).all(0)
    # The mean of zeros and ones is the share of nodes that have what the column marks.
    means = zip(column_names, marks.tolist(), strict=True)
    told = [f"share of nodes: {name}" if mark else f"mean of {name}" for name, mark in means]
    return values, [*STATISTICS, *told]


def _shape(edge_index: NDArray[np.int64], n: int) -> tuple[float, ...]:
    import scipy.sparse as sp
    from scipy.sparse.csgraph import connected_components

    row, col = edge_index[:, edge_index[0] != edge_index[1]]
    both = sp.coo_array((np.ones(2 * row.size), (np.r_[row, col], np.r_[col, row])), (n, n))
    adj = sp.csr_array(both)
    adj.data[:] = 1.0
    m = adj.nnz / 2
    degree = np.asarray(adj.sum(1)).ravel()
    wedges = float((degree * (degree - 1)).sum())
    closed = float((adj @ adj).multiply(adj).sum()) if wedges else 0.0
    return (
        n,
        m,
        2 * m / (n * (n - 1)) if n > 1 else 0.0,
        2 * m / n,
        connected_components(adj, directed=False)[0],
        closed / wedges if wedges else 0.0,
    )
