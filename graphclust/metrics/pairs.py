"""Agreement on pairs of items: the Rand index, adjusted for chance."""

from __future__ import annotations

from numpy.typing import ArrayLike

from graphclust.metrics.contingency import Contingency, contingency


def ari(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    r"""Return the adjusted Rand index: 0 on average for random clusters, 1 for the same ones.

    .. math::
        \mathrm{ARI} = \frac{S - AB / N}{\frac{1}{2} (A + B) - AB / N}, \quad
        S = \sum_{ij} \binom{c_{ij}}{2}, A = \sum_i \binom{a_i}{2},
        B = \sum_j \binom{b_j}{2}, N = \binom{n}{2}

    Parameters
    ----------
    y_true, y_pred : array-like, shape (n,)
        Classes and clusters; see :func:`contingency`. Unassigned (-1) items count as one more
        cluster, as in scikit-learn.

    Returns
    -------
    float in [-0.5, 1]

    Notes
    -----
    Pairs are counted in exact integers. Cost O(n log n).

    References
    ----------
    Hubert and Arabie, *Comparing partitions*, 1985.

    Examples
    --------
    >>> round(ari([0, 0, 1, 1], [0, 0, 1, 2]), 4)
    0.5714
    """
    return ari_of(contingency(y_true, y_pred))


def ari_of(table: Contingency) -> float:
    """Return the ARI of a contingency table; see :func:`ari`."""
    both, true, found = (
        sum(int(c) * (int(c) - 1) // 2 for c in counts)
        for counts in (table.counts.data, table.class_sizes, table.found_sizes)
    )
    n = table.n_items
    pairs = n * (n - 1) // 2
    # Multiplied through by 2N, so that everything up to the division is an integer.
    below = (true + found) * pairs - 2 * true * found
    if below == 0:
        return 1.0
    return 2 * (both * pairs - true * found) / below
