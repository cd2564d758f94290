"""How many clusters there are, and how many there are in effect."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graphclust.metrics.contingency import as_labels, encode, is_unassigned
from graphclust.metrics.information import entropy


def cluster_sizes(labels: ArrayLike) -> NDArray[np.int64]:
    """Return the sizes of the clusters in the sorted order of their names, shape (k,).

    Unassigned (-1) items are in no cluster. Cost O(n log n).

    Examples
    --------
    >>> cluster_sizes([2, 0, 2, -1])
    array([1, 2])
    """
    array = as_labels(labels, "labels")
    array = array[~is_unassigned(array)]
    if array.size == 0:
        return np.zeros(0, dtype=np.int64)
    return np.bincount(encode(array, "labels")[1]).astype(np.int64)


def effective_number_of_clusters(labels: ArrayLike) -> float:
    r"""Return the effective number of clusters: k for k equal ones, 1 when one holds everything.

    .. math:: \exp H(p), \quad p_c = n_c / \sum_{c'} n_{c'}

    Parameters
    ----------
    labels : array-like, shape (n,)
        Clusters. Unassigned (-1) items are left out.

    Returns
    -------
    float in [1, k]; 0 when nothing is assigned

    Notes
    -----
    A collapsed fit shows as a value far below k. Cost O(n log n).

    References
    ----------
    Hill, *Diversity and evenness*, 1973 (the number of order 1).

    Examples
    --------
    >>> effective_number_of_clusters([0, 0, 1, 1])
    2.0
    """
    sizes = cluster_sizes(labels)
    return math.exp(entropy(sizes)) if sizes.size else 0.0
