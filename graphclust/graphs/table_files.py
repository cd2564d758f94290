"""Tables in files: arrays, csv and parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from graphclust.errors import InputError, MissingDependencyError, nearest
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.delimiters import numeric, split_line
from graphclust.graphs.kinds import SHEETS, is_parquet, suffix_of
from graphclust.graphs.parts import Parts
from graphclust.graphs.side_files import ID_NAMES, load_npy, read_features
from graphclust.graphs.table_columns import encode_columns, encode_matrix, is_missing
from graphclust.graphs.text_bytes import not_a_sheet
from graphclust.graphs.text_tables import TextTable, read_table

_OTHERS = frozenset({".json", ".pkl", ".pickle", ".feather"})


def read_table_parts(path: Path, label_column: str | None) -> Parts:
    """Read a table: ``.npy``, a matrix in ``.npz``, parquet, or text.

    What becomes of columns of numbers and of categories is told by
    :func:`~graphclust.graphs.table_columns.encode_columns`; ``label_column`` is the ground truth
    and left out, and a first column called ``id`` names the rows.

    Raises
    ------
    InputError
        If it cannot be read, or has no such column.
    MissingDependencyError
        For parquet, without pyarrow.
    """
    if is_parquet(path):
        return _columns(_parquet(path), label_column, path)
    if suffix_of(path) == ".npy":
        x = load_npy(path)
        if x.ndim != 2:
            raise InputError(f"{path} has shape {x.shape}: a table of (items, features) is needed")
        return _matrix(x, path)
    if suffix_of(path) == ".npz":
        x, _ = read_features(path)
        return _matrix(x, path)
    if suffix_of(path) in SHEETS:
        raise InputError(not_a_sheet(path))
    if suffix_of(path) in _OTHERS:
        raise InputError(f"{path} is no table that is read: export it as .csv or .parquet")
    table = read_table(path, guess=True)
    if not table.lines and table.header is None:
        raise InputError(f"{path} is empty: a table needs a row and a column at least")
    if table.header is None and label_column is None:
        numbers = table.floats()
        if numbers is not None and np.isfinite(numbers).all():
            return _matrix(numbers, path)
    return _columns(_split(table, label_column), label_column, path, table)


def _matrix(x: Any, path: Path) -> Parts:
    if not isinstance(x, np.ndarray):
        return Parts(x=x, n=int(x.shape[0]))
    found = encode_matrix(x, str(path))
    return Parts(found.x, n=len(x), note="; ".join(found.notes), own_space=found.own_space)


def _split(table: TextTable, label_column: str | None) -> dict[str, list[Any]]:
    """Return the columns of a text by name; the first line names them where it may."""
    if table.header is None and table.lines:
        first = split_line(table.lines[0], table.delimiter)
        # Over columns of words a header does not show; one that names the labels does.
        names = len(set(first)) == len(first) and not any(numeric(v) or not v for v in first)
        if label_column in first or (names and len(table.lines) > 1):
            table.header = first
            del table.lines[0], table.numbers[0]
    if not table.lines:
        raise InputError(f"{table.path} has no rows: a table needs a row and a column at least")
    rows = table.rows((len(table.header),) if table.header else (table.n_columns,))
    header = table.header or [str(i) for i in range(len(rows[0]))]
    if len(set(header)) != len(header):
        twice = next(h for h in header if header.count(h) > 1)
        raise InputError(f"{table.path} calls two columns {twice!r}: rename one of them")
    again = [i for i, row in enumerate(rows) if row == table.header]
    if again:
        table.notes += (f"{len(again)} lines that repeat the header left out",)
        rows = [row for row in rows if row != table.header]
    return {name: [row[at] for row in rows] for at, name in enumerate(header)}


def _parquet(path: Path) -> dict[str, list[Any]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingDependencyError("pyarrow", "parquet", "reading parquet") from error
    try:
        table = pyarrow.parquet.read_table(path)
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path} cannot be read as parquet: {error}") from error
    return {name: table.column(name).to_pylist() for name in table.column_names}


def _columns(
    columns: dict[str, list[Any]],
    label_column: str | None,
    path: Path,
    table: TextTable | None = None,
) -> Parts:
    if label_column is not None and label_column not in columns:
        raise InputError(
            f"{path} has no column {label_column!r} (it has: {', '.join(columns)})"
            f"{nearest(label_column, columns)}"
        )
    y, names, ids = None, None, None
    if label_column is not None:
        y, names = class_codes(["" if is_missing(v) else v for v in columns.pop(label_column)])
    first = next(iter(columns), "")
    if first.lower() in ID_NAMES and len(set(columns[first])) == len(columns[first]):
        ids = columns.pop(first)
    found = encode_columns(columns, str(path), table is not None and table.delimiter == ";")
    n, note = len(found.x), "; ".join((*(table.notes if table else ()), *found.notes))
    return Parts(found.x, None, None, y, names, n, ids, note=note, own_space=found.own_space)
