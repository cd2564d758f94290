"""What every graph metric needs of an adjacency: that it is one, and its volumes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from graphclust.errors import InputError
from graphclust.metrics.contingency import as_labels, encode, is_unassigned


@dataclass(frozen=True)
class Volumes:
    r"""Weights summed by cluster, in networkx's convention on self-loops.

    A self-loop is one edge inside its cluster and adds twice its weight to its node's degree.

    Attributes
    ----------
    names : ndarray, shape (k,)
        The clusters' names, sorted, -1 left out.
    inside : ndarray of float64, shape (k + u,)
        Weight of the edges inside each cluster, and inside each of the u unassigned nodes (its
        self-loop): an unassigned node stands alone.
    volume : ndarray of float64, shape (k + u,)
        Sum of the degrees.
    total : float
        Weight of all edges, m; the sum of all degrees is 2m.
    """

    names: NDArray[Any]
    inside: NDArray[np.float64]
    volume: NDArray[np.float64]
    total: float


def volumes(adjacency: Any, labels: ArrayLike) -> Volumes:
    """Sum edge weights inside and around every cluster.

    Parameters
    ----------
    adjacency : scipy sparse matrix or array, shape (n, n)
        Symmetric, non-negative: each undirected edge stored in both directions, a self-loop
        once, on the diagonal, with its own weight. Or an iterator over blocks of its rows, each
        with the number of its first row; these are not tested for symmetry.
    labels : array-like, shape (n,)
        Clusters; -1 means unassigned.

    Returns
    -------
    Volumes

    Raises
    ------
    InputError
        If the matrix is not a symmetric, non-negative, finite adjacency, or the labels do not
        fit it.

    Notes
    -----
    Cost O(nnz + n log n).
    """
    array = as_labels(labels, "labels")
    blocks: Iterable[tuple[int, Any]]
    if not isinstance(adjacency, Iterator):
        matrix = as_adjacency(adjacency)
        _check_length(array, matrix.shape[0])
        blocks = [(0, matrix)]
    else:
        blocks = adjacency
    loose = is_unassigned(array)
    names, codes = encode(array[~loose], "labels") if not loose.all() else (array[:0], array[:0])
    group = np.empty(array.size, dtype=np.int64)
    group[~loose] = codes
    group[loose] = names.size + np.arange(int(loose.sum()))
    n_groups = names.size + int(loose.sum())

    inside, volume = np.zeros(n_groups), np.zeros(n_groups)
    total = 0.0
    for first, block in blocks:
        _check_length(array, block.shape[1])
        own = group[first : first + block.shape[0]]
        loops = block.diagonal(k=first).astype(np.float64)
        loops = np.concatenate([loops, np.zeros(block.shape[0] - loops.size)])
        data = block.data.astype(np.float64, copy=False)
        row = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
        degree = np.bincount(row, weights=data, minlength=block.shape[0]) + loops
        within = own[row] == group[block.indices]
        stored = np.bincount(own[row[within]], weights=data[within], minlength=n_groups)
        loops_inside = np.bincount(own, weights=loops, minlength=n_groups)
        # Every edge inside was stored twice, every self-loop once.
        inside += 0.5 * (stored + loops_inside)
        volume += np.bincount(own, weights=degree, minlength=n_groups)
        total += 0.5 * float(degree.sum())
    return Volumes(names, inside, volume, total)


def _check_length(labels: NDArray[Any], n: int) -> None:
    if labels.size != n:
        raise InputError(
            f"labels has {labels.size} entries and the graph {n} nodes: give one label per node"
        )


def as_adjacency(adjacency: Any) -> sp.csr_array:
    """Return a CSR adjacency that shares memory with the one given, or say what is wrong.

    Raises
    ------
    InputError
        If it is not sparse, square, finite, non-negative and symmetric.

    Notes
    -----
    Symmetry is tested without a transpose: :math:`x^T A y = y^T A x` for one pair of random
    vectors holds with probability 0 when A is not symmetric (Freivalds, 1979). Cost O(nnz).
    """
    if not sp.issparse(adjacency):
        raise InputError(
            f"adjacency is a {type(adjacency).__name__}: give a scipy sparse matrix, "
            "for example scipy.sparse.csr_array(adjacency)"
        )
    matrix = sp.csr_array(adjacency)
    if matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"adjacency has shape {matrix.shape}: it must be square")
    if matrix.dtype.kind not in "biuf":
        raise InputError(f"adjacency holds {matrix.dtype}: weights must be real numbers")
    if matrix.nnz and not (np.all(np.isfinite(matrix.data)) and matrix.data.min() >= 0):
        raise InputError("adjacency holds a negative, NaN or infinite weight: weights must be >= 0")
    random = np.random.default_rng(0)
    x, y = random.standard_normal((2, matrix.shape[0]))
    scale = float(np.linalg.norm(matrix.data.astype(np.float64, copy=False)))
    values = matrix if matrix.dtype == np.float64 else matrix.astype(np.float64)
    if abs(x @ (values @ y) - y @ (values @ x)) > 1e-6 * scale:
        raise InputError(
            "adjacency is not symmetric: store each undirected edge in both directions, "
            "for example adjacency.maximum(adjacency.T)"
        )
    return matrix
