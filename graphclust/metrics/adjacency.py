"""What every graph metric needs of an adjacency: that it is one, and its volumes."""

from __future__ import annotations

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
        once, on the diagonal, with its own weight.
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
    matrix = as_adjacency(adjacency)
    array = as_labels(labels, "labels")
    if array.size != matrix.shape[0]:
        raise InputError(
            f"labels has {array.size} entries and the graph {matrix.shape[0]} nodes: "
            "give one label per node"
        )
    loose = is_unassigned(array)
    names, codes = encode(array[~loose], "labels") if not loose.all() else (array[:0], array[:0])
    group = np.empty(array.size, dtype=np.int64)
    group[~loose] = codes
    group[loose] = names.size + np.arange(int(loose.sum()))
    n_groups = names.size + int(loose.sum())

    loops = matrix.diagonal().astype(np.float64)
    data = matrix.data.astype(np.float64, copy=False)
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    degree = np.bincount(row, weights=data, minlength=matrix.shape[0]) + loops
    within = group[row] == group[matrix.indices]
    stored = np.bincount(group[row[within]], weights=data[within], minlength=n_groups)
    loops_inside = np.bincount(group, weights=loops, minlength=n_groups)
    # Every edge inside was stored twice, every self-loop once.
    inside: NDArray[np.float64] = (0.5 * (stored + loops_inside)).astype(np.float64)
    volume = np.bincount(group, weights=degree, minlength=n_groups).astype(np.float64)
    return Volumes(names, inside, volume, 0.5 * float(degree.sum()))


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
