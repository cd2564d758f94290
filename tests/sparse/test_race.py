"""Which of several ways wins, and that the calls of a race are real ones."""

from __future__ import annotations

import torch

from graphclust.sparse.race import Race, WallClock, stopwatch


class Clock:
    """A stopwatch that reads what it is told, one number a time."""

    readings: list[float] = []

    def start(self) -> None:
        self.reading = self.readings.pop(0)

    def stop(self) -> None:
        pass

    def seconds(self) -> float:
        return self.reading


def test_every_call_does_the_work_and_the_least_median_wins() -> None:
    calls: list[str] = []

    def way(name: str):
        return lambda x: calls.append(name) or x + 1

    # Three timed turns of each: a stray slow one does not decide.
    Clock.readings = [1.0, 2.0, 9.0, 2.0, 1.0, 2.0]
    race = Race({"a": way("a"), "b": way("b")}, Clock, turns=4)
    results = [race(torch.tensor(i)) for i in range(12)]
    assert [int(r) for r in results] == list(range(1, 13))
    assert calls == ["a", "b"] * 4 + ["a"] * 4
    assert race.fastest == "a"


def test_a_single_way_is_not_timed() -> None:
    race = Race({"only": lambda x: x}, Clock)
    assert race.fastest == "only"
    assert race(torch.tensor(3)) == 3


def test_time_passes_on_the_wall() -> None:
    watch = stopwatch(torch.device("cpu"))
    assert isinstance(watch, WallClock)
    watch.start()
    torch.ones(1000).sum()
    watch.stop()
    assert 0 < watch.seconds() < 60
