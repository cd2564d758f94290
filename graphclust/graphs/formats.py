"""One reader a file format, each to the same raw parts."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.coerce import coordinates
from graphclust.graphs.edge_list import ListedEdges, read_edge_list
from graphclust.graphs.foreign import from_networkx
from graphclust.graphs.graph_files import read_gml, read_graphml
from graphclust.graphs.kinds import is_parquet, suffix_of
from graphclust.graphs.matrix_files import open_matrix_npz
from graphclust.graphs.parquet_edges import read_parquet_edges
from graphclust.graphs.parts import Parts
from graphclust.graphs.side_files import (
    has_label_header,
    load_npy,
)
from graphclust.graphs.text_tables import read_table


def read_graph_parts(path: Path, label_column: str | None) -> Parts:
    """Read a graph file by its ending; whatever has no known ending is an edge list."""
    suffix = suffix_of(path)
    if is_parquet(path):
        return _listed(read_parquet_edges(path))
    if suffix == ".graphml":
        return _networkx(read_graphml(path), path, label_column)
    if suffix == ".gml":
        return _networkx(read_gml(path), path, label_column)
    if suffix == ".npz":
        return _npz(path)
    if suffix == ".npy":
        raise InputError(f"{path} is an array, read as --as table; a graph comes as .npz")
    if label_column is not None:
        raise InputError(
            f"{path} is an edge list and has no labels of nodes: give them by --labels"
        )
    return _listed(read_edge_list(path))


def over_rows(parts: Parts, x: Any, labels: str | Path | None) -> Parts:
    """Let whole numbers in an edge list be rows of the features, or of the labels without any."""
    if parts.listed is None:
        return parts
    rows = None if x is None else int(x.shape[0])
    if rows is None and labels is not None and Path(labels).is_file():
        rows = n_labels(Path(labels), parts.listed.n)
    return parts if rows is None else _listed(parts.listed.over_rows(rows))


def with_rows(parts: Parts, keys: Sequence[str]) -> Parts:
    """Let rows of features whose names no line of an edge list has be isolated nodes.

    They come after the others. Other formats name all their nodes themselves.
    """
    if parts.listed is None:
        return parts
    extra = extra_names(parts.ids, parts.listed.n, keys, parts.listed.integers)
    if not extra:
        return parts
    ids = range(parts.listed.n) if parts.ids is None else parts.ids
    return replace(parts, ids=[*ids, *extra], n=len(ids) + len(extra))


def extra_names(
    ids: Sequence[Hashable] | None, n: int, keys: Sequence[str], integers: bool
) -> list[Hashable]:
    """Return the names of rows that no node has; numbers where all nodes are named by numbers."""
    known = {str(i) for i in (range(n) if ids is None else ids)}
    extra = [key for key in keys if key not in known]
    if integers and all(key.isdecimal() for key in extra):
        return [int(key) for key in extra]
    return list(extra)


def n_labels(path: Path, n: int) -> int | None:
    """Return the number of labels in a file for n named nodes, None where rows carry ids."""
    if path.suffix == ".npy":
        return int(load_npy(path).shape[0])
    table = read_table(path)
    return None if has_label_header(table, n) else len(table.lines)


def _listed(listed: ListedEdges) -> Parts:
    edges = listed.edges
    return Parts(
        edges=(edges.row, edges.col),
        weight=edges.weight,
        n=listed.n,
        ids=listed.ids,
        orientation=edges.orientation,
        listed=listed,
    )


def _networkx(graph: Any, path: Path, label_column: str | None) -> Parts:
    edges, nodes = from_networkx(graph, path.name)
    y: NDArray[np.int64] | None = None
    names: Sequence[str] | None = None
    if label_column is not None:
        values = [data.get(label_column, "") for _, data in graph.nodes(data=True)]
        if all(v == "" for v in values):
            known = sorted({key for _, data in graph.nodes(data=True) for key in data})
            raise InputError(
                f"{path}: no node has the attribute {label_column!r} "
                f"(they have: {', '.join(known) or 'none'})"
            )
        y, names = class_codes(values)
    return Parts(
        x=nodes.x,
        edges=(edges.row, edges.col),
        weight=edges.weight,
        y=y,
        class_names=names,
        n=nodes.n,
        ids=nodes.ids,
        orientation=edges.orientation,
    )


def _npz(path: Path) -> Parts:
    held = open_matrix_npz(path)
    adjacency = held.matrix if held.adjacency is None else held.adjacency
    if adjacency is None and held.edges is None:
        raise InputError(
            f"{path} holds no adjacency: save one by scipy.sparse.save_npz, or say --as table"
        )
    weight, n = None, None
    if adjacency is not None:
        matrix = coordinates(adjacency, f"{path}: the adjacency")
        row, col, n = matrix.row.astype(np.int64), matrix.col.astype(np.int64), matrix.shape[0]
        weight = matrix.data.astype(np.float64)
    else:
        assert held.edges is not None
        row, col = held.edges
        if held.features is None:
            n = int(held.edges.max(initial=-1)) + 1
    y, names = None, held.class_names
    if held.labels is not None and held.labels.ndim == 1:
        y, found = class_codes(held.labels.tolist())
        names = names if names and len(names) == len(found) else found
    return Parts(
        x=held.features,
        edges=(row, col),
        weight=weight,
        y=y,
        class_names=names,
        n=n,
        orientation="unknown" if adjacency is None else "directed",
    )
