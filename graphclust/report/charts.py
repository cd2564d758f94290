"""Charts as inline SVG: curves of the losses, and the map of the items."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graphclust.report.markup import Html, element, join
from graphclust.report.projection import Projection
from graphclust.report.style import COLOURS

_MOST_VERTICES = 400


def number(value: float | None, digits: int = 3) -> str:
    """Return a figure as people write it; a dash for what is missing."""
    if value is None or not math.isfinite(value):
        return "\N{EN DASH}"
    if value != 0 and (abs(value) >= 1e5 or abs(value) < 10.0**-digits):
        return f"{value:.2e}".replace("-", "\N{MINUS SIGN}")
    if float(value).is_integer() and abs(value) >= 100:
        return f"{int(value):,}"
    text = f"{value:,.{digits}f}" if abs(value) < 100 else f"{value:,.1f}"
    return text.replace("-", "\N{MINUS SIGN}")


# -- clusters --------------------------------------------------------------------------------


def hue(cluster: int) -> str:
    """Return the class that colours a cluster; the unassigned are grey."""
    return "hn" if cluster < 0 else f"h{cluster % len(COLOURS)}"


def mark(cluster: int, x: float, y: float, r: float) -> str:
    """Return a cluster's mark as a path: colours repeat after eight, shapes only after 32."""
    if cluster < 0:
        a = r * 0.8
        return f"M{x - a:.1f} {y - 0.6:.1f}h{2 * a:.1f}v1.2h{-2 * a:.1f}z"
    shape = cluster // len(COLOURS) % 4
    if shape == 0:
        return f"M{x - r:.1f} {y:.1f}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z"
    if shape == 1:
        a = r * 1.25
        return f"M{x:.1f} {y - a:.1f}l{a:.1f} {1.8 * a:.1f}h{-2 * a:.1f}z"
    if shape == 2:
        a = r * 0.9
        return f"M{x - a:.1f} {y - a:.1f}h{2 * a:.1f}v{2 * a:.1f}h{-2 * a:.1f}z"
    a = r * 1.3
    return f"M{x:.1f} {y - a:.1f}l{a:.1f} {a:.1f}l{-a:.1f} {a:.1f}l{-a:.1f} {-a:.1f}z"


def swatch(cluster: int) -> Html:
    """Return a cluster's mark, to stand beside its name."""
    drawing = element(
        "svg", element("path", d=mark(cluster, 7, 7, 5)), viewBox="0 0 14 14", aria_hidden="true"
    )
    return element("span", drawing, _class=f"swatch {hue(cluster)}")


def scatter(projection: Projection, labels: NDArray[np.int64], ids: Sequence[str]) -> Html:
    """Return the map: one mark an item, its id on hover, both axes to the same scale."""
    groups, width, height = marks(projection.xy, labels, ids)
    return element(
        "svg",
        *groups,
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        role="img",
        aria_label="Map of the items, coloured by cluster",
    )


def marks(
    xy: NDArray[np.float64], labels: NDArray[np.int64], ids: Sequence[str]
) -> tuple[list[Html], float, float]:
    """Return a group of marks a cluster, and the width and height that they take."""
    low, spread = xy.min(axis=0), np.ptp(xy, axis=0)
    width, edge = 720.0, 12.0
    scale = (width - 2 * edge) / max(float(spread[0]), 1e-12)
    height = float(spread[1]) * scale + 2 * edge
    if height > 0.85 * width:
        scale *= (0.85 * width - 2 * edge) / (height - 2 * edge)
        height = 0.85 * width
    height = max(height, 0.3 * width)
    # Centred, and upside down: SVG counts downwards.
    middle = low + spread / 2
    px = width / 2 + (xy[:, 0] - middle[0]) * scale
    py = height / 2 - (xy[:, 1] - middle[1]) * scale
    radius = 2.6 if xy.shape[0] > 800 else 3.6 if xy.shape[0] > 150 else 5.0
    groups = []
    for cluster in np.unique(labels).tolist():
        drawn = (
            element(
                "path",
                element("title", _short(ids[i], 80)),
                d=mark(cluster, float(px[i]), float(py[i]), radius),
            )
            for i in np.flatnonzero(labels == cluster).tolist()
        )
        groups.append(element("g", *drawn, _class=f"{hue(cluster)} g{cluster}"))
    return groups, width, height


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


