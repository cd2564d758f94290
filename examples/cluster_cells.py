"""Find cell types in the counts of single cells, and draw a map of the cells.

    python examples/cluster_cells.py [CELLS.h5ad] [--types K] [--column NAME] [--out cells.svg]

Without a file, 600 cells of five types are simulated: each type has genes of its own that are more
active, and of each cell more or fewer molecules are caught. These types are well apart; real ones
seldom are. Needs the extra `h5ad`.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import h5py
import networkx as nx
import numpy as np

import graphclust as gc
from graphclust.adapters.single_cells import read

TYPES = {"T cell": 0.4, "B cell": 0.25, "monocyte": 0.2, "NK cell": 0.1, "platelet": 0.05}


def write_cells(path: Path, cells: int = 600, genes: int = 1000, own: int = 50) -> None:
    """Write counts as AnnData does: gamma-Poisson, around a profile of the cell's type."""
    rng = np.random.default_rng(0)
    kind = rng.choice(len(TYPES), cells, p=list(TYPES.values()))
    profiles = np.tile(rng.lognormal(0.0, 1.5, genes), (len(TYPES), 1))
    for profile in profiles:
        profile[rng.choice(genes, own, replace=False)] *= rng.lognormal(1.5, 0.5, own)
    caught = rng.lognormal(np.log(2000), 0.5, cells)  # the library size of each cell
    mean = caught[:, None] * (profiles / profiles.sum(1, keepdims=True))[kind]
    with h5py.File(path, "w") as file:
        file["X"] = rng.poisson(rng.gamma(2.0, mean / 2.0)).astype(np.float32)
        file["obs/barcode"] = [f"cell-{i}" for i in range(cells)]
        file["obs/cell_type"] = [list(TYPES)[k] for k in kind]
        file["obs"].attrs["_index"] = "barcode"


parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("file", nargs="?", type=Path)
parser.add_argument("--types", type=int, default=5, metavar="K")
parser.add_argument("--column", help="the column of obs with known types, for the score alone")
parser.add_argument("--out", type=Path, default=Path("cells.svg"))
given = parser.parse_args()
with tempfile.TemporaryDirectory() as folder:
    path = given.file or Path(folder) / "cells.h5ad"
    if given.file is None:
        write_cells(path)
    cells = read(path, label_column=given.column or (None if given.file else "cell_type"))
print(f"{cells.graph.n_nodes} cells;", "; ".join(cells.graph.notes))
model = gc.NodeClusterer(given.types, random_state=0).fit(cells.graph)
print("clusters of", sorted(np.bincount(model.labels_).tolist(), reverse=True), "cells")
if cells.y is not None:  # the types, read only now
    print(f"NMI against the types {model.score(cells.y)['nmi']:.3f}")
graph = nx.from_scipy_sparse_array(model.graph_.adj.to_scipy())
places = list(nx.spring_layout(graph, seed=0).values())
print("a map:", gc.report.write_map(given.out, places, model.labels_, ids=model.node_ids_))
