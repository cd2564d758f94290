"""Sets of graphs of the Open Graph Benchmark, from their raw csv files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.named.ogb import read_csv
from graphclust.graphs.parts import Parts


def read(folder: Path) -> tuple[Parts, NDArray[np.int64]]:
    """Read a set of molecules; see :func:`graphclust.graphs.named.tu.read` for what returns.

    Node features are the raw codes (atomic number, chirality ...), not one-hot columns.
    """
    nodes = read_csv(folder / "num-node-list.csv.gz", np.int64)[:, 0]
    counts = read_csv(folder / "num-edge-list.csv.gz", np.int64)[:, 0]
    edges = read_csv(folder / "edge.csv.gz", np.int64)
    x = read_csv(folder / "node-feat.csv.gz", np.float32)
    labels = read_csv(folder / "graph-label.csv.gz", np.float64)[:, 0]
    if edges.shape[0] != counts.sum() or x.shape[0] != nodes.sum() or labels.size != nodes.size:
        raise InputError(f"{folder}: the counts of nodes, edges and labels do not fit together")
    graph_of = np.repeat(np.arange(nodes.size), nodes)
    first = np.cumsum(nodes) - nodes
    # Edges name the nodes of their own graph from 0.
    edges = edges + np.repeat(first, counts)[:, None]
    y = np.where(np.isnan(labels), -1, labels).astype(np.int64)
    return Parts(x=x, edges=(edges[:, 0], edges[:, 1]), y=y, n=int(nodes.sum())), graph_of
