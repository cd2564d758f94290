"""The run folder: everything that a fit found, in files that anything can open."""

from __future__ import annotations

import csv
import hashlib
import json
import platform
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import NDArray

from graphclust.component import Component
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.loaded import fingerprint
from graphclust.metrics import graph_scores, score, silhouette
from graphclust.training.checkpoint_file import CHECKPOINT_FILE

if TYPE_CHECKING:
    from graphclust.estimators.node_clusterer import NodeClusterer

RUN_FILE = "run.json"
FORMAT = 1
# What a run folder may hold. A folder with anything else in it is never replaced.
ENTRIES = (
    "labels.csv",
    "embedding.npy",
    "membership.npy",
    "metrics.json",
    RUN_FILE,
    "model",
    "report.html",
    CHECKPOINT_FILE,
    CHECKPOINT_FILE + ".part",
)
CHECKED = ("embedding.npy", "membership.npy", "model/model.json", "model/model.safetensors")
_PACKAGES = ("graphclust", "torch", "torch-geometric", "numpy", "scipy", "scikit-learn", "networkx")


def metrics_of(model: NodeClusterer, y: NDArray[Any] | None = None) -> dict[str, Any]:
    """Return what ``metrics.json`` holds; ground truth ``y`` adds ``acc nmi ami ari f1``.

    Nothing here changes the model: labels are read after everything else is done.
    """
    graph: Graph = model.graph_
    labels = model.labels_
    sizes = np.bincount(labels[labels >= 0], minlength=model.n_clusters_)
    out: dict[str, Any] = {
        "method": model.method_.name,
        "seed": model.seed_,
        "n_items": graph.n_nodes,
        "n_edges": graph.n_edges,
        "n_clusters": model.n_clusters_,
        "n_effective_clusters": round(float(model.n_effective_clusters_), 4),
        "cluster_sizes": sizes.tolist(),
        "seconds": round(model.seconds_, 3),
        "peak_memory_mb": round(peak_memory_mb(), 1),
    }
    scores = graph_scores(graph.adj.to_scipy(), labels)
    out.update({key: scores[key] for key in ("modularity", "conductance", "coverage")})
    out["silhouette"] = silhouette(model.embedding_, labels)
    if y is not None:
        truth = score(y, labels)
        out.update({key: truth[key] for key in ("acc", "nmi", "ami", "ari", "f1")})
    return {key: _finite(value) for key, value in out.items()}


def facts_of(model: NodeClusterer, source: str | None = None) -> dict[str, Any]:
    """Return what ``run.json`` holds: every setting, the versions, the data's fingerprint."""
    return {
        "format": FORMAT,
        "source": source or model.graph_.name,
        "method": model.method_.to_config(),
        "family": model.method_.family,
        "n_clusters": _finite(model.n_clusters),
        "seed": model.seed_,
        "device": model.device,
        "ran_on": model.graph_.adj.device.type,
        "threads": _threads(),
        "versions": versions(),
        "data": {
            "fingerprint": fingerprint(model.graph_),
            "n_items": model.graph_.n_nodes,
            "n_edges": model.graph_.n_edges,
            "n_features": model.graph_.n_features,
        },
        "notes": list(model.graph_.notes),
        "warnings": [n for n in model.notes_ if n not in model.graph_.notes],
        "history": {key: [_finite(v) for v in values] for key, values in model.history_.items()},
    }


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


def versions() -> dict[str, str]:
    """Return the versions that an answer may depend on."""
    out = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = "unknown"
    return out


def peak_memory_mb() -> float:
    """Return the greatest resident memory of the process so far, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / 2**20 if sys.platform == "darwin" else peak / 2**10)


def _threads() -> int:
    import torch

    return int(torch.get_num_threads())


def _finite(value: Any) -> Any:
    """Return JSON-able plain numbers; what is not finite becomes null."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


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
