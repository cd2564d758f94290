"""npz files of a sparse adjacency and sparse features, as gnn-benchmark writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.named.parts import Parts


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


def open_npz(path: Path) -> Any:
    """Open an npz file without ever running a pickle.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as npz: {error}") from error


def sparse_part(raw: Any, prefix: str, separator: str = "_") -> Any:
    """Return the CSR matrix stored under ``<prefix>_data``, ``_indices``, ``_indptr``, ``_shape``."""
    data, indices, indptr, shape = (
        raw[f"{prefix}{separator}{key}"] for key in ("data", "indices", "indptr", "shape")
    )
    return sp.csr_array((data, indices, indptr), shape=tuple(int(s) for s in shape))


def class_names(raw: Any) -> list[str] | None:
    """Return the names of the classes, where they are stored as plain strings."""
    if "class_names" not in raw.files:
        return None
    try:
        names: NDArray[Any] = raw["class_names"]
    except ValueError:
        return None  # stored as Python objects, which are never loaded
    return [str(name) for name in names]
