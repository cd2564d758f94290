"""Matrices in ``.npz`` files: scipy's own, gnn-benchmark's, and plain arrays."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphclust.errors import InputError

# Names under which files keep the same thing.
_ADJACENCY = ("adj", "adj_matrix", "A")
_FEATURES = ("attr", "attr_matrix", "x", "X", "features", "node_features", "feat")
_LABELS = ("labels", "y", "label", "node_labels")
_EDGES = ("edge_index", "edges")


@dataclass
class NpzContents:
    """What was recognised in an npz file.

    Attributes
    ----------
    matrix : scipy matrix or None
        The only matrix of the file, as scipy saves it.
    adjacency : scipy matrix or None
    edges : array of int64, shape (2, m), or None
    features : array or scipy matrix, or None
    labels : array or None
    class_names : list of str or None
    """

    matrix: Any = None
    adjacency: Any = None
    edges: NDArray[np.int64] | None = None
    features: Any = None
    labels: NDArray[Any] | None = None
    class_names: list[str] | None = None


def open_matrix_npz(path: Path) -> NpzContents:
    """Read an npz file without ever running a pickle.

    Raises
    ------
    InputError
        If it is damaged, or what it holds is stored as Python objects.
    """
    try:
        with open_npz(path) as raw:
            names = set(raw.files)
            if "format" in names and "shape" in names:
                return NpzContents(matrix=sp.load_npz(path))
            return NpzContents(
                adjacency=_first(raw, names, _ADJACENCY),
                edges=_edges(raw, names),
                features=_first(raw, names, _FEATURES),
                labels=next((raw[k] for k in _LABELS if k in names), None),
                class_names=class_names(raw),
            )
    except InputError:
        raise
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read as npz: {error}") from error


def _first(raw: Any, names: set[str], prefixes: tuple[str, ...]) -> Any:
    for prefix in prefixes:
        for separator in ("_", "."):
            keys = [f"{prefix}{separator}{k}" for k in ("data", "indices", "indptr", "shape")]
            if names.issuperset(keys):
                data, indices, indptr, shape = (raw[k] for k in keys)
                return sp.csr_array((data, indices, indptr), shape=tuple(int(s) for s in shape))
        if prefix in names and raw[prefix].ndim == 2:
            return raw[prefix]
    return None


def _edges(raw: Any, names: set[str]) -> NDArray[np.int64] | None:
    for key in _EDGES:
        if key in names:
            edges = raw[key]
            if edges.ndim != 2 or 2 not in edges.shape or edges.dtype.kind not in "iu":
                raise ValueError(f"{key!r} has shape {edges.shape} and type {edges.dtype}")
            # PyG keeps two rows, others two columns.
            rows = edges if key == "edge_index" and edges.shape[0] == 2 else edges.T
            return np.ascontiguousarray(rows, dtype=np.int64)
    return None


def open_npz(path: Path) -> Any:
    """Open an npz file without ever running a pickle.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        if zipfile.is_zipfile(path):
            return np.load(path, allow_pickle=False)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    raise InputError(f"{path} is not an npz file, or is damaged: save or fetch it again")


def class_names(raw: Any) -> list[str] | None:
    """Return the names of the classes in an opened file, where they are plain strings."""
    if "class_names" not in raw.files:
        return None
    try:
        return [str(name) for name in raw["class_names"]]
    except ValueError:
        return None  # stored as Python objects, which are never loaded
