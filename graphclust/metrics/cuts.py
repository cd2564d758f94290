"""Conductance and coverage: how much edge weight leaves the clusters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graphclust.metrics.adjacency import Volumes, volumes


def cluster_conductance(adjacency: Any, labels: ArrayLike) -> NDArray[np.float64]:
    r"""Return the conductance of every cluster: the share of its edge ends that leave it.

    .. math:: \phi(S) = \frac{w(S, \bar S)}{\min(\mathrm{vol} S, \mathrm{vol} \bar S)}

    where vol is the sum of degrees; a self-loop adds twice its weight, as in networkx.

    Parameters
    ----------
    adjacency : scipy sparse matrix or array, shape (n, n)
        Symmetric, non-negative; each edge stored in both directions, a self-loop once.
    labels : array-like, shape (n,)
        Clusters. Unassigned (-1) nodes are no cluster; an edge that leads to one leaves.

    Returns
    -------
    ndarray of float64, shape (k,)
        In [0, 1], lower is better, in the sorted order of the clusters' names. A cluster that no
        edge leaves has 0, also when it has no edge at all or is the whole graph.

    Raises
    ------
    InputError
        If the adjacency or the labels cannot be used.

    Notes
    -----
    This is the conductance of each cluster against the rest, not the fraction of all edges that
    are cut, which is 1 - :func:`coverage`. Cost O(nnz + n log n).

    References
    ----------
    Yang and Leskovec, *Defining and evaluating network communities based on ground-truth*,
    2012, arXiv:1205.6233.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> path = sp.csr_array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> cluster_conductance(path, [0, 0, 1])
    array([1., 1.])
    """
    return conductance_of(volumes(adjacency, labels))


def conductance(adjacency: Any, labels: ArrayLike, reduce: str = "mean") -> float:
    """Return the mean (``reduce="mean"``) or highest (``"max"``) conductance of the clusters.

    Every cluster counts the same, whatever its size; 0 when there is no cluster. The rest is as
    in :func:`cluster_conductance`.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> triangle = sp.csr_array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    >>> conductance(triangle, [0, 0, 1], reduce="max")
    1.0
    """
    values = cluster_conductance(adjacency, labels)
    if values.size == 0:
        return 0.0
    return float(values.max() if reduce == "max" else values.mean())


def coverage(adjacency: Any, labels: ArrayLike) -> float:
    r"""Return the fraction of edge weight that lies inside clusters, :math:`\sum_c L_c / m`.

    Parameters
    ----------
    adjacency : scipy sparse matrix or array, shape (n, n)
        Symmetric, non-negative; each edge stored in both directions, a self-loop once.
    labels : array-like, shape (n,)
        Clusters. An unassigned (-1) node stands alone, so that its edges are not covered.

    Returns
    -------
    float in [0, 1]; 1 for a graph without edges, as none is cut

    Notes
    -----
    A single cluster has coverage 1: read it beside the number of clusters.
    Cost O(nnz + n log n).

    References
    ----------
    Fortunato, *Community detection in graphs*, 2010, arXiv:0906.0612.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> path = sp.csr_array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> coverage(path, [0, 0, 1])
    0.5
    """
    return coverage_of(volumes(adjacency, labels))


def conductance_of(sums: Volumes) -> NDArray[np.float64]:
    """Return the conductances from the sums by cluster; see :func:`cluster_conductance`."""
    k = sums.names.size
    volume = sums.volume[:k]
    # Rounding must not turn a cluster without outgoing edges into a cut of 1e-17.
    cut = volume - 2.0 * sums.inside[:k]
    cut = np.where(cut > 1e-12 * max(sums.total, 1e-300), cut, 0.0)
    smaller = np.minimum(volume, 2.0 * sums.total - volume)
    out = np.zeros(k)
    np.divide(cut, smaller, out=out, where=(cut > 0) & (smaller > 0))
    return np.minimum(out, 1.0)


def coverage_of(sums: Volumes) -> float:
    """Return the coverage from the sums by cluster; see :func:`coverage`."""
    return 1.0 if sums.total == 0 else min(1.0, float(sums.inside.sum() / sums.total))
