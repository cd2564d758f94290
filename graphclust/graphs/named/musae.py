"""Networks of the MUSAE kind: edges and classes as csv, features as lists of ones in json."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.edge_list import read_edge_list
from graphclust.graphs.parts import Parts
from graphclust.graphs.text_bytes import read_text


def read(folder: Path, edges: str, target: str, features: str | None, column: str) -> Parts:
    """Read one network; without the json file it has no features."""
    rows = list(csv.DictReader(io.StringIO(read_text(folder / target))))
    n = len(rows)
    y = np.empty(n, dtype=np.int64)
    values = [row[column] for row in rows]
    at = np.asarray([int(row["id"]) for row in rows], dtype=np.int64)
    if sorted(at.tolist()) != list(range(n)):
        raise InputError(f"{folder / target}: the ids are not 0 to {n - 1}")
    numbers = all(v.lstrip("-").isdigit() for v in values)
    names = sorted(set(values), key=int if numbers else None)
    code = {name: i for i, name in enumerate(names)}
    y[at] = [code[v] for v in values]
    listed = read_edge_list(folder / edges).over_rows(n)
    note = ""
    x = None
    if features is not None and (folder / features).is_file():
        x = _one_hot(folder / features, n)
    elif features is not None:
        note = f"{features} is not here: no features"
    ends = (listed.edges.row, listed.edges.col)
    return Parts(x=x, edges=ends, y=y, class_names=None if numbers else names, n=n, note=note)


def _one_hot(path: Path, n: int) -> sp.csr_array:
    lists: dict[str, list[int]] = json.loads(read_text(path))
    counts = [len(v) for v in lists.values()]
    row = np.repeat(np.asarray([int(k) for k in lists], dtype=np.int64), counts)
    col: NDArray[np.int64] = np.fromiter(
        (j for v in lists.values() for j in v), np.int64, sum(counts)
    )
    shape = (n, int(col.max(initial=-1)) + 1)
    x = sp.csr_array(sp.coo_array((np.ones(col.size, dtype=np.float32), (row, col)), shape=shape))
    x.data[:] = 1
    return x
