"""Tables in files: arrays, csv and parquet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphclust.errors import InputError, MissingDependencyError, nearest
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.kinds import is_parquet, suffix_of
from graphclust.graphs.parts import Parts
from graphclust.graphs.side_files import ID_NAMES, load_npy, numbers_of, read_features
from graphclust.graphs.table_columns import encode_columns, is_missing
from graphclust.graphs.text_tables import TextTable, is_number, read_table, split_line


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
        return Parts(x=x, n=int(x.shape[0]))
    if suffix_of(path) == ".npz":
        x, _ = read_features(path)
        return Parts(x=x, n=int(x.shape[0]))
    table = read_table(path)
    if table.header is None and label_column is None and table.floats() is not None:
        x, _ = numbers_of(table)
        return Parts(x=x, n=len(x))
    return _columns(_split(table, label_column), label_column, path)


def _split(table: TextTable, label_column: str | None) -> dict[str, list[Any]]:
    """Return the columns of a text by name; the first line names them where it may."""
    if table.header is None and table.lines:
        first = split_line(table.lines[0], table.delimiter)
        # Over columns of words a header does not show; one that names the labels does.
        names = len(set(first)) == len(first) and not any(is_number(v) or not v for v in first)
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


def _columns(columns: dict[str, list[Any]], label_column: str | None, path: Path) -> Parts:
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
    found = encode_columns(columns, str(path))
    n, note = len(found.x), "; ".join(found.notes)
    return Parts(found.x, None, None, y, names, n, ids, note=note, own_space=found.own_space)
