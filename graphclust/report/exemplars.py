"""The pictures that stand for each cluster, kept in the run folder: ``thumbnails.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.report.run_files import RunFiles, read_json, read_run
from graphclust.report.sureness import by_sureness
from graphclust.whole_files import written_whole

THUMBNAILS_FILE = "thumbnails.json"
# Of each cluster so many at most, fewer where there are many clusters; one in four is among those
# that the cluster is least sure of.
_MOST_EACH, _MOST, _MOST_CLUSTERS, _UNSURE = 12, 480, 60, 4
# Characters of all pictures together. Clusters beyond it are left out, and counted.
_BUDGET = 2_000_000
_URI = re.compile(r"data:image/(?:jpeg|png);base64,[A-Za-z0-9+/]+={0,2}")

Look = Callable[[Sequence[int]], Iterable[Any]]


@dataclass(frozen=True)
class Picture:
    """An item's id and a small picture of it, as a data URI, with its size in pixels."""

    id: str
    image: str
    width: int
    height: int


@dataclass(frozen=True)
class Exemplars:
    """What ``thumbnails.json`` holds.

    Attributes
    ----------
    clusters : list of (int, list of Picture, list of Picture)
        The cluster, its surest items, and of large clusters the least sure ones; largest first.
    left_out : int
        How many clusters are not shown.
    missing : list of (str, str)
        Items of which there is no picture, and why.
    """

    clusters: list[tuple[int, list[Picture], list[Picture]]] = field(default_factory=list)
    left_out: int = 0
    missing: list[tuple[str, str]] = field(default_factory=list)

    @property
    def characters(self) -> int:
        """How much of a page the pictures take."""
        return sum(len(p.image) for _, *both in self.clusters for part in both for p in part)


def keep_pictures(run_dir: Path, look: Look) -> None:
    """Write ``thumbnails.json`` into a run folder: small pictures of a few items a cluster.

    Parameters
    ----------
    run_dir : Path
    look : callable
        From the numbers of items, in the order of ``labels.csv``, to a thumbnail of each
        (:class:`graphclust.adapters.thumbnails.Thumbnail`).

    Notes
    -----
    At most 12 items of a cluster, 480 in all and 2 MB are kept. They stay with the run: a report
    needs nothing of where the pictures were. Items that cannot be read are listed with the reason.
    """
    files = read_run(run_dir)
    found = Exemplars()
    members = sorted((m for m in by_sureness(files) if m.size), key=lambda m: -m.size)
    each = max(_MOST // max(min(len(members), _MOST_CLUSTERS), 1), 1)
    used = 0
    for rows in members[:_MOST_CLUSTERS]:
        chosen, n_surest = _chosen(rows, min(each, _MOST_EACH))
        shown = list(_looked_at(files, look, chosen, found.missing))
        used += sum(len(picture.image) for _, picture in shown)
        if used > _BUDGET:
            break
        first = [picture for place, picture in shown if place < n_surest]
        last = [picture for place, picture in shown if place >= n_surest]
        found.clusters.append((int(files.labels[rows[0]]), first, last))
    written = {
        "clusters": [
            {"cluster": c, "surest": [*map(vars, first)], "least_sure": [*map(vars, last)]}
            for c, first, last in found.clusters
        ],
        "clusters_left_out": len(members) - len(found.clusters),
        "missing": [{"id": name, "reason": reason} for name, reason in found.missing],
    }
    with written_whole(run_dir / THUMBNAILS_FILE) as file:
        json.dump(written, file, indent=1, ensure_ascii=False)


def read_exemplars(run_dir: Path) -> Exemplars | None:
    """Return the pictures of a run folder, None where it keeps none.

    Raises
    ------
    InputError
        If the file is damaged, or holds something other than pictures.
    """
    path = run_dir / THUMBNAILS_FILE
    if not path.is_file():
        return None
    held = read_json(path)
    try:
        return Exemplars(
            [
                (int(c["cluster"]), _pictures(c["surest"]), _pictures(c["least_sure"]))
                for c in held["clusters"]
            ],
            int(held["clusters_left_out"]),
            [(str(m["id"]), str(m["reason"])) for m in held["missing"]],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged ({error!r}): fit again to write it anew") from error


def _chosen(rows: NDArray[np.int64], most: int) -> tuple[list[int], int]:
    """Return which of a cluster's items to show, and how many of them are surest ones."""
    if rows.size <= most:
        return rows.tolist(), rows.size
    n_last = most // _UNSURE
    return [*rows[: most - n_last].tolist(), *rows[rows.size - n_last :].tolist()], most - n_last


def _looked_at(
    files: RunFiles, look: Look, rows: list[int], missing: list[tuple[str, str]]
) -> Iterator[tuple[int, Picture]]:
    for place, (row, thumbnail) in enumerate(zip(rows, look(rows), strict=True)):
        if thumbnail.image:
            picture = Picture(files.ids[row], thumbnail.image, thumbnail.width, thumbnail.height)
            yield place, picture
        else:
            missing.append((files.ids[row], thumbnail.reason))


def _pictures(held: list[dict[str, Any]]) -> list[Picture]:
    found = [Picture(str(p["id"]), p["image"], int(p["width"]), int(p["height"])) for p in held]
    for picture in found:
        # What a page embeds is a picture, and nothing else that a URI can be.
        if not _URI.fullmatch(picture.image):
            raise ValueError(f"the image of {picture.id!r} is no data URI of a JPEG or PNG")
    return found
