"""Tables in memory as a graph: numbers and categories, each row joined to its nearest ones."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np

from graphclust.adapters.vectors import data_of
from graphclust.errors import InputError
from graphclust.graphs.node_features import node_features
from graphclust.graphs.rows import NEIGHBORS, graph_of_rows
from graphclust.graphs.table_columns import encode_columns, encode_matrix


def from_table(
    table: Any,
    ids: Sequence[Hashable] | None = None,
    y: Any = None,
    *,
    neighbors: int = NEIGHBORS,
) -> Any:
    """Return a table with the neighbour graph of its rows, as a ``torch_geometric`` Data.

    Parameters
    ----------
    table : data frame, mapping of column names to columns, or matrix, shape (n, f)
        Columns of numbers and of categories, with gaps; what becomes of them is told by
        :func:`~graphclust.graphs.table_columns.encode_columns` and in ``data.notes``.
    ids : sequence of hashables, optional
        Names of the rows.
    y : sequence, optional
        Known classes, for scoring only.
    neighbors : int
        Neighbours of each row.

    Returns
    -------
    torch_geometric.data.Data
        ``x``, ``edge_index``, ``edge_weight``, ``notes``, and ``ids`` and ``y`` as given.

    Raises
    ------
    InputError
        If columns differ in length, or none holds numbers or categories.

    Examples
    --------
    >>> table = {"size": [1.0, 1.1, 5.0, 5.2], "colour": ["red", "red", "blue", "blue"]}
    >>> data = from_table(table, neighbors=1)
    >>> data.x.shape, data.num_edges
    (torch.Size([4, 3]), 4)
    """
    columns, own = _columns(table), False
    notes: tuple[str, ...] = ()
    if columns is None:
        found = encode_matrix(np.asarray(table)) if hasattr(table, "__array__") else None
    else:
        found = encode_columns(columns)
    if found is not None:
        table, notes, own = found.x, found.notes, found.own_space
    rows = node_features(table, None, "the table")
    if rows is None:
        raise InputError("the table has no columns: give one at least")
    graph = graph_of_rows(rows, ids, "table", notes, neighbors, own_space=own)
    data = data_of(graph, y)
    data.notes = list(graph.notes)
    return data


def _columns(table: Any) -> dict[str, Any] | None:
    """Return the columns by name, or None for a matrix."""
    if isinstance(table, Mapping):
        columns = {str(key): values for key, values in table.items()}
    elif hasattr(table, "columns") and hasattr(table, "__getitem__"):
        columns = {str(key): np.asarray(table[key]).tolist() for key in table.columns}
    else:
        return None
    lengths = {len(values) for values in columns.values()}
    if len(lengths) != 1:
        raise InputError(f"the table's columns have {sorted(lengths)} rows: give all the same")
    return columns
