"""Mutual information between classes and clusters, normalised and adjusted for chance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graphclust.metrics.contingency import Contingency, contingency
from graphclust.metrics.expected import expected_mutual_information


def nmi(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    r"""Return the normalised mutual information.

    .. math:: \mathrm{NMI}(U, V) = \frac{I(U; V)}{\frac{1}{2} (H(U) + H(V))}

    Parameters
    ----------
    y_true, y_pred : array-like, shape (n,)
        Classes and clusters; see :func:`contingency`. Unassigned (-1) items count as one more
        cluster, as in scikit-learn.

    Returns
    -------
    float in [0, 1]
        1 when both have a single group.

    Notes
    -----
    It rises with the number of clusters even at random: read :func:`ami` beside it.
    Cost O(n log n).

    References
    ----------
    Vinh, Epps and Bailey, *Information theoretic measures for clusterings comparison*, 2010.

    Examples
    --------
    >>> nmi([0, 0, 1, 1], ["b", "b", "a", "a"])
    1.0
    """
    return nmi_of(contingency(y_true, y_pred))


def ami(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    r"""Return the mutual information adjusted for chance: 0 on average for random clusters.

    .. math:: \mathrm{AMI} = \frac{I - E[I]}{\frac{1}{2} (H(U) + H(V)) - E[I]}

    Parameters
    ----------
    y_true, y_pred : array-like, shape (n,)
        Classes and clusters; see :func:`contingency`. Unassigned (-1) items count as one more
        cluster, as in scikit-learn.

    Returns
    -------
    float, at most 1; negative when worse than chance

    Notes
    -----
    Cost O(n log n) plus the expectation, which depends on the distinct sizes only.

    References
    ----------
    Vinh, Epps and Bailey, *Information theoretic measures for clusterings comparison*, 2010.

    Examples
    --------
    >>> round(ami([0, 0, 1, 1], [0, 1, 2, 3]), 4)
    0.0
    """
    return ami_of(contingency(y_true, y_pred))


def nmi_of(table: Contingency) -> float:
    """Return the NMI of a contingency table; see :func:`nmi`."""
    if _is_same_partition(table):
        return 1.0
    information = _mutual_information(table)
    if information <= np.finfo(np.float64).eps:
        return 0.0
    return min(1.0, information / _mean_entropy(table))


def ami_of(table: Contingency) -> float:
    """Return the AMI of a contingency table; see :func:`ami`."""
    rows, cols = table.counts.shape
    if _is_same_partition(table):
        return 1.0
    if rows == 1 or cols == 1:
        return 0.0
    expected = expected_mutual_information(table.class_sizes, table.found_sizes)
    above, below = _mutual_information(table) - expected, _mean_entropy(table) - expected
    tiny = float(np.finfo(np.float64).eps)
    return min(1.0, above / math.copysign(max(abs(below), tiny), below))


def _is_same_partition(table: Contingency) -> bool:
    # Settled by counting, so that a perfect score is 1 and not 0.9999999999999999.
    rows, cols = table.counts.shape
    return bool(rows == cols == table.counts.nnz)


def _mutual_information(table: Contingency) -> float:
    cells = table.counts.tocoo()
    rows, cols = cells.coords
    share = cells.data / table.n_items
    outer = table.class_sizes[rows].astype(np.float64) * table.found_sizes[cols]
    # Logarithms apart: the product n * n would lose digits that the sum needs.
    logs = np.log(cells.data) + math.log(table.n_items) - np.log(outer)
    return max(0.0, math.fsum(share * logs))


def _mean_entropy(table: Contingency) -> float:
    return 0.5 * (entropy(table.class_sizes) + entropy(table.found_sizes))


def entropy(sizes: NDArray[np.int64]) -> float:
    """Return the entropy in nats of the distribution with these counts."""
    counts = sizes[sizes > 0].astype(np.float64)
    total = float(counts.sum())
    return max(0.0, -math.fsum(counts / total * (np.log(counts) - math.log(total))))