# -- curves ----------------------------------------------------------------------------------


def curve(values: Sequence[float | None], label: str) -> Html:
    """Return one loss term over the epochs, with its range at the left and its end at the right."""
    y = np.array([np.nan if v is None else float(v) for v in values])
    finite = np.isfinite(y)
    left, right, top, bottom, width, height = 50.0, 6.0, 8.0, 20.0, 250.0, 130.0
    frame: list[Html] = [
        element("line", x1=left, x2=width - right, y1=v, y2=v, _class="rule")
        for v in (top, height - bottom)
    ]
    if finite.any():
        low, high = float(y[finite].min()), float(y[finite].max())
        span = high - low or 1.0
        x = left + (width - left - right) * np.arange(y.size) / max(y.size - 1, 1)
        v = height - bottom - (height - top - bottom) * (y - low) / span
        if high == low:
            v = np.full(y.size, (top + height - bottom) / 2)
        frame += _lines(x, v, finite)
        frame += [
            _text(left - 6, top + 4, _brief(high), "end"),
            _text(left - 6, height - bottom, _brief(low) if high != low else "", "end"),
        ]
    frame += [
        _text(left, height - 6, "epoch 1", "start"),
        _text(width - right, height - 6, f"{y.size:,}", "end"),
    ]
    return element(
        "svg", *frame, viewBox=f"0 0 {width:.0f} {height:.0f}", role="img", aria_label=label
    )


def _lines(x: NDArray[np.float64], y: NDArray[np.float64], finite: NDArray[np.bool_]) -> list[Html]:
    """Return the runs between gaps, thinned to what a screen can show."""
    out = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]]).astype(np.int8)))
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if end - start == 1:
            out.append(
                element("circle", cx=f"{x[start]:.1f}", cy=f"{y[start]:.1f}", r=2.6, _class="dot")
            )
            continue
        step = math.ceil((end - start) / _MOST_VERTICES)
        chosen = sorted({*range(start, end, step), end - 1})
        points = " ".join(f"{x[i]:.1f},{y[i]:.1f}" for i in chosen)
        out.append(element("polyline", points=points, _class="line"))
    return out


def histogram(values: NDArray[np.float64], label: str, bins: int = 20) -> Html:
    """Return how values in [0, 1] are spread."""
    counts = np.histogram(np.clip(values, 0.0, 1.0), bins=bins, range=(0.0, 1.0))[0]
    width, height, bottom = 350.0, 130.0, 20.0
    step = width / bins
    tall = (height - bottom - 2) * counts / max(int(counts.max()), 1)
    rects = [
        element(
            "rect",
            x=f"{i * step + 0.75:.2f}",
            y=f"{height - bottom - t:.2f}",
            width=f"{step - 1.5:.2f}",
            height=f"{t:.2f}",
            rx=1,
            _class="dot",
        )
        for i, t in enumerate(tall.tolist())
        if t > 0
    ]
    rule = element("line", x1=0, x2=width, y1=height - bottom, y2=height - bottom, _class="rule")
    ticks = [
        _text(0, height - 6, "0", "start"),
        _text(width / 2, height - 6, "0.5", "middle"),
        _text(width, height - 6, "1", "end"),
    ]
    return element(
        "svg",
        *rects,
        rule,
        *ticks,
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        role="img",
        aria_label=label,
    )


def _brief(value: float) -> str:
    text = f"{value:.3g}"
    return (f"{value:.1g}" if "e" in text else text).replace("-", "\N{MINUS SIGN}")


def _text(x: float, y: float, text: str, anchor: str) -> Html:
    return join(element("text", text, x=f"{x:.0f}", y=f"{y:.0f}", text_anchor=anchor))
