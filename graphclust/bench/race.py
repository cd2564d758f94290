"""Contenders against one another: interleaved in one process, their answers compared first."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

import torch
from torch import Tensor

Contender = Callable[[], Sequence[Tensor]]
WARM_UPS = 2


def race(
    contenders: Mapping[str, Callable[[], object]],
    repetitions: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, list[float]]:
    """Return the seconds of every repetition of each contender.

    They take turns, so that what else runs on the machine meets all alike, after two warm-ups.
    ``time.process_time`` as the clock leaves out the time in which others had the processor.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(WARM_UPS + repetitions):
        for name, run in contenders.items():
            start = clock()
            run()
            taken = clock() - start
            if turn >= WARM_UPS:
                seconds[name].append(taken)
    return seconds


def agree(contenders: Mapping[str, Contender], tolerance: float = 1e-5) -> None:
    r"""Compare the answers of all contenders with those of the first.

    Raises
    ------
    ArithmeticError
        If :math:`\lVert a - b \rVert > \text{tolerance} \lVert b \rVert` for any of them.
    """
    names = list(contenders)
    expected = [tensor.detach().double() for tensor in contenders[names[0]]()]
    for name in names[1:]:
        for number, (a, b) in enumerate(zip(contenders[name](), expected, strict=True)):
            error = float((a.detach().double() - b).norm() / b.norm().clamp(min=1e-30))
            if not error <= tolerance:
                raise ArithmeticError(
                    f"{name} and {names[0]} differ in result {number} by {error:.1e}"
                )


def spread(seconds: Sequence[float]) -> str:
    """Return the median in milliseconds with (least to greatest)."""
    low, middle, high = (1e3 * f(seconds) for f in (min, median, max))
    digits = 1 if middle < 100 else 0
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def copy_contender(megabytes: int = 256) -> tuple[Callable[[], object], int]:
    """Return a copy between two arrays larger than any cache, and the bytes that it moves."""
    source = torch.ones(megabytes << 18)
    target = torch.zeros_like(source)
    return lambda: target.copy_(source), 2 * source.numel() * source.element_size()
