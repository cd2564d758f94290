"""The run folder: everything that a fit found, in files that anything can open."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import NDArray

from graphclust.component import Component
from graphclust.errors import InputError
from graphclust.training.checkpoint_file import CHECKPOINT_FILE

if TYPE_CHECKING:
    from graphclust.estimators.node_clusterer import NodeClusterer

RUN_FILE = "run.json"
# What a run folder may hold. A folder with anything else in it is never replaced.
ENTRIES = (
    "labels.csv",
    "embedding.npy",
    "membership.npy",
    "metrics.json",
    RUN_FILE,
    "model",
    "report.html",
    "report.html.part",
    CHECKPOINT_FILE,
    CHECKPOINT_FILE + ".part",
)
CHECKED = ("embedding.npy", "membership.npy", "model/model.json", "model/model.safetensors")


def write_run(
    model: NodeClusterer,
    path: Path,
    metrics: dict[str, Any],
    facts: dict[str, Any],
    write_model: Callable[[Path], None],
) -> Path:
    """Write the folder whole or not at all; an earlier run there is replaced.

    Raises
    ------
    InputError
        If ``path`` is a file, or a folder that is not a run and not empty.
    """
    target, path = path, path.resolve()
    check_target(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        _write_labels(model, partial / "labels.csv")
        np.save(partial / "embedding.npy", model.embedding_, allow_pickle=False)
        np.save(partial / "membership.npy", model.membership_, allow_pickle=False)
        _write_json(metrics, partial / "metrics.json")
        write_model(partial / "model")
        _write_json({**facts, "sha256": digests(partial)}, partial / RUN_FILE)
        partial.chmod(0o755)
        _swap(partial, path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return target


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
    chosen = np.take_along_axis(membership, np.maximum(labels, 0)[:, None], axis=1).ravel()
    confidence = np.where(labels >= 0, chosen, 0.0)
    for node, label, c in zip(ids, labels.tolist(), confidence.tolist(), strict=True):
        yield (node, label, f"{c:.4f}")


def write_rows(file: TextIO, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write rows as csv, lines ended as other text files' are."""
    csv.writer(file, lineterminator="\n").writerows(rows)


def _write_labels(model: NodeClusterer, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        write_rows(file, label_rows(model.node_ids_, model.labels_, model.membership_))


def _write_json(value: Any, path: Path) -> None:
    path.write_text(
        json.dumps(value, indent=2, default=Component.__repr__) + "\n", encoding="utf-8"
    )


def _swap(partial: Path, path: Path) -> None:
    if not path.exists():
        partial.rename(path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent))
    path.rename(old / "run")
    try:
        partial.rename(path)
    except BaseException:
        (old / "run").rename(path)
        old.rmdir()
        raise
    shutil.rmtree(old, ignore_errors=True)


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the files of a run that a later program reads numbers from."""
    return {name: digest(folder / name) for name in CHECKED}


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
