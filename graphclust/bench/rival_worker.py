"""``python -P rival_worker.py WHOSE TASK ANSWER``: one whole fit, ours or PyAGC's, by itself.

It is run as a file, by the interpreter of either environment, so that it can import nothing of
the other's. The task names a folder with ``rowptr.npy``, ``col.npy`` and ``features.npy`` (no
classes are in it) and the settings; the answer holds the labels found, the seconds of the fit and
the memory that came on top at its peak, how much of that was no page of a library's file, and the
process's peak. Reading data and importing packages are no part of the fit; what a package imports
only when it fits is.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")
FORGET_PEAK = Path("/proc/self/clear_refs")


def ours(task: dict[str, Any]) -> Callable[[], list[int]]:
    """Return graphclust's fit, its data read."""
    import graphclust.bench.rivals  # noqa: F401  (the form of NS4GC that is compared)
    from graphclust.bench.job import stored
    from graphclust.component import from_config
    from graphclust.estimators import NodeClusterer

    graph = stored(Path(task["folder"]), "graph")
    method = from_config(task["ours"])

    def fit() -> list[int]:
        model = NodeClusterer(task["k"], method, device="cpu", random_state=task["seed"])
        labels: list[int] = model.fit(graph).labels_.tolist()
        return labels

    return fit


def theirs(task: dict[str, Any]) -> Callable[[], list[int]]:
    """Return PyAGC's fit in full batches, its data read and scaled as its own loader does."""
    import numpy as np
    import torch
    from pyagc.clusters import KMeansClusterHead
    from pyagc.encoders import create_tuned_gnn
    from pyagc.models import NS4GC, DMoN
    from pyagc.transforms import GSSLTransform
    from pyagc.utils import set_seed
    from torch_geometric.data import Data
    from torch_geometric.transforms import NormalizeFeatures

    folder, told = Path(task["folder"]), task["theirs"]
    rowptr, col = np.load(folder / "rowptr.npy"), np.load(folder / "col.npy")
    row = np.repeat(np.arange(len(rowptr) - 1), np.diff(rowptr))
    edges = torch.from_numpy(np.stack([row, col]).astype(np.int64))
    x = torch.from_numpy(np.load(folder / "features.npy"))
    data = NormalizeFeatures()(Data(x=x, edge_index=edges))
    width = int(x.shape[1])
    del rowptr, row, col, edges, x

    def fit() -> list[int]:
        set_seed(task["seed"])
        encoder = create_tuned_gnn("gcn", in_channels=width, cached=True, **told["encoder"])
        if told["method"] == "dmon":
            model = DMoN(encoder, told["encoder"]["hidden_channels"], task["k"], **told["model"])
        else:
            views = [GSSLTransform(**told["view"]) for _ in range(2)]
            model = NS4GC(encoder, *views, **told["model"])
        optimizer = torch.optim.Adam(model.parameters(), **told["descent"])
        for epoch in range(task["epochs"]):
            model.train_full(data, optimizer, epoch, verbose=False)
        model.eval()
        answer = model.infer_full(data)
        if told["method"] != "dmon":
            rows = torch.nn.functional.normalize(answer, dim=1)
            answer = KMeansClusterHead(task["k"], random_state=task["seed"]).fit_predict(rows)
        labels: list[int] = answer.tolist()
        return labels

    return fit


def kilobytes(name: str) -> int:
    """Return a field of the kernel's account of this process."""
    for line in STATUS.read_text(encoding="utf-8").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise KeyError(name)


def measured(fit: Callable[[], list[int]]) -> dict[str, Any]:
    """Return labels, seconds and megabytes of a fit."""
    earlier, before, files = kilobytes("VmHWM"), kilobytes("VmRSS"), kilobytes("RssFile")
    FORGET_PEAK.write_text("5", encoding="utf-8")
    start, cpu = time.perf_counter(), time.process_time()
    labels = fit()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    peak = kilobytes("VmHWM")
    return {
        "labels": labels,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "fit_mb": (peak - before) / 1024,
        # Code of the libraries that was first met while fitting counts as memory, too.
        "held_mb": (peak - before - (kilobytes("RssFile") - files)) / 1024,
        "peak_mb": max(earlier, peak) / 1024,
    }


def main(whose: str, task: str, answer: str) -> None:
    """Do the task of one JSON file and write its answer into another."""
    prepare = ours if whose == "graphclust" else theirs
    found = measured(prepare(json.loads(Path(task).read_text(encoding="utf-8"))))
    Path(answer).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
