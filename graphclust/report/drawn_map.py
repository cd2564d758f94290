"""A map of clustered items as a picture of its own: one SVG file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from graphclust.errors import InputError
from graphclust.report.charts import hue, mark, marks
from graphclust.report.markup import Html, element
from graphclust.report.style import COLOURS
from graphclust.whole_files import written_whole

_LINE, _LONGEST_NAME = 22.0, 90


def write_map(
    path: str | Path,
    xy: ArrayLike,
    labels: ArrayLike,
    names: Mapping[int, str] | Sequence[str] = (),
    ids: Sequence[Any] | None = None,
) -> Path:
    """Draw items as marks in their cluster's colour, with the clusters' names below, and return it.

    Parameters
    ----------
    path : path
        The ``.svg`` file to write.
    xy : array-like, shape (n, 2)
        Where the items are: a layout of the graph, or two columns of an embedding.
    labels : array-like of int, shape (n,)
        Clusters; -1 is unassigned and grey.
    names : mapping of int to str, or sequence of str
        What to call a cluster; its number otherwise.
    ids : sequence of length n, optional
        Told when a mark is pointed at; the items' numbers otherwise.

    Raises
    ------
    InputError
        If shapes do not fit, or a place is not finite.

    Notes
    -----
    Both axes have the same scale. Cost O(n), and about 100 bytes an item.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_map(f"{folder}/map.svg", [[0, 0], [1, 1]], [0, 1], names=["cats", "dogs"])
    ...     "cats (1)" in path.read_text(encoding="utf-8")
    True
    """
    places = np.asarray(xy, dtype=np.float64)
    of = np.asarray(labels, dtype=np.int64).ravel()
    if places.ndim != 2 or places.shape[1] != 2 or not len(places):
        raise InputError(f"xy has shape {places.shape}: give two columns and a row for each item")
    if not np.isfinite(places).all():
        raise InputError("xy holds NaN or infinite values: give each item a place")
    for name, held in (("labels", of), ("ids", ids)):
        if held is not None and len(held) != len(places):
            raise InputError(f"{name} has {len(held)} entries for {len(places)} places")
    told = [str(i) for i in (range(len(places)) if ids is None else ids)]
    groups, width, height = marks(places, of, told)
    called = dict(names) if isinstance(names, Mapping) else dict(enumerate(names))
    sizes = {int(c): int(n) for c, n in zip(*np.unique(of, return_counts=True), strict=True)}
    lines = [
        _line(cluster, called.get(cluster), size, height + _LINE * (row + 1))
        for row, (cluster, size) in enumerate(sorted(sizes.items(), key=lambda item: -item[1]))
    ]
    total = height + _LINE * (len(lines) + 1)
    drawing = element(
        "svg",
        element("style", Html(_style())),
        element("rect", width=f"{width:.0f}", height=f"{total:.0f}", fill="#fff"),
        *groups,
        *lines,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {total:.0f}",
        width=f"{width:.0f}",
        height=f"{total:.0f}",
        role="img",
    )
    with written_whole(Path(path)) as file:
        file.write(drawing + "\n")
    return Path(path)


def _line(cluster: int, name: str | None, size: int, y: float) -> Html:
    if name is None:
        name = "unassigned" if cluster < 0 else f"cluster {cluster}"
    short = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"
    return element(
        "g",
        element("path", d=mark(cluster, 20, y - 5, 5), _class=hue(cluster)),
        element("text", f"{short} ({size:,})", x=34, y=f"{y:.0f}"),
    )


def _style() -> str:
    hues = "".join(f".h{i}{{fill:{colour}}}" for i, colour in enumerate(COLOURS))
    return f"{hues}.hn{{fill:#8d95a3}}text{{fill:#1a2230;font:14px sans-serif}}"
