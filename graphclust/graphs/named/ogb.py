"""Open Graph Benchmark data, from its raw csv or npz files; its pickles are never opened."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.matrix_files import open_npz
from graphclust.graphs.parts import Parts


def read(folder: Path) -> Parts:
    """Read one graph: csv files (arxiv, products) or ``data.npz`` (papers100M).

    Edges are citations or co-purchases, read without direction. A node without a label has
    class -1.
    """
    if (folder / "data.npz").is_file():
        return _read_binary(folder)
    n = int(read_csv(folder / "num-node-list.csv.gz", np.int64)[0, 0])
    edges = read_csv(folder / "edge.csv.gz", np.int64)
    y = read_csv(folder / "node-label.csv.gz", np.float64)[:, 0]
    x = read_csv(folder / "node-feat.csv.gz", np.float32)
    if len(x) != n or len(y) != n:
        raise InputError(f"{folder}: {len(x)} rows of features and {len(y)} labels for {n} nodes")
    return Parts(x=x, edges=(edges[:, 0], edges[:, 1]), y=_classes(y))


def read_csv(path: Path, dtype: Any) -> NDArray[Any]:
    """Return a gzipped csv file of numbers, shape (lines, columns)."""
    try:
        with gzip.open(path, "rt", encoding="ascii") as lines:
            return np.loadtxt(lines, dtype=dtype, delimiter=",", ndmin=2)
    except (ValueError, EOFError, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is damaged ({error}): fetch it again") from error


def _read_binary(folder: Path) -> Parts:
    with open_npz(folder / "data.npz") as raw:
        edges = raw["edge_index"].astype(np.int64, copy=False)
        x = raw["node_feat"]
        n = int(np.asarray(raw["num_nodes_list"]).reshape(-1)[0]) if _has_count(raw) else len(x)
    with open_npz(folder / "node-label.npz") as raw:
        y = raw["node_label"].reshape(-1).astype(np.float64)
    if len(x) != n or len(y) != n:
        raise InputError(f"{folder}: {len(x)} rows of features and {len(y)} labels for {n} nodes")
    return Parts(x=x, edges=(edges[0], edges[1]), y=_classes(y))


def _has_count(raw: Any) -> bool:
    return "num_nodes_list" in raw.files


def _classes(y: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.where(np.isnan(y), -1, y).astype(np.int64)
