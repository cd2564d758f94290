"""The run folder: everything that a fit found, in files that anything can open."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import NDArray

from graphclust.component import Component
from graphclust.errors import InputError, MissingDependencyError
from graphclust.training.checkpoint_file import CHECKPOINT_FILE
from graphclust.whole_files import folder_written_whole

if TYPE_CHECKING:
    from graphclust.estimators.base import Clusterer

RUN_FILE = "run.json"
_ROWS = 1 << 16  # labels are written so many at a time, whatever the graph's size
# What a run folder may hold. A folder with anything else in it is never replaced.
ENTRIES = (
    "labels.csv",
    "labels.parquet",
    "embedding.npy",
    "membership.npy",
    "metrics.json",
    RUN_FILE,
    "model",
    "skipped.json",
    "skipped.json.part",
    "words.json",
    "words.json.part",
    "thumbnails.json",
    "thumbnails.json.part",
    "report.html",
    "report.html.part",
    "explanation",
    CHECKPOINT_FILE,
    CHECKPOINT_FILE + ".part",
)
CHECKED = ("embedding.npy", "membership.npy", "model/model.json", "model/model.safetensors")


def write_run(
    model: Clusterer,
    path: Path,
    metrics: dict[str, Any],
    facts: dict[str, Any],
    write_model: Callable[[Path], None],
    labels_format: str = "csv",
) -> Path:
    """Write the folder whole or not at all; an earlier run there is replaced.

    ``labels_format="parquet"`` adds ``labels.parquet`` to ``labels.csv``.

    Raises
    ------
    InputError
        If ``path`` is a file, or a folder that is not a run and not empty.
    """
    check_target(path)
    with folder_written_whole(path) as partial:
        _write_labels(model, partial / "labels.csv")
        if labels_format == "parquet":
            parts = (model.item_ids_, model.labels_, model.membership_)
            write_label_parquet(partial / "labels.parquet", *parts)
        np.save(partial / "embedding.npy", model.embedding_, allow_pickle=False)
        np.save(partial / "membership.npy", model.membership_, allow_pickle=False)
        _write_json(metrics, partial / "metrics.json")
        write_model(partial / "model")
        _write_json({**facts, "sha256": digests(partial)}, partial / RUN_FILE)
    return path


def check_target(path: Path) -> None:
    """Refuse to write over anything that is not an earlier run or an empty folder.

    Raises
    ------
    InputError
        Naming what is in the way.
    """
    if path.is_file():
        raise InputError(f"{path} is a file: give a folder for the run")
    above = next(p for p in path.absolute().parents if p.exists())
    if not above.is_dir():
        raise InputError(f"{path} cannot be made, since {above} is a file: give another folder")
    if not path.is_dir():
        return
    others = sorted(entry.name for entry in path.iterdir() if entry.name not in ENTRIES)
    if others and (path / RUN_FILE).exists():
        raise InputError(
            f"{path} is a run folder that also holds {others[0]!r}, which would be lost: move it, "
            "or give another folder"
        )
    if others:
        raise InputError(
            f"{path} is not empty and not a run folder (it holds {others[0]!r}): give another "
            "folder"
        )


def label_rows(
    ids: Sequence[Any], labels: NDArray[np.int64], membership: NDArray[np.float32]
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of ``labels.csv``; confidence is the membership in the own cluster."""
    yield ("id", "label", "confidence")
    for start in range(0, len(labels), _ROWS):
        part = slice(start, start + _ROWS)
        confidence = confidence_of(labels[part], membership[part])
        rows = zip(ids[part], labels[part].tolist(), confidence.tolist(), strict=True)
        yield from ((node, label, f"{c:.4f}") for node, label, c in rows)


def confidence_of(
    labels: NDArray[np.int64], membership: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the membership of each row in its own cluster, 0 where it has none."""
    chosen = np.take_along_axis(membership, np.maximum(labels, 0)[:, None], axis=1).ravel()
    return np.where(labels >= 0, chosen, np.float32(0.0))


def check_labels_format(labels_format: str) -> None:
    """Refuse parquet, before a fit, where nothing can write it.

    Raises
    ------
    MissingDependencyError
        Without pyarrow.
    """
    if labels_format == "parquet" and find_spec("pyarrow") is None:
        raise MissingDependencyError("pyarrow", "parquet", "writing parquet")


def write_label_parquet(
    path: Path,
    ids: Sequence[Any],
    labels: NDArray[np.int64],
    membership: NDArray[np.float32],
) -> None:
    """Write ``id, label, confidence`` as parquet; ids as int64 where all are whole numbers."""
    import pyarrow
    import pyarrow.parquet

    numbers = isinstance(ids, range) or all(isinstance(i, (int, np.integer)) for i in ids)
    kind = pyarrow.int64() if numbers else pyarrow.string()
    fields = {"id": kind, "label": pyarrow.int64(), "confidence": pyarrow.float32()}
    with pyarrow.parquet.ParquetWriter(path, pyarrow.schema(fields.items())) as file:
        for start in range(0, len(labels), _ROWS):
            part = slice(start, start + _ROWS)
            names = list(ids[part]) if numbers else [str(i) for i in ids[part]]
            confidence = confidence_of(labels[part], membership[part])
            columns = (names, labels[part], confidence)
            arrays = [pyarrow.array(c, t) for c, t in zip(columns, fields.values(), strict=True)]
            file.write_table(pyarrow.table(dict(zip(fields, arrays, strict=True))))


def write_rows(file: TextIO, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows as csv, lines ended as other text files' are."""
    csv.writer(file, lineterminator="\n").writerows(rows)


def _write_labels(model: Clusterer, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        write_rows(file, label_rows(model.item_ids_, model.labels_, model.membership_))


def _write_json(value: Any, path: Path) -> None:
    path.write_text(
        json.dumps(value, indent=2, default=Component.__repr__) + "\n", encoding="utf-8"
    )


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the files of a run that a later program reads numbers from."""
    return {name: digest(folder / name) for name in CHECKED}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
