"""Which items stand for a cluster: those it is surest of, and nearest to its middle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphclust.report.run_files import RunFiles


def by_sureness(files: RunFiles) -> list[NDArray[np.int64]]:
    """Return the items of cluster 0, 1, ..., the surest first.

    Items that are as sure are told apart by their distance to the mean of their cluster in the
    embedding, so that the order says something where memberships are hard. Cost O(n (d + log n)).
    """
    confidence = np.nan_to_num(files.confidence, nan=-1.0)
    order = np.argsort(files.labels, kind="stable")
    edges = np.searchsorted(files.labels[order], np.arange(files.n_clusters + 1))
    out = []
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        members = order[start:stop]
        apart = _from_the_mean(files.embedding, members)
        out.append(members[np.lexsort((apart, -confidence[members]))])
    return out


def _from_the_mean(
    z: NDArray[np.floating] | None, members: NDArray[np.int64]
) -> NDArray[np.float64]:
    if z is None or not members.size:
        return np.zeros(members.size)
    rows = np.asarray(z[members], dtype=np.float64)
    with np.errstate(invalid="ignore", over="ignore"):
        apart: NDArray[np.float64] = ((rows - rows.mean(0)) ** 2).sum(1)
    return np.nan_to_num(apart, nan=np.inf)
