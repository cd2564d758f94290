"""One long video cut into shots, each a node tied to the shots before and after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray

from graphclust.adapters.clips import Frame
from graphclust.errors import InputError
from graphclust.graphs.graph import Graph
from graphclust.graphs.rows import graph_of_rows
from graphclust.sparse import CSR

# A cut is where the share of pixels that change their colour bin passes this, and is three times
# what it was lately; shots are at least so many frames long.
_CHANGE, _TIMES, _LEAST = 0.3, 3.0, 12
_LEVELS = 4


@dataclass(frozen=True)
class Shot:
    """From when to when a shot lasts, in seconds, and its vector."""

    start: float
    stop: float
    vector: NDArray[np.float32]


def cut_into_shots(
    frames: Iterator[Frame], vector: Callable[[Iterator[Frame]], NDArray[np.float32]]
) -> Iterator[Shot]:
    """Yield the shots of a video as they end; only the frame at hand is held.

    A cut is where the histogram of colours (64 bins) changes suddenly; a slow fade is none.
    """
    ahead = next(frames, None)
    while ahead is not None:
        shot = _Running(ahead, frames)
        described = vector(iter(shot))
        for _ in shot:  # what the vector did not want to see
            pass
        yield Shot(ahead.time, shot.last, described)
        ahead = shot.following


def shot_graph(shots: list[Shot], name: str) -> Graph:
    """Return the kNN graph of shots with an edge between each and the next.

    Raises
    ------
    InputError
        If there is a single shot.
    """
    if len(shots) < 2:
        raise InputError(f"{name} is a single shot: there is nothing to cluster")
    x = torch.from_numpy(np.stack([shot.vector for shot in shots]))
    ids = [f"{shot.start:.2f}-{shot.stop:.2f}" for shot in shots]
    graph = graph_of_rows(x, ids, name)
    near = graph.adj.to_scipy()
    # As heavy as the heaviest of the others: neither kind of edge is above the other.
    heavy = float(near.data.max()) if near.nnz else 1.0
    n = len(shots)
    steps = sp.diags_array([np.full(n - 1, heavy)] * 2, offsets=[1, -1], shape=(n, n))
    adj = CSR.from_scipy(sp.csr_array(near.maximum(steps.tocsr())), symmetric=True)
    notes = (*graph.notes, f"{n} shots, each joined to the next as well")
    return replace(graph, adj=adj, notes=notes, table=False)


class _Running:
    """The frames of one shot; afterwards ``following`` is the first frame of the next, or None."""

    def __init__(self, first: Frame, frames: Iterator[Frame]) -> None:
        self._first: Frame | None = first
        self._frames = frames
        self.following: Frame | None = None
        self.last = first.time
        self._colours = _histogram(first)
        self._usual, self._count = 0.0, 0

    def __iter__(self) -> Iterator[Frame]:
        if self._first is not None:
            first, self._first = self._first, None
            self._count = 1
            yield first
        if self.following is not None:
            return
        for frame in self._frames:
            colours = _histogram(frame)
            change = 0.5 * float(np.abs(colours - self._colours).sum())
            self._colours = colours
            sudden = change > max(_CHANGE, _TIMES * self._usual)
            if sudden and self._count >= _LEAST:
                self.following = frame
                return
            self._usual = 0.9 * self._usual + 0.1 * change
            self.last = frame.time
            self._count += 1
            yield frame


def _histogram(frame: Frame) -> NDArray[np.float64]:
    """Return the shares of pixels in 4 x 4 x 4 bins of colour, shape (64,)."""
    bins = frame.colours.astype(np.int64) * _LEVELS // 256
    code = (bins[..., 0] * _LEVELS + bins[..., 1]) * _LEVELS + bins[..., 2]
    shares: NDArray[np.float64] = np.bincount(code.ravel(), minlength=_LEVELS**3) / code.size
    return shares
