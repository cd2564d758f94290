"""Seconds and memory over sizes, both axes logarithmic, as one SVG; and how steep they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from graphclust.report.markup import Html, element

_COLOURS = ("#4053d3", "#b51d14", "#00b25d", "#ddb310", "#00beff", "#fb49b0")
_WIDTH, _HEIGHT = 380.0, 300.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 12.0, 34.0, 40.0


class Fit(NamedTuple):
    """What a fit took on so many edges, or molecules."""

    size: int
    seconds: float
    megabytes: float


def slope(fits: Sequence[Fit]) -> float | None:
    """Return the slope of log seconds over log size by least squares; none of a single size.

    Examples
    --------
    >>> slope([Fit(10, 1.0, 50.0), Fit(100, 10.0, 60.0), Fit(1000, 100.0, 90.0)])
    1.0
    """
    if len({fit.size for fit in fits}) < 2:
        return None
    x = np.log([fit.size for fit in fits])
    y = np.log([max(fit.seconds, 1e-3) for fit in fits])
    x = x - x.mean()
    return round(float(x @ (y - y.mean()) / (x @ x)), 6)


def drawing(found: Mapping[str, Sequence[Fit]], over: str = "edges") -> str:
    """Return the SVG: seconds at the left, megabytes at the right, a line a method."""
    panels = (
        _panel(found, f"seconds over {over}", lambda fit: fit.seconds, 0.0),
        _panel(found, f"peak MB over {over}", lambda fit: fit.megabytes, _WIDTH),
    )
    legend = [
        element(
            "text", _named(title, fits, over), x=_LEFT, y=_HEIGHT + 18 * (i + 1), fill=_colour(i)
        )
        for i, (title, fits) in enumerate(found.items())
    ]
    height = _HEIGHT + 18 * len(legend) + 12
    return element(
        "svg",
        element("rect", width=2 * _WIDTH, height=height, fill="#ffffff"),
        *panels,
        *legend,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {2 * _WIDTH:.0f} {height:.0f}",
        font_family="sans-serif",
        font_size=12,
        role="img",
        aria_label=f"Seconds and peak memory of fits over {over}",
    )


def _named(title: str, fits: Sequence[Fit], over: str) -> str:
    rate = slope(fits)
    return title if rate is None else f"{title}: seconds grow as {over} to the power of {rate:.2f}"


def _colour(index: int) -> str:
    return _COLOURS[index % len(_COLOURS)]


def _panel(
    found: Mapping[str, Sequence[Fit]], name: str, value: Callable[[Fit], float], left: float
) -> Html:
    """Return one chart, its left edge at ``left``."""
    every = [fit for fits in found.values() for fit in fits]
    low_x, high_x = _decades([fit.size for fit in every])
    low_y, high_y = _decades([value(fit) for fit in every])
    width, height = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM

    def x(size: float) -> float:
        return left + _LEFT + width * (math.log10(size) - low_x) / (high_x - low_x)

    def y(amount: float) -> float:
        return _TOP + height * (high_y - math.log10(max(amount, 1e-3))) / (high_y - low_y)

    parts = [element("text", name, x=left + _LEFT, y=_TOP - 14, font_weight="bold")]
    for power in range(low_x, high_x + 1):
        at = f"{x(10.0**power):.1f}"
        parts += [
            element("line", x1=at, x2=at, y1=_TOP, y2=_TOP + height, stroke="#dddddd"),
            element("text", f"{10.0**power:.0e}", x=at, y=_TOP + height + 16, text_anchor="middle"),
        ]
    for power in range(low_y, high_y + 1):
        at = f"{y(10.0**power):.1f}"
        edge = left + _LEFT
        parts += [
            element("line", x1=edge, x2=edge + width, y1=at, y2=at, stroke="#dddddd"),
            element("text", f"{10.0**power:g}", x=edge - 6, y=at, text_anchor="end"),
        ]
    for index, fits in enumerate(found.values()):
        ordered = sorted(fits)
        places = [(f"{x(fit.size):.1f}", f"{y(value(fit)):.1f}") for fit in ordered]
        line = " ".join(",".join(place) for place in places)
        colour = _colour(index)
        parts.append(element("polyline", points=line, fill="none", stroke=colour, stroke_width=2))
        parts += [element("circle", cx=a, cy=b, r=3.5, fill=colour) for a, b in places]
    return element("g", *parts)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """Return the powers of ten around the values, different ones."""
    logs = [math.log10(max(value, 1e-3)) for value in values] or [0.0]
    low = math.floor(min(logs))
    return low, max(low + 1, math.ceil(max(logs)))
