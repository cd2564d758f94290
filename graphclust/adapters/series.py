"""Time series as a graph: each scaled to mean 0 and deviation 1, joined to those of like shape."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from graphclust.adapters.vectors import data_of
from graphclust.errors import InputError
from graphclust.graphs.graph import Graph
from graphclust.graphs.rows import NEIGHBORS, graph_of_rows


def from_series(
    series: Sequence[Any] | NDArray[Any],
    ids: Sequence[Hashable] | None = None,
    y: Any = None,
    *,
    length: int | None = None,
    neighbors: int = NEIGHBORS,
) -> Any:
    """Return time series with their neighbour graph, as a ``torch_geometric`` Data.

    Parameters
    ----------
    series : matrix of shape (n, steps), or sequence of n vectors, of unlike lengths perhaps
        One value a step, evenly spaced in time.
    ids : sequence of hashables, optional
        Names of the series.
    y : sequence, optional
        Known classes, for scoring only.
    length : int, optional
        Steps that all series are brought to; by default their common length, or the median one.
    neighbors : int
        Neighbours of each series.

    Returns
    -------
    torch_geometric.data.Data

    Raises
    ------
    InputError
        If a series has fewer than two steps, or a value that is not finite.

    Notes
    -----
    Series are compared step by step after scaling, which is their correlation; those of another
    length are stretched to the common one by linear interpolation. A constant one has no shape: it
    has no neighbours. A shift in time counts as a
    difference: dynamic time warping would forgive it at O(n² steps²), which is why it is not done
    here; distances of your own come in by :func:`~graphclust.adapters.from_vectors`. Cost
    O(n steps) and the search for neighbours.

    Examples
    --------
    >>> data = from_series([[0, 1, 2, 3], [5, 7, 9], [3, 2, 1, 0]], neighbors=1)
    >>> data.x.shape, data.num_edges
    (torch.Size([3, 4]), 4)
    """
    return data_of(series_graph(series, ids, length=length, neighbors=neighbors), y)


def series_graph(
    series: Sequence[Any] | NDArray[Any],
    ids: Sequence[Hashable] | None = None,
    name: str = "series",
    *,
    length: int | None = None,
    neighbors: int = NEIGHBORS,
    notes: tuple[str, ...] = (),
) -> Graph:
    """Return the neighbour graph of time series; see :func:`from_series`."""
    rows = [_row(one, number) for number, one in enumerate(series)]
    if not rows:
        raise InputError("there are no series: give one at least")
    lengths = {row.size for row in rows}
    steps = length or (lengths.pop() if len(lengths) == 1 else int(np.median([*map(len, rows)])))
    if steps < 2:
        raise InputError(f"length={steps}: at least 2 steps are needed")
    stretched = sum(row.size != steps for row in rows)
    table = np.stack([_scaled(_stretched(row, steps)) for row in rows])
    told = (f"{stretched} of {len(rows)} series stretched to {steps} steps",) * bool(stretched)
    x = torch.from_numpy(table.astype(np.float32))
    # By correlation however short they are: a scaled series is all direction.
    return graph_of_rows(x, ids, name, (*notes, *told), neighbors, metric="cosine")


def _row(one: Any, number: int) -> NDArray[np.float64]:
    try:
        row = np.asarray(one, dtype=np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise InputError(f"series {number} holds what is no number: give numbers") from error
    if row.size < 2:
        raise InputError(f"series {number} has {row.size} steps: give two at least")
    bad = np.flatnonzero(~np.isfinite(row))
    if bad.size:
        raise InputError(
            f"series {number} has the value {row[bad[0]]:g} at step {bad[0]} (of {bad.size} that "
            "are not finite): fill in what is missing, or leave the series out"
        )
    return row


def _stretched(row: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    if row.size == steps:
        return row
    at, known = np.linspace(0, 1, steps), np.linspace(0, 1, row.size)
    return np.asarray(np.interp(at, known, row), dtype=np.float64)


def _scaled(row: NDArray[np.float64]) -> NDArray[np.float64]:
    # Of order 1 first: squares of great numbers overflow, and small ones are no constant.
    row = row / (np.abs(row).max() or 1.0)
    deviation = float(row.std())
    if deviation <= 1e-12:
        return np.zeros_like(row)
    return np.asarray((row - row.mean()) / deviation, dtype=np.float64)
