"""The number of clusters, chosen without labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.metrics import modularity

_LARGEST = 64
_TIE = 0.005


@dataclass(frozen=True)
class KChoice:
    """The chosen number of clusters, and what it was chosen from.

    Attributes
    ----------
    k : int
        The number of clusters.
    table : dict of int to float
        Modularity of the partition at every k that was tried, in the order of k.
    """

    k: int
    table: dict[int, float]


def choose_k(
    z: NDArray[Any],
    adjacency: Any,
    fit_labels: Callable[[int], NDArray[np.int64]],
    k_max: int | None = None,
) -> KChoice:
    """Return the number of clusters whose partition of the graph has the highest modularity."""
    n = int(z.shape[0])
    if n == 0:
        raise InputError("z has no rows: there is nothing to cluster")
    top = max(1, min(_LARGEST, n // 4)) if k_max is None else min(k_max, n)
    table: dict[int, float] = {}

    def value(k: int) -> float:
        if k not in table:
            table[k] = modularity(adjacency, fit_labels(k)) if k > 1 else 0.0
        return table[k]

    grid = _grid(top)
    best = max(grid, key=value)
    place = grid.index(best)
    low = grid[place - 1] if place else best
    high = grid[place + 1] if place + 1 < len(grid) else best
    for k in range(low + 1, high):
        value(k)
    peak = max(table.values())
    chosen = min(k for k, q in table.items() if q >= peak - _TIE)
    return KChoice(chosen, dict(sorted(table.items())))


def _grid(top: int) -> list[int]:
    """Return 1, 2, 3 ... growing by a third at a time up to ``top``."""
    grid = [1]
    while grid[-1] < top:
        grid.append(min(top, max(grid[-1] + 1, round(grid[-1] * 4 / 3))))
    return grid
