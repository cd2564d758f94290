"""What is known of a fit: its scores, and everything that its answer depends on."""

from __future__ import annotations

import platform
import resource
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphclust.estimators.on_disk import row_blocks
from graphclust.graphs import Graph
from graphclust.graphs.loaded import fingerprint
from graphclust.metrics import cluster_conductance, graph_scores, score, silhouette

if TYPE_CHECKING:
    from graphclust.estimators.node_clusterer import NodeClusterer

FORMAT = 1
_PACKAGES = ("graphclust", "torch", "torch-geometric", "numpy", "scipy", "scikit-learn", "networkx")


def metrics_of(model: NodeClusterer, y: NDArray[Any] | None = None) -> dict[str, Any]:
    """Return what ``metrics.json`` holds; ground truth ``y`` adds ``acc nmi ami ari f1``.

    Nothing here changes the model: labels are read after everything else is done.
    """
    graph: Graph = model.graph_
    labels = model.labels_
    sizes = np.bincount(labels[labels >= 0], minlength=model.n_clusters_)
    out: dict[str, Any] = {
        "method": model.method_.shown_name,
        "seed": model.seed_,
        "n_items": graph.n_nodes,
        "n_edges": graph.n_edges,
        "n_clusters": model.n_clusters_,
        "n_effective_clusters": round(float(model.n_effective_clusters_), 4),
        "cluster_sizes": sizes.tolist(),
        "seconds": round(model.seconds_, 3),
        "peak_memory_mb": round(peak_memory_mb(), 1),
    }
    scores = graph_scores(row_blocks(graph.adj), labels)
    out.update({key: scores[key] for key in ("modularity", "conductance", "coverage")})
    out["silhouette"] = silhouette(model.embedding_, labels)
    if y is not None:
        truth = score(y, labels)
        out.update({key: truth[key] for key in ("acc", "nmi", "ami", "ari", "f1")})
    return {key: _finite(value) for key, value in out.items()}


def facts_of(model: NodeClusterer, source: str | None = None) -> dict[str, Any]:
    """Return what ``run.json`` holds: every setting, the versions, the data's fingerprint.

    Seed, device and threads are those that the fit had, not those that were asked for.
    """
    return {
        "format": FORMAT,
        "source": source or model.graph_.name,
        "method": model.method_.to_config(),
        "family": model.method_.family,
        "n_clusters": _finite(model.n_clusters),
        "seed": model.seed_,
        "device": model.graph_.adj.device.type,
        "threads": model.threads_,
        "ranks": 1 if model.graph_.ranks is None else model.graph_.ranks.size,
        "versions": versions(),
        "data": {
            "fingerprint": fingerprint(model.graph_),
            "n_items": model.graph_.n_nodes,
            "n_edges": model.graph_.n_edges,
            "n_features": model.graph_.n_features,
        },
        "cluster_conductance": _conductance_by_cluster(model),
        "notes": list(model.graph_.notes),
        "warnings": [n for n in model.notes_ if n not in model.graph_.notes],
        "history": {key: [_finite(v) for v in values] for key, values in model.history_.items()},
    }


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
    status = Path("/proc/self/status")
    if status.is_file():
        # What getrusage tells on Linux begins with the peak of the process that started this one.
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / 2**20 if sys.platform == "darwin" else peak / 2**10)


def _conductance_by_cluster(model: NodeClusterer) -> list[float | None]:
    """Return the conductance of cluster 0, 1, ...; ``None`` for one without members."""
    labels = model.labels_
    out: list[float | None] = [None] * model.n_clusters_
    values = cluster_conductance(row_blocks(model.graph_.adj), labels)
    for cluster, value in zip(np.unique(labels[labels >= 0]).tolist(), values, strict=True):
        out[cluster] = round(float(value), 6)
    return out


def _finite(value: Any) -> Any:
    """Return JSON-able plain numbers; what is not finite becomes null."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, dict):
        return {key: _finite(v) for key, v in value.items()}
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
