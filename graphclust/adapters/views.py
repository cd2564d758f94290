"""Several views of the same items, brought together in one graph."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.adapters.vectors import data_of
from graphclust.errors import InputError
from graphclust.graphs.coerce import as_graph
from graphclust.graphs.graph import Graph
from graphclust.graphs.leading_vectors import leading_eigenvectors
from graphclust.graphs.node_features import node_features
from graphclust.graphs.rows import NEIGHBORS, graph_of_rows
from graphclust.sparse import CSR, spmm

# How smooth a view finds the common structure is asked of so many eigenvectors.
_DIRECTIONS, _ROUNDS = 16, 5


def from_views(
    views: Sequence[Any],
    ids: Sequence[Hashable] | None = None,
    y: Any = None,
    *,
    weights: Sequence[float] | Literal["learned"] = "learned",
    neighbors: int = NEIGHBORS,
) -> Any:
    r"""Return items seen in several ways as one graph, a ``torch_geometric`` Data.

    Each view becomes a graph :math:`A_v` (vectors their neighbour graph), is normalised, so that
    a dense one does not drown the others, and all are added:
    :math:`\sum_v w_v D_v^{-1/2} A_v D_v^{-1/2}`.

    Parameters
    ----------
    views : sequence
        Matrices of shape (n, f), a row an item, or graphs of n nodes (Data, networkx, igraph);
        the items in the same order everywhere.
    ids, y : optional
        As for :func:`~graphclust.adapters.from_vectors`.
    weights : "learned" or sequence of float
        Your own are divided by their sum. Learned ones need no labels:
        :math:`w_v \propto 1 / \sqrt{\operatorname{tr} F^\top (I - D_v^{-1/2} A_v D_v^{-1/2}) F}`
        for the 16 leading eigenvectors F of the sum, in turns with these, so that a view that
        contradicts what all views say together counts less.
    neighbors : int
        Neighbours of each row of a matrix.

    Returns
    -------
    torch_geometric.data.Data
        ``x`` holds the matrices side by side, rows of unit length times :math:`\sqrt{w_v}`;
        ``weights`` the weights, ``notes`` how each graph was made.

    Raises
    ------
    InputError
        If views differ in their number of items, or weights do not fit.

    Notes
    -----
    Cost that of the neighbour searches, and for learned weights five times that of 16
    eigenvectors.

    References
    ----------
    Nie, Li and Li, *Parameter-free auto-weighted multiple graph learning*, 2016 (IJCAI; not on
    arXiv).

    Examples
    --------
    >>> shape = [[0.0, 1.0], [0.1, 1.0], [1.0, 0.0], [1.0, 0.1]]
    >>> colour = [[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]]
    >>> data = from_views([shape, colour], neighbors=1)
    >>> data.num_nodes, [round(w, 2) for w in data.weights]
    (4, [0.5, 0.5])
    """
    if len(views) < 2:
        raise InputError(f"from_views() was given {len(views)} views: give two at least")
    graphs = [_graph(view, number, neighbors) for number, view in enumerate(views)]
    sizes = [graph.n_nodes for graph in graphs]
    if len(set(sizes)) > 1:
        raise InputError(f"the views hold {sizes} items: give the same ones in the same order")
    adj, x, w = fused(
        graphs, None if isinstance(weights, str) else checked_weights(weights, len(graphs))
    )
    notes = tuple(f"view {v}: {'; '.join(g.notes)}" for v, g in enumerate(graphs))
    data = data_of(Graph(adj, x, ids, name="views", notes=notes, of_rows=True), y)
    data.weights, data.notes = list(w), list(notes)
    return data


def fused(
    graphs: Sequence[Graph], weights: Sequence[float] | None = None
) -> tuple[CSR, Tensor | None, Sequence[float]]:
    """Return the sum of graphs of the same items, their features side by side, and the weights.

    These sum to one, and are learned where None are given; see :func:`from_views`.
    """
    parts = [graph.adj.normalized("sym", 0.0) for graph in graphs]
    w = _learned(parts) if weights is None else weights
    blocks = []
    for graph, share in zip(graphs, w, strict=True):
        if graph.x is not None:
            dense = graph.x.to_dense() if isinstance(graph.x, CSR) else graph.x
            blocks.append(normalize(dense, dim=1) * share**0.5)
    return _sum(parts, w), torch.cat(blocks, dim=1) if blocks else None, w


def checked_weights(weights: Any, count: int) -> list[float]:
    """Return weights of views, divided by their sum.

    Raises
    ------
    InputError
        If there is not one of at least 0 for each view, or all are 0.
    """
    values = [float(w) for w in weights]
    if len(values) != count or not min(values) >= 0 or not 0 < sum(values) < np.inf:
        raise InputError(f"weights={values} for {count} views: give one of at least 0 for each")
    return [v / sum(values) for v in values]


def _graph(view: Any, number: int, neighbors: int) -> Graph:
    if not (isinstance(view, (list, tuple, Tensor)) or hasattr(view, "__array__")) or hasattr(
        view, "edge_index"
    ):
        return as_graph(view, name=f"view {number}")
    x = node_features(view, None, f"view {number}")
    if x is None:
        raise InputError(f"view {number} has no columns: give one at least")
    return graph_of_rows(x, name=f"view {number}", neighbors=neighbors)


def _learned(parts: list[CSR]) -> list[float]:
    w = [1 / len(parts)] * len(parts)
    dim = min(_DIRECTIONS, max(1, parts[0].shape[0] - 1))
    for _ in range(_ROUNDS):
        common = _sum(parts, w)
        # The start is fixed: weights belong to the data, not to a fit and its seed.
        f = leading_eigenvectors(common, dim, torch.Generator().manual_seed(0))[1]
        rough = [float((f * f).sum() - (f * spmm(part, f)).sum()) / dim for part in parts]
        inverse = [max(r, 1e-6) ** -0.5 for r in rough]
        w = [v / sum(inverse) for v in inverse]
    return w


def _sum(parts: list[CSR], w: Sequence[float]) -> CSR:
    total = parts[0].to_scipy() * w[0]
    for part, share in zip(parts[1:], w[1:], strict=True):
        total = total + part.to_scipy() * share
    total.eliminate_zeros()
    return CSR.from_scipy(total, symmetric=True)
