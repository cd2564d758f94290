"""Numbers in which the members of a cluster differ from all others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike

from graphclust.explain.enrichment import LEVEL, corrected, membership_matrix
from graphclust.explain.medoids import cluster_labels


@dataclass(frozen=True)
class Difference:
    """A number that is higher or lower in a cluster than in the rest.

    Attributes
    ----------
    cluster : int
    name : str
    inside, outside : float
        Mean of the members, and of the others.
    effect : float
        Difference of the means in standard deviations within both groups (Cohen's d).
    p, q : float
        Of Welch's test, two-sided; q is corrected for all tests of the call.
    """

    cluster: int
    name: str
    inside: float
    outside: float
    effect: float
    p: float
    q: float


def differences(
    values: Any, labels: ArrayLike, names: Sequence[str], most: int = 5, level: float = LEVEL
) -> dict[int, list[Difference]]:
    r"""Return the numbers in which each cluster differs from all others together.

    .. math:: d = \frac{\bar v_C - \bar v_{\bar C}}{s}, \quad s^2 = \text{variance within both}

    Parameters
    ----------
    values : sparse or dense matrix, shape (items, names)
    labels : array-like of int, shape (items,)
        Clusters; -1 is unassigned, and counts among the others.
    names : sequence of str
    most : int
        How many of each cluster at most, the greatest effect first.
    level : float
        What has a corrected p-value above it is left out.

    Returns
    -------
    dict of int to list of Difference

    Notes
    -----
    Cost O(entries + clusters · names). The clusters were made from the same items: see
    :func:`graphclust.explain.enrichment`. A group without any spread is taken to have a thousandth
    of the column's.

    Examples
    --------
    >>> values = np.array([[1.0, 5.0], [2.0, 5.1], [9.0, 5.0], [10.0, 5.1], [1.5, 5.0], [9.5, 5.1]])
    >>> found = differences(values, [0, 0, 1, 1, 0, 1], ["size", "noise"])
    >>> [(d.name, d.inside, d.outside) for d in found[0]]
    [('size', 1.5, 9.5)]

    References
    ----------
    Welch, The Generalization of Student's Problem, 1947; Cohen, Statistical Power Analysis for the
    Behavioral Sciences, 1988
    """
    from scipy.stats import t as student

    matrix = sp.csr_array(values) if sp.issparse(values) else np.asarray(values, dtype=np.float64)
    n = matrix.shape[0]
    of = cluster_labels(labels, n)
    clusters, member = membership_matrix(of)
    inside = np.asarray(member.sum(0)).ravel()[:, None]
    outside = n - inside
    sums, squares = _sums(member, matrix), _sums(member, matrix * matrix)
    all_sums, all_squares = _totals(matrix), _totals(matrix * matrix)
    mean, var = _moments(sums, squares, inside)
    others, others_var = _moments(all_sums - sums, all_squares - squares, outside)
    floor = 1e-6 * _moments(all_sums, all_squares, np.full((1, 1), float(n)))[1]
    var, others_var = np.maximum(var, floor), np.maximum(others_var, floor)
    with np.errstate(divide="ignore", invalid="ignore"):
        within = ((inside - 1) * var + (outside - 1) * others_var) / max(n - 2, 1)
        effect = (mean - others) / np.sqrt(within)
        a, b = var / inside, others_var / outside
        free = (a + b) ** 2 / (a**2 / (inside - 1) + b**2 / (outside - 1))
        p = 2 * student.sf(np.abs(mean - others) / np.sqrt(a + b), free)
    # Without two members on either side, or without any spread, there is nothing to test.
    p = np.where(np.isfinite(p) & (inside > 1) & (outside > 1) & np.isfinite(effect), p, 1.0)
    q = corrected(p)
    out: dict[int, list[Difference]] = {}
    for row, cluster in enumerate(clusters.tolist()):
        told = np.flatnonzero(q[row] <= level)
        told = told[np.argsort(-np.abs(effect[row, told]), kind="stable")][:most]
        out[cluster] = [
            Difference(
                cluster=cluster,
                name=names[i],
                inside=float(mean[row, i]),
                outside=float(others[row, i]),
                effect=float(effect[row, i]),
                p=float(p[row, i]),
                q=float(q[row, i]),
            )
            for i in told.tolist()
        ]
    return out


def _sums(member: sp.csr_array, matrix: Any) -> Any:
    out = member.T @ matrix
    return out.toarray() if sp.issparse(out) else np.asarray(out)


def _totals(matrix: Any) -> Any:
    return np.asarray(matrix.sum(0), dtype=np.float64).reshape(1, -1)


def _moments(sums: Any, squares: Any, count: Any) -> tuple[Any, Any]:
    n = np.maximum(count, 1.0)
    mean = sums / n
    return mean, np.maximum(squares - n * mean**2, 0.0) / np.maximum(n - 1.0, 1.0)
