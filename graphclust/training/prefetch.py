"""The next item made while the present one is worked on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

T = TypeVar("T")
_END = object()


def prefetched(items: Iterator[T], device: torch.device) -> Iterator[T]:
    """Yield the items, each made by a second thread while the one before it is worked on.

    What is drawn to make them must be drawn before the first is given, or from a generator that
    nobody else draws from: which thread comes first is not known. On a GPU both threads queue
    their work on the same stream, so that what one makes is there when the other reads it.
    """
    with ThreadPoolExecutor(1, "prefetch", _begin, (device,)) as thread:
        coming = thread.submit(next, items, _END)
        while (item := coming.result()) is not _END:
            coming = thread.submit(next, items, _END)
            yield item  # type: ignore[misc]


def usable_cpus() -> int:
    """Return how many CPUs this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _begin(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.set_device(device)  # each thread has a current one of its own
    # This thread computes by itself. Asked first, torch does not set its own number afterwards.
    torch.get_num_threads()
    threadpool_limits(1, user_api="openmp")
