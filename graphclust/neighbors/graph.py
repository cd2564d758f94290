"""Vectors to a k-nearest-neighbour graph."""

from __future__ import annotations

from torch import Tensor

from graphclust.neighbors.choice import Search, find_neighbors
from graphclust.neighbors.search import Metric
from graphclust.neighbors.shape import graph_shape
from graphclust.neighbors.weighting import Weighting, neighbor_graph
from graphclust.sparse import CSR


def knn_graph(
    x: Tensor | CSR,
    k: int = 15,
    metric: Metric = "cosine",
    weighting: Weighting = "union",
    search: Search = "exact",
) -> CSR:
    """Return the kNN graph of the rows of ``x``.

    Parameters
    ----------
    x : Tensor or CSR, shape (n, f)
    k : int
        Neighbours of each row, between 1 and n - 1.
    metric : "cosine", "euclidean" or "inner"
        With the cosine, rows of zeros have no direction and stay isolated.
    weighting : str
        How directions become undirected edges, see
        :func:`~graphclust.neighbors.neighbor_graph`.
    search : str
        How neighbours are found, see :func:`~graphclust.neighbors.find_neighbors`.

    Returns
    -------
    CSR, shape (n, n)
        Symmetric, without self-loops.

    Raises
    ------
    InputError
        If ``k`` does not fit, or metric, weighting or search is unknown.

    Notes
    -----
    Exact search: O(n^2 f) time, in blocks, so that no n by n array exists. The same rows give
    the same graph.

    Examples
    --------
    >>> import torch
    >>> knn_graph(torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]]), k=1).nnz
    4
    """
    return described_knn_graph(x, k, metric, weighting, search)[0]


def described_knn_graph(
    x: Tensor | CSR,
    k: int = 15,
    metric: Metric = "cosine",
    weighting: Weighting = "union",
    search: Search = "auto",
) -> tuple[CSR, str]:
    """Return the kNN graph of the rows of ``x``, and in words how it was made and what it is.

    The arguments are those of :func:`knn_graph`.

    Examples
    --------
    >>> import torch
    >>> described_knn_graph(torch.eye(3) + 0.1, k=2)[1]
    'cosine, search exact, edges by union; degrees 2 to 2, median 2; 1 component'
    """
    found = find_neighbors(x, k, metric, search)
    keep = None
    if metric == "cosine":
        norms = x.counts if isinstance(x, CSR) else x.abs().sum(1)
        keep = norms > 0
    adj = neighbor_graph(found.index, found.score, weighting, keep, metric)
    return adj, f"{found.words}, edges by {weighting}; {graph_shape(adj)}"
