"""A path on the command line, read: graphs from files, and tables as kNN graphs.

Rows of ``--features`` and ``--labels`` belong to nodes in this order. Where an edge list names
its nodes by whole numbers that count the rows, from 0 or from 1, the number says the row, and
rows that no edge names are isolated nodes; other whole numbers are taken in ascending order;
other names in the order of their first appearance, as are the nodes of GraphML and GML files. A
csv whose header calls its first column ``id`` is matched by name instead; features of names that
an edge list does not have make isolated nodes, after the others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphclust.errors import InputError
from graphclust.graphs.edges import EdgeList, Nodes, assemble
from graphclust.graphs.formats import over_rows, read_graph_parts, with_rows
from graphclust.graphs.graph import Graph
from graphclust.graphs.kinds import check_kind, infer_kind, is_parquet
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.node_features import node_features
from graphclust.graphs.parts import Parts
from graphclust.graphs.rows import graph_of_rows
from graphclust.graphs.side_files import align, read_features, read_labels
from graphclust.graphs.table_files import read_table_parts


def read_source(
    path: str | Path,
    kind: str | None = None,
    features: str | Path | None = None,
    labels: str | Path | None = None,
    column: str | None = None,
    label_column: str | None = None,
    reads_direction: bool = False,
) -> Loaded:
    """Read a file as a graph.

    Parameters
    ----------
    path : path
        An edge list (``.csv .tsv .txt``, gzipped or not, two or three columns), ``.graphml``,
        ``.gml``, ``.npz`` (an adjacency by ``scipy.sparse.save_npz``, or a gnn-benchmark file),
        or a table (``.npy``, ``.csv``, parquet).
    kind : str, optional
        What it is, as ``--as`` says it; inferred otherwise.
    features, labels : path, optional
        See the module docstring for which row belongs to which node. Labels are for scoring only.
    column : str, optional
        A column of texts or SMILES, which adapters read and this function does not.
    label_column : str, optional
        The node attribute, or the column of a table or of ``labels``, that holds the ground truth.
        Without it no attribute is taken for truth, whatever its name.
    reads_direction : bool
        Whether the method reads direction; there is no warning for a directed graph then.

    Returns
    -------
    Loaded

    Raises
    ------
    InputError
        If a file is missing or damaged, or does not fit the others; one line that names it.
    """
    source = Path(path).expanduser()
    if not source.exists():
        raise InputError(f"{source} does not exist, and is no data set's name: check the path")
    kind = kind or infer_kind(source, column, label_column)
    check_kind(kind, source)
    if kind not in ("graph", "table"):
        raise InputError(f"{source} is read as {kind}: graphclust.adapters reads these")
    if column is not None:
        raise InputError(f"--column {column} names a column of texts, and {source} is a {kind}")
    if source.is_dir() and not is_parquet(source):
        raise InputError(f"{source} is a folder: name a file")
    inside = None if labels is not None else label_column
    read = read_table_parts if kind == "table" else read_graph_parts
    parts = read(source, inside)
    x, keys = (parts.x, None) if features is None else read_features(features)
    parts = over_rows(parts, x, labels) if keys is None else with_rows(parts, keys)
    n = int(x.shape[0]) if parts.n is None else parts.n
    if features is not None:
        x = align(x, keys, parts.ids, n)
    y, names = parts.y, parts.class_names
    if labels is not None:
        y, names = read_labels(labels, parts.ids, n, label_column)
    graph = _graph(parts, x, n, source.name, reads_direction)
    return Loaded(graph, y, names or None)


def _graph(parts: Parts, x: Any, n: int, name: str, reads_direction: bool) -> Graph:
    rows = node_features(x, n, name)
    if parts.edges is not None:
        edges = EdgeList(*parts.edges, parts.weight, parts.orientation)
        return assemble(edges, Nodes(n, rows, parts.ids, name), reads_direction)
    if rows is None or n == 0:
        raise InputError(f"{name} has {n} rows: a table needs a row and a column at least")
    notes = (parts.note,) if parts.note else ()
    return graph_of_rows(rows, parts.ids, name, notes, own_space=parts.own_space)
