"""A plane to look at the embedding in: its two main directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 3000
_FEWEST_PER_CLUSTER = 5


@dataclass(frozen=True)
class Projection:
    """Points in the plane.

    Attributes
    ----------
    rows : ndarray of int64, shape (m,)
        Which items they are, ascending.
    xy : ndarray of float64, shape (m, 2)
        Where they are.
    shares : (float, float)
        Part of the variance that each axis shows.
    """

    rows: NDArray[np.int64]
    xy: NDArray[np.float64]
    shares: tuple[float, float]


def project(
    z: NDArray[np.floating], labels: NDArray[np.int64], most: int = MOST_POINTS
) -> Projection | None:
    """Project an embedding onto its two principal axes; None where there is nothing to see.

    At most ``most`` items are taken, at random from a fixed seed, with a few of every cluster
    however small. Axes are signed so that the same run gives the same picture. Cost O(m d^2).
    """
    if z.shape[1] == 0 or z.shape[0] < 2:
        return None
    rows = _sample(labels, most)
    x = np.asarray(z[rows], dtype=np.float64)
    if not np.all(np.isfinite(x)):
        return None
    x = x - x.mean(axis=0)
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    total = float((s**2).sum())
    if total <= 1e-24:
        return None
    axes = vt[:2]
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.where(axes[np.arange(len(axes)), largest] < 0, -1.0, 1.0)[:, None]
    xy = np.zeros((rows.size, 2))
    xy[:, : len(axes)] = x @ axes.T
    shares = [*(s[:2] ** 2 / total), 0.0]
    return Projection(rows, xy, (float(shares[0]), float(shares[1])))


def _sample(labels: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    if labels.size <= most:
        return np.arange(labels.size)
    order = np.random.default_rng(0).permutation(labels.size)
    few = [order[labels[order] == c][:_FEWEST_PER_CLUSTER] for c in np.unique(labels)[: most // 10]]
    kept = np.concatenate(few)
    rest = order[~np.isin(order, kept)][: most - kept.size]
    return np.sort(np.concatenate([kept, rest]))
