"""AnnData files (``.h5ad``) as single-cell tools write them, read through h5py alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray

from graphclust.errors import InputError, MissingDependencyError, nearest
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.coerce import coordinates
from graphclust.graphs.edges import EdgeList, Nodes, assemble
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.rows import graph_of_rows

_GENES, _COMPONENTS, _COUNTS = 2000, 50, 1e4


def read(
    path: Path, column: str | None = None, label_column: str | None = None, vectors: Any = None
) -> Loaded:
    """Read cells as a graph.

    Parameters
    ----------
    path : Path
        The neighbour graph is ``obsp/connectivities`` where the file has one, otherwise that of
        the vectors; these are ``obsm/X_pca``, or made of ``X``.
    column : None
    label_column : str, optional
        The column of ``obs`` that holds known classes, for scoring only.
    vectors : matrix, shape (n, f), optional
        Vectors of your own in place of the file's.

    Raises
    ------
    InputError
        If it is no AnnData file, or lacks the column.
    MissingDependencyError
        Without h5py.

    Notes
    -----
    From ``X``: whole numbers are taken for counts, scaled to 10,000 a cell and put on a
    logarithmic scale; of the 2,000 genes that vary most, 50 principal components are taken.
    """
    if column is not None:
        raise InputError(f"--column {column}: {path} has cells, not a column of texts")
    if isinstance(vectors, str):
        raise InputError(f"--vectors {vectors} is for texts, and {path} holds cells")
    try:
        import h5py
    except ImportError as error:
        raise MissingDependencyError("h5py", "h5ad", "reading .h5ad") from error
    try:
        with h5py.File(path, "r") as file:
            ids = _strings(file["obs"][file["obs"].attrs.get("_index", "_index")])
            x, notes = (vectors, ("vectors as given",)) if vectors is not None else _vectors(file)
            links = _matrix(file, "obsp/connectivities")
            y, names = (None, None) if label_column is None else _classes(file, label_column, path)
    except (OSError, KeyError) as error:
        raise InputError(f"{path} cannot be read as AnnData ({error}): save it anew") from error
    rows = torch.as_tensor(np.asarray(x, dtype=np.float32))
    if links is not None and not (links != links.T).sum():
        links = sp.triu(links)  # each edge once: there is nothing to merge, or to tell of
    if links is None:
        own = vectors is None
        return Loaded(graph_of_rows(rows, ids, path.name, notes, own_space=own), y, names)
    matrix = coordinates(links, f"{path}: obsp/connectivities")
    ends = matrix.row.astype(np.int64), matrix.col.astype(np.int64)
    edges = EdgeList(*ends, matrix.data.astype(np.float64), "undirected")
    told = "; ".join((*notes, "the file's own neighbour graph (obsp/connectivities)"))
    graph = assemble(edges, Nodes(rows.shape[0], rows, ids, path.name))
    return Loaded(
        replace(graph, notes=(*graph.notes, told), of_rows=True, own_space=True), y, names
    )


def _vectors(file: Any) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    if "obsm" in file and "X_pca" in file["obsm"]:
        x = np.asarray(file["obsm/X_pca"], dtype=np.float32)
        return x, (f"vectors: the file's own X_pca, {x.shape[1]} columns",)
    table = _matrix(file, "X")
    if table is None:
        raise InputError(f"{file.filename} has neither X nor obsm/X_pca: there are no vectors")
    table = sp.csr_array(table).astype(np.float32)
    if not np.isfinite(table.data).all():
        raise InputError(
            f"{file.filename}: X holds NaN or infinite values. Fill them in, or save the "
            "components as obsm/X_pca"
        )
    notes = []
    if np.array_equal(table.data, np.rint(table.data)) and table.data.min(initial=0) >= 0:
        total = np.maximum(np.asarray(table.sum(1)).ravel(), 1e-12)
        table.data = np.log1p(table.data * np.repeat(_COUNTS / total, np.diff(table.indptr)))
        notes.append("counts scaled to 10,000 a cell, logarithms")
    mean = np.asarray(table.mean(0)).ravel()
    variance = np.asarray(table.multiply(table).mean(0)).ravel() - mean**2
    genes = np.sort(np.argsort(-variance, kind="stable")[:_GENES])
    from sklearn.decomposition import PCA

    dense = table[:, genes].toarray()
    dim = min(_COMPONENTS, *dense.shape)
    x = PCA(dim, svd_solver="randomized", random_state=0).fit_transform(dense)
    notes.append(f"{dim} principal components of the {genes.size} genes that vary most")
    return x.astype(np.float32), tuple(notes)


def _matrix(file: Any, name: str) -> Any:
    """Return a dense or compressed matrix by its path, None where there is none."""
    if name not in file:
        return None
    held = file[name]
    if not hasattr(held, "keys"):
        return np.asarray(held)
    shape = tuple(int(s) for s in held.attrs["shape"])
    parts = tuple(np.asarray(held[key]) for key in ("data", "indices", "indptr"))
    kind = str(held.attrs.get("encoding-type", "csr_matrix"))
    return (sp.csc_array if kind.startswith("csc") else sp.csr_array)(parts, shape=shape)


def _classes(file: Any, column: str, path: Path) -> tuple[NDArray[np.int64], list[str]]:
    known = [key for key in file["obs"] if key != "__categories"]
    if column not in known:
        raise InputError(
            f"{path} has no column {column!r} of cells (it has: {', '.join(known)})"
            f"{nearest(column, known)}"
        )
    held = file["obs"][column]
    if hasattr(held, "keys"):
        names, codes = _strings(held["categories"]), np.asarray(held["codes"])
        return class_codes(["" if c < 0 else names[c] for c in codes])
    return class_codes(_strings(held))


def _strings(held: Any) -> list[str]:
    return [v.decode() if isinstance(v, bytes) else str(v) for v in np.asarray(held).tolist()]
