"""Time, memory and bandwidth of work on one device."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any, Protocol

import torch


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


def seconds_of(work: Callable[[], Any], device: torch.device, repeats: int = 10) -> float:
    """Return the median time of ``work`` after two calls that warm up."""
    for _ in range(2):
        work()
    watches = [stopwatch(device) for _ in range(repeats)]
    for watch in watches:
        watch.start()
        work()
        watch.stop()
    return median(watch.seconds() for watch in watches)


def peak_bytes_of(work: Callable[[], Any], device: torch.device) -> int | None:
    """Return what ``work`` holds at most beyond what is held before; None off a GPU."""
    work()
    if device.type != "cuda":
        return None
    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    work()
    torch.cuda.synchronize(device)
    return torch.cuda.max_memory_allocated(device) - before


def copy_bandwidth(device: torch.device, size: int) -> float:
    """Return bytes read and written per second by a copy of ``size`` bytes."""
    source = torch.zeros(size, dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    return 2 * size / seconds_of(lambda: target.copy_(source), device, 20)


def describe(device: torch.device) -> str:
    """Return the device's name, and the versions that the figures depend on."""
    name, cuda = "CPU", ""
    if device.type == "cuda":
        name, cuda = torch.cuda.get_device_name(device), f", CUDA {torch.version.cuda}"
    return f"{name}, torch {torch.__version__}{cuda}"
