"""Vectors to a k-nearest-neighbour graph."""

from __future__ import annotations

from torch import Tensor

from graphclust.neighbors.search import Metric, knn_search
from graphclust.neighbors.weighting import Weighting, neighbor_graph
from graphclust.sparse import CSR


def knn_graph(
    x: Tensor | CSR, k: int = 15, metric: Metric = "cosine", weighting: Weighting = "union"
) -> CSR:
    """Return the kNN graph of the rows of ``x``.

    Parameters
    ----------
    x : Tensor or CSR, shape (n, f)
    k : int
        Neighbours of each row, between 1 and n - 1.
    metric : "cosine" or "euclidean"
        With the cosine, rows of zeros have no direction and stay isolated.
    weighting : "union", "mutual" or "gaussian"
        How directions become undirected edges, see
        :func:`~graphclust.neighbors.neighbor_graph`.

    Returns
    -------
    CSR, shape (n, n)
        Symmetric, without self-loops.

    Raises
    ------
    InputError
        If ``k`` does not fit, or metric or weighting is unknown.

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
    index, score = knn_search(x, None, k, metric)
    keep = None
    if metric == "cosine":
        norms = x.counts if isinstance(x, CSR) else x.abs().sum(1)
        keep = norms > 0
    return neighbor_graph(index, score, weighting, keep)
