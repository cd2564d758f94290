"""The fastest of several ways to do the same work, found while they do it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from statistics import median
from typing import Protocol

import torch
from torch import Tensor


class Stopwatch(Protocol):
    """Times what a device does between two moments."""

    def start(self) -> None:
        """Take the first moment."""

    def stop(self) -> None:
        """Take the second one; what is timed may still be under way."""

    def seconds(self) -> float:
        """Return the time between them, waiting for it to have passed."""


class WallClock:
    """A stopwatch for work that is done when its call returns."""

    def start(self) -> None:
        """Take the first moment."""
        self._from = time.perf_counter()

    def stop(self) -> None:
        """Take the second one."""
        self._to = time.perf_counter()

    def seconds(self) -> float:
        """Return the time between them."""
        return self._to - self._from


class CudaEvents:
    """A stopwatch of two events on the current stream, which leaves the device at work."""

    def __init__(self) -> None:
        self._from = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        self._to = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]

    def start(self) -> None:
        """Take the first moment."""
        self._from.record()

    def stop(self) -> None:
        """Take the second one."""
        self._to.record()

    def seconds(self) -> float:
        """Return the time between them, waiting for the second."""
        self._to.synchronize()
        return float(self._from.elapsed_time(self._to)) / 1e3


def stopwatch(device: torch.device) -> Stopwatch:
    """Return a stopwatch for work on a device."""
    return CudaEvents() if device.type == "cuda" else WallClock()


class Race:
    """Ways to compute the same, which take turns on real calls until the fastest is known.

    No call is made for the sake of timing. The first turn of each way compiles and warms up, and
    is not timed; the median of the others decides.

    Parameters
    ----------
    ways : mapping of str to callable
        Each returns the result for the same arguments.
    make_stopwatch : callable
        Returns a fresh :class:`Stopwatch`.
    turns : int
        Of each way, the first one included.

    Examples
    --------
    >>> race = Race({"only": lambda x: x + 1}, WallClock)
    >>> race(1), race.fastest
    (2, 'only')
    """

    def __init__(
        self,
        ways: Mapping[str, Callable[..., Tensor]],
        make_stopwatch: Callable[[], Stopwatch],
        turns: int = 3,
    ) -> None:
        self.ways, self.make_stopwatch, self.turns = dict(ways), make_stopwatch, turns
        self.fastest: str | None = next(iter(ways)) if len(ways) == 1 else None
        self._calls = 0
        self._timed: dict[str, list[Stopwatch]] = {name: [] for name in ways}

    def __call__(self, *args: object) -> Tensor:
        """Return the result of the way whose turn it is, or of the fastest."""
        if self.fastest is None and self._calls == self.turns * len(self.ways):
            self.fastest = min(self.ways, key=self._seconds)
            self._timed.clear()
        if self.fastest is not None:
            return self.ways[self.fastest](*args)
        turn, number = divmod(self._calls, len(self.ways))
        name = list(self.ways)[number]
        self._calls += 1
        if turn == 0:
            return self.ways[name](*args)
        watch = self.make_stopwatch()
        watch.start()
        out = self.ways[name](*args)
        watch.stop()
        self._timed[name].append(watch)
        return out

    def _seconds(self, name: str) -> float:
        return median(watch.seconds() for watch in self._timed[name])
