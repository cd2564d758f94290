"""One fit of a benchmark, and the row of numbers that it gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from graphclust.component import from_config
from graphclust.errors import GraphclustError
from graphclust.estimators import GraphClusterer, NodeClusterer
from graphclust.estimators.run_facts import metrics_of
from graphclust.graphs import Graph
from graphclust.graphs.datasets import load_named
from graphclust.graphs.graph_sets import LoadedGraphs, load_graphs
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.node_features import node_features
from graphclust.graphs.stores import open_store
from graphclust.methods import Method
from graphclust.sparse import CSR

STORED = ("rowptr.npy", "col.npy", "features.npy", "labels.npy")
# Beside them where edges are weighted.
_WEIGHTS = "weights.npy"


@dataclass(frozen=True)
class Job:
    """One fit to be measured.

    Attributes
    ----------
    dataset : str
        The data's name in the table.
    method : Method
        With its settings.
    config : str
        ``"paper"`` where the settings are a paper's for this data set, else ``"default"``.
    seed : int
    device : str
        ``"cpu"`` or ``"cuda"``.
    data_root : str or None
        Where named data sets lie.
    folder : str or None
        Where :func:`store` put the data, where they are not a named set.
    memory : str or None
        What the fit may use of it where ``folder`` is a store, such as ``"4GB"``.
    fingerprint : str or None
        Of data that whoever measures reads, which a name alone does not tell from others.
    """

    dataset: str
    method: Method
    config: str = "default"
    seed: int = 0
    device: str = "cpu"
    data_root: str | None = None
    folder: str | None = None
    memory: str | None = None
    fingerprint: str | None = None

    @property
    def of_graphs(self) -> bool:
        """Whether whole graphs are clustered, rather than the nodes of one."""
        return self.method.kind == "graph_method"

    def load(self) -> Loaded | LoadedGraphs:
        """Return the data, as the method reads them."""
        if self.folder is not None:
            folder = Path(self.folder)
            if self.memory is not None:
                opened = open_store(folder, self.memory)
                return Loaded(opened.graph(self.method.reads_direction), *opened.labels())
            return Loaded(stored(folder, self.dataset), np.load(folder / STORED[-1]))
        if self.of_graphs:
            return load_graphs(self.dataset, self.data_root)
        return load_named(self.dataset, self.data_root, self.method.reads_direction)

    def labels(self, isolated: bool) -> dict[str, Any]:
        """Return what tells this job's row from every other."""
        return {
            "dataset": self.dataset,
            "config": self.config,
            "method": self.method.shown_name,
            "seed": self.seed,
            "settings": self.method.to_config()["args"],
            "device": self.device,
            "isolated": isolated,
            **({} if self.fingerprint is None else {"fingerprint": self.fingerprint}),
        }

    def to_json(self) -> dict[str, Any]:
        """Return the job as JSON, for another process."""
        return {
            **{name: getattr(self, name) for name in self.__dataclass_fields__},
            "method": self.method.to_config(),
        }

    @classmethod
    def from_json(cls, facts: dict[str, Any]) -> Job:
        """Return the job that :meth:`to_json` wrote."""
        return cls(**{**facts, "method": from_config(facts["method"])})


def store(data: Any, folder: Path) -> None:
    """Write a ``torch_geometric`` Data with features and classes for :meth:`Job.load`.

    Its edges are there once in either direction; they are written as they are used.
    """
    n = int(data.num_nodes)
    key, order = (data.edge_index[0] * n + data.edge_index[1]).sort()
    rowptr = torch.searchsorted(key, torch.arange(n + 1) * n)
    kind = torch.int32 if max(n, key.numel()) < 2**31 else torch.int64
    arrays = (rowptr.to(kind), key.remainder_(n).to(kind), data.x, data.y)
    for name, array in zip(STORED, arrays, strict=True):
        np.save(folder / name, array.numpy(), allow_pickle=False)
    if "edge_weight" in data:
        np.save(folder / _WEIGHTS, data.edge_weight[order].numpy(), allow_pickle=False)


def stored(folder: Path, name: str) -> Graph:
    """Return the graph that :func:`store` wrote; its classes are not read."""
    rowptr, col, x = (np.load(folder / part) for part in STORED[:-1])
    n = int(x.shape[0])
    weights = folder / _WEIGHTS
    weight = torch.from_numpy(np.load(weights)) if weights.exists() else None
    adj = CSR(torch.from_numpy(rowptr), torch.from_numpy(col), weight, (n, n), symmetric=True)
    return Graph(adj, node_features(x, n), name=name)


def fit_row(job: Job, loaded: Loaded | LoadedGraphs, isolated: bool = False) -> dict[str, Any]:
    """Fit, score and return the row; of a fit that is refused, why.

    The peak of memory is the process's: it is the fit's own, and told, where the process is
    (``isolated``).
    """
    model = (GraphClusterer if job.of_graphs else NodeClusterer)(
        n_clusters=loaded.n_classes or "auto",
        method=job.method,
        device=job.device,
        random_state=job.seed,
    )
    try:
        model.fit(loaded.graph)
    except GraphclustError as error:
        return failed_row(job, str(error), isolated)
    metrics = metrics_of(model, loaded.y)
    if not isolated:
        del metrics["peak_memory_mb"]
    return {**job.labels(isolated), **metrics}


def failed_row(job: Job, why: str, isolated: bool) -> dict[str, Any]:
    """Return the row of a fit that came to nothing."""
    return {**job.labels(isolated), "error": why}
