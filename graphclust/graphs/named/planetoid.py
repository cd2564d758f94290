"""Planetoid's files ``ind.<name>.*``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from graphclust.graphs.named.plain_pickle import load_plain_pickle
from graphclust.graphs.parts import Parts


def read(folder: Path, prefix: str) -> Parts:
    """Read Cora, CiteSeer or PubMed, in PyG's order of nodes.

    CiteSeer's 15 nodes that are missing from the test index are isolated, without features, and
    of class 0, as in PyG.
    """

    def part(name: str) -> Any:
        return load_plain_pickle(folder / f"ind.{prefix}.{name}")

    all_x, test_x = sp.csr_array(part("allx")), sp.csr_array(part("tx"))
    all_y, test_y = np.asarray(part("ally")), np.asarray(part("ty"))
    at = np.loadtxt(folder / f"ind.{prefix}.test.index", dtype=np.int64, ndmin=1)
    n = max(int(at.max()) + 1, all_x.shape[0] + at.size)
    # Row i of the test files is node at[i]; nodes that neither names stay empty.
    coo = sp.coo_array(test_x)
    x = sp.coo_array(
        (
            np.concatenate([all_x.data, coo.data]),
            (
                np.concatenate([sp.coo_array(all_x).row, at[coo.row]]),
                np.concatenate([sp.coo_array(all_x).col, coo.col]),
            ),
        ),
        shape=(n, all_x.shape[1]),
    )
    y = np.zeros(n, dtype=np.int64)
    y[: all_y.shape[0]] = all_y.argmax(1)
    y[at] = test_y.argmax(1)
    neighbors: dict[int, list[int]] = part("graph")
    counts = [len(v) for v in neighbors.values()]
    row = np.repeat(np.fromiter(neighbors, np.int64, len(neighbors)), counts)
    col = np.fromiter((j for v in neighbors.values() for j in v), np.int64, sum(counts))
    return Parts(x=x, edges=(row, col), y=y)
