"""A few frames or spans of a clip, evenly spread over its length, without knowing the length."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate

from graphclust.adapters.descriptors import edges_and_colours

Kept = TypeVar("Kept")


class Spread(Generic[Kept]):
    """Keeps between ``most / 2`` and ``most`` things, evenly spaced, of however many come.

    Parameters
    ----------
    most : int
        When there are more, every second one goes, and from then on only every second is taken.

    Attributes
    ----------
    kept : list
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.kept: list[Kept] = []
        self._every, self._seen = 1, 0

    def offer(self, make: Callable[[], Kept]) -> None:
        """Take the next thing, which is made only then, or pass it over."""
        if self._seen % self._every == 0:
            if len(self.kept) == self.most:
                self.kept = self.kept[::2]
                self._every *= 2
            if self._seen % self._every == 0:
                self.kept.append(make())
        self._seen += 1


class Sampled(Spread[NDArray[np.uint8]]):
    """Frames of a clip, evenly spaced; see :class:`Spread`.

    Parameters
    ----------
    most : int
        At most so many frames.
    side : int
        Frames are kept as squares of so many pixels.
    """

    def __init__(self, most: int = 16, side: int = 32) -> None:
        super().__init__(most)
        self.side = side

    def add(self, colours: NDArray[np.uint8]) -> None:
        """Take a frame (h, w, 3), or pass it over."""
        self.offer(lambda: square(colours, self.side))


def spans(
    frames: Iterable[NDArray[np.uint8]], length: int, side: int, most: int
) -> list[NDArray[np.uint8]]:
    """Return spans of frames that follow one another, evenly spread over a clip.

    Parameters
    ----------
    frames : iterable of arrays, shape (h, w, 3)
        One at least.
    length : int
        Frames of a span. A clip of fewer is one span, in which they are repeated evenly.
    side : int
        Frames are kept as squares of so many pixels.
    most : int
        At most so many spans.

    Returns
    -------
    list of arrays, shape (length, side, side, 3)

    Notes
    -----
    Spans do not overlap but for the last, which ends where the clip does. Memory: ``most + 1``
    spans.
    """
    spread: Spread[NDArray[np.uint8]] = Spread(most)
    recent: deque[NDArray[np.uint8]] = deque(maxlen=length)

    def squares() -> NDArray[np.uint8]:
        places = np.linspace(0, len(recent) - 1, length).round().astype(int)
        held = [square(colours, side) for colours in recent]
        return np.stack([held[place] for place in places])

    fresh = 0
    for colours in frames:
        recent.append(colours)
        fresh += 1
        if fresh == length:
            spread.offer(squares)
            fresh = 0
    if fresh:
        spread.offer(squares)
    return spread.kept


def square(colours: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return a picture (h, w, 3) squeezed into a square."""
    values = torch.from_numpy(np.ascontiguousarray(colours)).permute(2, 0, 1)[None].float()
    small = interpolate(values, (side, side), mode="bilinear", antialias=True)
    out: NDArray[np.uint8] = small[0].round().clamp(0, 255).byte().permute(1, 2, 0).numpy()
    return out


def appearance(kept: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Return mean and spread over frames of what they show, unit length, shape (1088,)."""
    rows = edges_and_colours(torch.from_numpy(np.stack(kept))).numpy()
    both = np.concatenate([rows.mean(0), rows.std(0)])
    return (both / max(float(np.linalg.norm(both)), 1e-12)).astype(np.float32)
