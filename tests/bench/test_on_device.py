"""Stopwatches and what is measured with them, on the device that is everywhere."""

from __future__ import annotations

import torch

from graphclust.bench.on_device import WallClock, copy_bandwidth, seconds_of, stopwatch


def test_time_passes_on_the_wall() -> None:
    watch = stopwatch(torch.device("cpu"))
    assert isinstance(watch, WallClock)
    watch.start()
    torch.ones(1000).sum()
    watch.stop()
    assert 0 < watch.seconds() < 60


def test_work_is_called_to_warm_up_and_to_be_timed() -> None:
    calls: list[int] = []
    assert seconds_of(lambda: calls.append(1), torch.device("cpu"), repeats=3) >= 0
    assert len(calls) == 5
    assert copy_bandwidth(torch.device("cpu"), 1 << 16) > 0
