"""The members that stand for a cluster."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graphclust.errors import InputError


def medoids(embedding: Any, labels: ArrayLike, most: int = 3) -> dict[int, list[int]]:
    r"""Return the members of each cluster that are nearest to its centre, nearest first.

    .. math:: \arg\min_{i \in C} \lVert z_i - \bar z_C \rVert, \quad \bar z_C = \text{mean of } z_i

    Parameters
    ----------
    embedding : array, shape (n, d)
    labels : array-like of int, shape (n,)
        Clusters; -1 is unassigned and belongs to none.
    most : int
        How many of each.

    Returns
    -------
    dict of int to list of int
        Row numbers by cluster; ties go to the earlier row.

    Notes
    -----
    Cost O(n d). The nearest to the mean is the medoid for squared Euclidean distance; finding it
    takes no distance between two members.

    Examples
    --------
    >>> medoids([[0.0], [1.0], [2.0], [9.0]], [0, 0, 0, 1], most=2)
    {0: [1, 0], 1: [3]}
    """
    z = np.asarray(embedding)
    of = cluster_labels(labels, len(z))
    out = {}
    for cluster in np.unique(of[of >= 0]).tolist():
        members = np.flatnonzero(of == cluster)
        rows = np.asarray(z[members], dtype=np.float64)
        apart = ((rows - rows.mean(0)) ** 2).sum(1)
        out[cluster] = members[np.argsort(apart, kind="stable")[:most]].tolist()
    return out


def cluster_labels(labels: ArrayLike, n: int) -> NDArray[np.int64]:
    """Return labels as int64, one for each of ``n`` items.

    Raises
    ------
    InputError
        If there is another number of them.
    """
    of = np.asarray(labels, dtype=np.int64).ravel()
    if of.size != n:
        raise InputError(f"labels has {of.size} entries for {n} items: give one for each")
    return of
