"""Kinds of things on the command line that an adapter reads: which module, and how it is called.

A module that reads a kind has ``read(path, column, label_column, vectors) -> Loaded``, and
perhaps the options ``strict`` and ``shots``.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

from graphclust.errors import InputError
from graphclust.graphs.kinds import infer_kind, suffix_of
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.side_files import read_features, read_labels

_READERS = {
    "series": "graphclust.adapters.series_files",
    "images": "graphclust.adapters.images",
    "texts": "graphclust.adapters.text_files",
    "videos": "graphclust.adapters.videos",
}
# A table with cells, genes and perhaps a neighbour graph of its own.
_CELLS = "graphclust.adapters.single_cells"


def reader_of(path: Path, kind: str | None, column: str | None, label: str | None) -> str | None:
    """Return the module that reads a path, None where it is a graph or a plain table."""
    if not path.exists():
        return None
    if suffix_of(path) == ".h5ad" and kind in (None, "table", "graph"):
        return _CELLS
    return _READERS.get(kind or infer_kind(path, column, label))


def read_items(
    module: str,
    path: Path,
    *,
    vectors: Any = None,
    features: str | None = None,
    labels: str | None = None,
    column: str | None = None,
    label_column: str | None = None,
    **options: bool,
) -> Loaded:
    """Read items by an adapter, with vectors of one's own where ``features`` names a file.

    Raises
    ------
    InputError
        If a file cannot be used, both a model and a file of vectors are named, or an option
        (``strict``, ``shots``) is set that the adapter does not have.
    """
    reader = import_module(module).read
    given = {name: value for name, value in options.items() if value}
    for name in given:
        if name not in signature(reader).parameters:
            raise InputError(f"--{name} does not apply to {path}: it is not read file by file")
    if features is not None:
        if vectors is not None:
            raise InputError(f"--vectors {vectors} and --features {features}: give one of them")
        vectors, keys = read_features(features)
        if keys is not None:
            raise InputError(f"{features} names its rows; here row i is item i: drop that column")
    inside = None if labels is not None else label_column
    loaded: Loaded = reader(path, column, inside, vectors, **given)
    if labels is None:
        return loaded
    graph = loaded.graph
    y, names = read_labels(labels, graph.ids, graph.n_nodes, label_column)
    return replace(loaded, y=y, class_names=names or None)
