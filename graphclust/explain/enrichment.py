"""What is present in the members of a cluster more often than elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from graphclust.explain.medoids import cluster_labels

# What is not rarer than this by chance, after correction, is not told.
LEVEL = 0.01


@dataclass(frozen=True)
class Enriched:
    """Something that a cluster has more often than the rest.

    Attributes
    ----------
    cluster : int
    name : str
    inside, size : int
        How many of how many members have it.
    outside, rest : int
        How many of how many others have it.
    difference : float
        Share of the members that have it minus share of the others (the risk difference).
    log_odds : float
        Natural logarithm of the odds ratio, with half an item added to each count.
    p, q : float
        Of Fisher's exact test, one-sided; q is corrected for all tests of the call.
    """

    cluster: int
    name: str
    inside: int
    size: int
    outside: int
    rest: int
    difference: float
    log_odds: float
    p: float
    q: float


def enrichment(
    present: Any, labels: ArrayLike, names: Sequence[str], most: int = 5, level: float = LEVEL
) -> dict[int, list[Enriched]]:
    r"""Return what each cluster has more often than all others together.

    With a of the n members and b of the m others having something, the p-value is the chance of a
    or more if the a + b were drawn from all n + m at random (Fisher's exact test, one-sided),

    .. math:: p = \sum_{i \ge a} \binom{n}{i} \binom{m}{a + b - i} \Big/ \binom{n + m}{a + b} ,

    corrected over all clusters and all names by Benjamini and Hochberg's rule.

    Parameters
    ----------
    present : sparse or dense matrix, shape (items, names)
        What is not 0 is present.
    labels : array-like of int, shape (items,)
        Clusters; -1 is unassigned, and counts among the others.
    names : sequence of str
    most : int
        How many of each cluster at most, the greatest difference first.
    level : float
        What has a corrected p-value above it is left out.

    Returns
    -------
    dict of int to list of Enriched

    Notes
    -----
    Cost O(entries + clusters · names). The clusters were made from the same items: a small p says
    that the overlap is not one of chance, not that the clusters would be found again.

    Examples
    --------
    >>> present = np.array([[1, 1]] * 10 + [[0, 1]] * 10)
    >>> found = enrichment(present, [0] * 10 + [1] * 10, ["ring", "carbon"])
    >>> [(e.name, e.inside, e.outside, e.difference) for e in found[0]], found[1]
    ([('ring', 10, 0, 1.0)], [])

    References
    ----------
    Fisher, On the Interpretation of χ² from Contingency Tables, 1922; Benjamini and Hochberg,
    Controlling the False Discovery Rate, 1995
    """
    from scipy.stats import hypergeom

    matrix = sp.csr_array(present)
    matrix = sp.csr_array(
        (np.ones(matrix.nnz) * (matrix.data != 0), matrix.indices, matrix.indptr), matrix.shape
    )
    n_items = matrix.shape[0]
    of = cluster_labels(labels, n_items)
    clusters, member = membership_matrix(of)
    inside = np.asarray((member.T @ matrix).todense()).astype(np.int64)
    size = np.asarray(member.sum(0)).ravel().astype(np.int64)[:, None]
    total = np.asarray(matrix.sum(0)).ravel().astype(np.int64)[None, :]
    outside, rest = total - inside, n_items - size
    p = hypergeom.sf(inside - 1, n_items, total, size)
    q = corrected(p)
    share = inside / size - np.divide(outside, rest, out=np.zeros(inside.shape), where=rest > 0)
    odds = np.log((inside + 0.5) * (rest - outside + 0.5) / (size - inside + 0.5) / (outside + 0.5))
    out: dict[int, list[Enriched]] = {}
    for row, cluster in enumerate(clusters.tolist()):
        told = np.flatnonzero((q[row] <= level) & (share[row] > 0))
        told = told[np.argsort(-share[row, told], kind="stable")][:most]
        out[cluster] = [
            Enriched(
                cluster=cluster,
                name=names[i],
                inside=int(inside[row, i]),
                size=int(size[row, 0]),
                outside=int(outside[row, i]),
                rest=int(rest[row, 0]),
                difference=float(share[row, i]),
                log_odds=float(odds[row, i]),
                p=float(p[row, i]),
                q=float(q[row, i]),
            )
            for i in told.tolist()
        ]
    return out


def membership_matrix(of: NDArray[np.int64]) -> tuple[NDArray[np.int64], sp.csr_array]:
    """Return the clusters, ascending, and who is in which, shape (items, clusters)."""
    there = np.flatnonzero(of >= 0)
    clusters, place = np.unique(of[there], return_inverse=True)
    shape = (of.size, clusters.size)
    return clusters, sp.csr_array((np.ones(there.size), (there, place)), shape)


def corrected(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p-values corrected by Benjamini and Hochberg's rule over all of them.

    Examples
    --------
    >>> corrected(np.array([0.01, 0.02, 0.03, 0.5])).round(3).tolist()
    [0.04, 0.04, 0.04, 0.5]
    """
    flat = p.ravel()
    if flat.size == 0:
        return p
    order = np.argsort(flat)
    raised = flat[order] * flat.size / np.arange(1, flat.size + 1)
    out = np.empty_like(flat)
    out[order] = np.minimum.accumulate(raised[::-1])[::-1].clip(max=1.0)
    return out.reshape(p.shape)
