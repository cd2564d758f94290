"""npz files of a sparse adjacency and sparse features, as gnn-benchmark writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from graphclust.errors import InputError
from graphclust.graphs.matrix_files import class_names, open_npz
from graphclust.graphs.parts import Parts


def read(path: Path) -> Parts:
    """Read Amazon, Coauthor, Cora_ML and their kin: binary features, unweighted edges, as PyG."""
    with open_npz(path) as raw:
        if "adj_data" not in raw.files:
            raise InputError(f"{path} has no 'adj_data': it is not a gnn-benchmark file")
        adj = sp.coo_array(sparse_part(raw, "adj"))
        x = sparse_part(raw, "attr") if "attr_data" in raw.files else None
        if x is not None:
            x.data = (x.data > 0).astype(np.float32)
        y = raw["labels"].astype(np.int64) if "labels" in raw.files else None
        names = class_names(raw)
    edges = (adj.row.astype(np.int64), adj.col.astype(np.int64))
    return Parts(x=x, edges=edges, y=y, class_names=names, n=adj.shape[0])


def sparse_part(raw: Any, prefix: str) -> Any:
    """Return the CSR matrix under ``<prefix>_data``, ``_indices``, ``_indptr`` and ``_shape``."""
    data, indices, indptr, shape = (
        raw[f"{prefix}_{key}"] for key in ("data", "indices", "indptr", "shape")
    )
    return sp.csr_array((data, indices, indptr), shape=tuple(int(s) for s in shape))
