"""Silhouette: how much nearer an item is to its own cluster than to the next one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graphclust.errors import InputError
from graphclust.metrics.contingency import as_labels, encode, is_unassigned

_BLOCK = 1 << 21  # floats in one block of distances: 16 MB


def silhouette(
    x: ArrayLike, labels: ArrayLike, max_items: int = 10_000, random_state: int = 0
) -> float:
    r"""Return the mean silhouette of the items, in Euclidean distance.

    .. math:: s_i = \frac{b_i - a_i}{\max(a_i, b_i)}

    with the mean distance :math:`a_i` to the others of its own cluster and :math:`b_i` to the
    nearest other cluster.

    Parameters
    ----------
    x : array-like of float, shape (n, d)
        Positions, such as an embedding.
    labels : array-like, shape (n,)
        Clusters. Unassigned (-1) items are left out.
    max_items : int, default 10,000
        Exact up to so many items, equal to scikit-learn's; beyond, the silhouette of a random
        sample of that size among itself.
    random_state : int, default 0
        Seed of that sample.

    Returns
    -------
    float in [-1, 1]
        0 with fewer than two clusters, and for the item of a cluster of one.

    Raises
    ------
    InputError
        If shapes do not fit, or a position is not finite.

    Notes
    -----
    Cost O(min(n, max_items)^2 d) time; distances live in blocks of 16 MB, never n by n.

    References
    ----------
    Rousseeuw, *Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis*, 1987.

    Examples
    --------
    >>> round(silhouette([[0.0], [1.0], [9.0], [10.0]], [0, 0, 1, 1]), 4)
    0.8885
    """
    points, array = np.asarray(x), as_labels(labels, "labels")
    if points.ndim != 2 or points.shape[0] != array.size:
        raise InputError(
            f"x has shape {points.shape} and labels {array.size} entries: "
            "give one row and one label per item"
        )
    if max_items < 2:
        raise InputError(f"max_items is {max_items}: it must be at least 2")
    rows = np.flatnonzero(~is_unassigned(array))
    if rows.size > max_items:
        rows = np.random.default_rng(random_state).choice(rows, max_items, replace=False)
    if rows.size == 0:
        return 0.0
    codes = encode(array[rows], "labels")[1]
    sample = points[rows].astype(np.float64)
    if not np.all(np.isfinite(sample)):
        raise InputError("x holds NaN or infinite values: there is no distance to them")
    return _mean_silhouette(sample, codes)


def _mean_silhouette(x: NDArray[np.float64], codes: NDArray[np.int64]) -> float:
    """Return the mean silhouette of rows whose clusters are 0 .. k-1. Cost O(n^2 d)."""
    sizes = np.bincount(codes)
    if sizes.size < 2:
        return 0.0
    # With the clusters side by side, sums over them are sums over slices.
    order = np.argsort(codes, kind="stable")
    x, codes = x[order] - x.mean(axis=0), codes[order]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    squares = np.einsum("ij,ij->i", x, x)
    step = max(1, _BLOCK // x.shape[0])
    total: float = 0.0
    for i in range(0, x.shape[0], step):
        block = slice(i, i + step)
        d = squares[block, None] - 2.0 * (x[block] @ x.T) + squares
        d[np.arange(d.shape[0]), np.arange(i, i + d.shape[0])] = 0.0
        sums = np.add.reduceat(np.sqrt(np.maximum(d, 0.0)), starts, axis=1)
        total += float(_from_sums(sums, codes[block], sizes).sum())
    return total / float(x.shape[0])


def _from_sums(
    sums: NDArray[np.float64], codes: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return silhouettes from summed distances to each cluster (b, k). Cost O(b k)."""
    here = np.arange(codes.size)
    own = sums[here, codes] / np.maximum(sizes[codes] - 1, 1)
    means = sums / sizes
    means[here, codes] = np.inf
    other = means.min(axis=1)
    largest = np.maximum(own, other)
    out = np.zeros(codes.size)
    np.divide(other - own, largest, out=out, where=(largest > 0) & (sizes[codes] > 1))
    return out
