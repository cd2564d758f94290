"""What a run folder holds, read and checked."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError


@dataclass(frozen=True)
class RunFiles:
    """The files of one run.

    Attributes
    ----------
    ids : list of str
        The items, in the order of ``labels.csv``.
    labels : ndarray of int64, shape (n,)
        Cluster of each item; -1 is unassigned.
    confidence : ndarray of float64, shape (n,)
        Membership of each item in its own cluster.
    n_clusters : int
        Columns of the membership, or the highest label plus one where that is more.
    metrics, run : dict
        ``metrics.json`` and ``run.json``.
    embedding : ndarray of float, shape (n, d), or None
        None where the folder has none.
    words : dict of int to list of str
        Of texts, the words that tell each cluster from the others (``words.json``).
    texts : dict of int to list of (str, str)
        How the texts that stand for each cluster begin, each after its id.
    """

    ids: list[str]
    labels: NDArray[np.int64]
    confidence: NDArray[np.float64]
    n_clusters: int
    metrics: dict[str, Any] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)
    embedding: NDArray[Any] | None = None
    words: dict[int, list[str]] = field(default_factory=dict)
    texts: dict[int, list[tuple[str, str]]] = field(default_factory=dict)


def read_run(folder: Path) -> RunFiles:
    """Read a run folder.

    Raises
    ------
    InputError
        If it is not one, or a file of it cannot be read or does not fit the others.
    """
    if not (folder / "run.json").is_file():
        raise InputError(
            f"{folder} is not a run folder (it has no run.json): "
            "give a folder that `graphclust fit --out` or save() wrote"
        )
    ids, labels, confidence = _labels(folder / "labels.csv")
    embedding = _matrix(folder / "embedding.npy", len(ids))
    membership = _matrix(folder / "membership.npy", len(ids))
    words, texts = _words(folder / "words.json")
    width = 0 if membership is None else membership.shape[1]
    return RunFiles(
        ids=ids,
        labels=labels,
        confidence=confidence,
        n_clusters=max(width, int(labels.max(initial=-1)) + 1),
        metrics=read_json(folder / "metrics.json"),
        run=read_json(folder / "run.json"),
        embedding=embedding,
        words=words,
        texts=texts,
    )


def _words(path: Path) -> tuple[dict[int, list[str]], dict[int, list[tuple[str, str]]]]:
    if not path.is_file():
        return {}, {}
    words, texts = {}, {}
    try:
        for told in read_json(path)["clusters"]:
            words[int(told["cluster"])] = [*map(str, told["words"])]
            texts[int(told["cluster"])] = [(str(t["id"]), str(t["text"])) for t in told["texts"]]
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path} is damaged ({error!r}): fit again to write it anew") from error
    return words, texts


def read_json(path: Path) -> dict[str, Any]:
    """Return the object of a JSON file.

    Raises
    ------
    InputError
        If it cannot be read, or holds something else.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}): fit again to write it anew") from error
    if not isinstance(value, dict):
        raise InputError(f"{path} holds a {type(value).__name__}: it must be a JSON object")
    return value


def _labels(path: Path) -> tuple[list[str], NDArray[np.int64], NDArray[np.float64]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows = [(r["id"], int(r["label"]), float(r["confidence"] or "nan")) for r in reader]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise InputError(
            f"{path} cannot be read ({error!r}): it needs the columns id,label,confidence"
        ) from error
    if not rows:
        raise InputError(f"{path} holds no item: there is nothing to report")
    ids, labels, confidence = zip(*rows, strict=True)
    return list(ids), np.array(labels, dtype=np.int64), np.array(confidence, dtype=np.float64)


def _matrix(path: Path, n: int) -> NDArray[Any] | None:
    if not path.is_file():
        return None
    try:
        matrix = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} cannot be read ({error}): fit again to write it anew") from error
    if matrix.ndim != 2 or matrix.shape[0] != n:
        raise InputError(
            f"{path} has shape {matrix.shape} and labels.csv {n} items: "
            "the files are not of the same run"
        )
    return np.asarray(matrix)
