"""Accuracy and macro-F1 under the best one-to-one matching of clusters to classes."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from graphclust.metrics.contingency import Contingency, contingency

Matching = tuple[NDArray[np.int64], NDArray[np.int64]]


def accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    r"""Return the fraction of items in the cluster that is matched to their class.

    .. math:: \mathrm{ACC} = \frac{1}{n} \max_{\pi} \sum_i c_{i, \pi(i)}

    over one-to-one matchings :math:`\pi` of classes to clusters; c is the contingency table.
    Any number of clusters may have been found: items of clusters (or classes) left unmatched
    are wrong, and so are unassigned (-1) items.

    Parameters
    ----------
    y_true, y_pred : array-like, shape (n,)
        Classes and clusters; see :func:`contingency`.

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    InputError
        If the labels cannot be compared; see :func:`contingency`.

    Notes
    -----
    Cost O(n log n) plus the assignment on the non-empty cells of the table.

    References
    ----------
    Kuhn, *The Hungarian method for the assignment problem*, 1955.

    Examples
    --------
    >>> accuracy([0, 0, 1, 1], [5, 5, 3, -1])
    0.75
    """
    return accuracy_of(contingency(y_true, y_pred))


def macro_f1(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    r"""Return the mean F1 of the classes under the matching of :func:`accuracy`.

    .. math:: \mathrm{F1} = \frac{1}{R} \sum_{i=1}^{R} \frac{2 c_{i,\pi(i)}}{a_i + b_{\pi(i)}}

    with class sizes a and cluster sizes b. A class without a cluster has F1 0; items of
    unmatched clusters and unassigned (-1) items are errors of their classes.

    Parameters
    ----------
    y_true, y_pred : array-like, shape (n,)
        Classes and clusters; see :func:`contingency`.

    Returns
    -------
    float in [0, 1]

    Notes
    -----
    Several matchings can have the same accuracy; the one with the highest F1 is taken, so that
    the value does not depend on the order of the items. Same cost as :func:`accuracy`.

    Examples
    --------
    >>> round(macro_f1([0, 0, 1, 1], [5, 5, 3, -1]), 4)
    0.8333
    """
    return macro_f1_of(contingency(y_true, y_pred))


def match(table: Contingency) -> Matching:
    """Return matched classes and clusters (rows, columns) that agree on most items.

    Among equals, the highest sum of F1. Pairs without a common item are left out, and so is the
    column of unassigned items.

    Notes
    -----
    Solved on the non-empty cells only, of which there are at most n: each class may also take a
    column of its own that stands for "no cluster", so that a full matching always exists.
    """
    cells = table.counts.tocoo()
    rows, cols, counts = (np.asarray(a) for a in (*cells.coords, cells.data))
    if table.unassigned is not None:
        keep = cols != table.unassigned
        rows, cols, counts = rows[keep], cols[keep], counts[keep]
    n_rows, n_cols = table.counts.shape
    f1 = 2.0 * counts / (table.class_sizes[rows] + table.found_sizes[cols])
    # The sum of F1 stays below the number of pairs: scaled like this it only settles ties.
    gain = 1.0 + counts + f1 / (2.0 * (min(n_rows, n_cols) + 1))
    own = np.arange(n_rows)
    weights = np.concatenate([gain, np.ones(n_rows)])
    places = (np.concatenate([rows, own]), np.concatenate([cols, n_cols + own]))
    graph = sp.coo_array((weights, places), shape=(n_rows, n_cols + n_rows)).tocsr()
    left, right = min_weight_full_bipartite_matching(graph, maximize=True)
    real = right < n_cols
    return left[real].astype(np.int64), right[real].astype(np.int64)


def accuracy_of(table: Contingency, matched: Matching | None = None) -> float:
    """Return the accuracy of a contingency table; see :func:`accuracy`."""
    rows, cols = match(table) if matched is None else matched
    return float(_cells(table, rows, cols).sum() / table.n_items)


def macro_f1_of(table: Contingency, matched: Matching | None = None) -> float:
    """Return the macro-F1 of a contingency table; see :func:`macro_f1`."""
    rows, cols = match(table) if matched is None else matched
    sizes = table.class_sizes[rows] + table.found_sizes[cols]
    return float((2.0 * _cells(table, rows, cols) / sizes).sum() / table.counts.shape[0])


def _cells(
    table: Contingency, rows: NDArray[np.int64], cols: NDArray[np.int64]
) -> NDArray[np.int64]:
    if rows.size == 0:
        return np.zeros(0, dtype=np.int64)
    return np.asarray(table.counts[rows, cols], dtype=np.int64).ravel()
