"""Features and labels that come in files beside a graph: ``--features`` and ``--labels``."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.delimiters import is_number, split_line
from graphclust.graphs.matrix_files import open_matrix_npz
from graphclust.graphs.text_tables import TextTable, read_table

ID_NAMES = frozenset(
    {"id", "ids", "node", "node_id", "name", "key", "index"}
    | {"file", "filename", "file_name", "path", "image", "video"}
)


def check_file(path: str | Path, what: str) -> Path:
    """Return the path of a file that exists.

    Raises
    ------
    InputError
        If there is none.
    """
    out = Path(path).expanduser()
    if not out.exists():
        raise InputError(f"{what} {out} does not exist: check the path")
    if out.is_dir():
        raise InputError(f"{what} {out} is a folder: name a file")
    return out


def read_features(path: str | Path) -> tuple[Any, list[str] | None]:
    """Read a table of features: ``.npy``, scipy ``.npz``, or ``.csv`` (``.tsv``, ``.txt``).

    Returns
    -------
    x : array or scipy matrix, shape (n, f)
    ids : list of str or None
        The first column of a csv whose header calls it an id.

    Raises
    ------
    InputError
        If it cannot be read as numbers; a csv's first bad line is named.
    """
    file = check_file(path, "the features file")
    suffix = file.suffix.lower()
    if suffix == ".npy":
        return load_npy(file), None
    if suffix == ".npz":
        return _features_of_npz(file), None
    if suffix not in (".csv", ".tsv", ".txt", ".gz"):
        raise InputError(f"{file}: features are read from .npy, .npz or .csv, not {suffix or '?'}")
    table = read_table(file)
    return numbers_of(table)


def numbers_of(table: TextTable) -> tuple[NDArray[np.float32], list[str] | None]:
    """Return a table's numbers, and its column of ids if the header calls the first one so.

    Raises
    ------
    InputError
        If it is empty or a field is not a number; the line is named.
    """
    if not table.lines:
        raise InputError(f"{table.path} is empty: give a line for each node")
    has_ids = table.header is not None and table.header[0].lower() in ID_NAMES
    if not has_ids:
        whole = table.floats(np.float32)
        if whole is not None:
            return whole, None
    rows = table.rows((table.n_columns,))
    skip = int(has_ids)
    values = np.empty((len(rows), table.n_columns - skip), dtype=np.float32)
    for i, row in enumerate(rows):
        try:
            values[i] = [float(v) if v else np.nan for v in row[skip:]]
        except ValueError:
            odd = next(v for v in row[skip:] if v and not is_number(v))
            raise InputError(
                f"{table.path}, line {table.numbers[i]}: {odd!r} is not a number. Features must "
                "be numbers"
            ) from None
    return values, [row[0] for row in rows] if has_ids else None


def read_labels(
    path: str | Path, ids: Sequence[Hashable] | None, n: int, column: str | None = None
) -> tuple[NDArray[np.int64], list[str]]:
    """Read ground truth, for scoring only: ``.npy`` or ``.csv``.

    Parameters
    ----------
    path : path
        Row i is node i, unless the header of a csv names a column of ids.
    ids : sequence of hashables or None
        The nodes' ids, to match such a column with; None stands for 0 .. n-1.
    n : int
        Number of nodes.
    column : str, optional
        Which column holds the labels; the last one otherwise.

    Returns
    -------
    y : array of int64, shape (n,)
        Codes 0 .. k-1; -1 without a label.
    names : list of str
        Name of each code.

    Raises
    ------
    InputError
        If the length is not n, a column is missing, or no id is known.
    """
    file = check_file(path, "the labels file")
    if file.suffix.lower() == ".npy":
        values = load_npy(file)
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.ndim != 1:
            raise InputError(f"{file} has shape {values.shape}: labels are one for each node")
        return class_codes(_all_rows(values.tolist(), n, file))
    if file.suffix.lower() not in (".csv", ".tsv", ".txt", ".gz"):
        raise InputError(f"{file}: labels are read from .npy or .csv")
    table = read_table(file)
    if table.header is None and has_label_header(table, n):
        table.header = split_line(table.lines[0], table.delimiter)
        del table.lines[0], table.numbers[0]
    rows = table.rows((table.n_columns,))
    at = _label_column(table, column)
    labels = [row[at] for row in rows]
    if table.header is not None and table.header[0].lower() in ID_NAMES and at != 0:
        return class_codes(_by_id([row[0] for row in rows], labels, ids, n, file))
    return class_codes(_all_rows(labels, n, file))


def load_npy(path: Path) -> NDArray[Any]:
    """Return the array of an npy file; pickled objects are refused.

    Raises
    ------
    InputError
        If it is damaged, or holds objects.
    """
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except (ValueError, OSError, EOFError) as error:
        raise InputError(f"{path} cannot be read as npy: {error}") from error


def align(values: Any, keys: list[str] | None, ids: Sequence[Hashable] | None, n: int) -> Any:
    """Put rows that carry ids into the order of the nodes; rows without stay as they are.

    Raises
    ------
    InputError
        If a node has no row, or two.
    """
    if keys is None:
        return values
    row = {key: i for i, key in enumerate(keys)}
    if len(row) != len(keys):
        raise InputError(f"the features have {_twice(keys)!r} twice. Give one row for each node")
    wanted = [str(i) for i in (range(n) if ids is None else ids)]
    missing = next((w for w in wanted if w not in row), None)
    if missing is not None:
        raise InputError(f"the features have no row for node {missing!r}. Give one for each node")
    return values[[row[w] for w in wanted]]


def _features_of_npz(path: Path) -> Any:
    contents = open_matrix_npz(path)
    if contents.matrix is not None:
        return contents.matrix
    if contents.features is not None:
        return contents.features
    raise InputError(
        f"{path} holds no matrix: save it by scipy.sparse.save_npz or numpy.savez(x=...)"
    )


def has_label_header(table: TextTable, n: int) -> bool:
    """Whether a table of labels for n nodes starts with the names of its columns.

    Over labels that are words a header does not show, except by making one line too many.
    """
    if table.header is not None:
        return True
    return len(table.lines) == n + 1 and not any(
        is_number(v) for v in split_line(table.lines[0], table.delimiter)
    )


def _label_column(table: TextTable, column: str | None) -> int:
    if column is None:
        return table.n_columns - 1
    if table.header is None or column not in table.header:
        known = ", ".join(table.header) if table.header else "no header"
        raise InputError(f"{table.path} has no column {column!r} (it has: {known})")
    return table.header.index(column)


def _all_rows(values: list[Any], n: int, file: Path) -> list[Any]:
    if len(values) != n:
        raise InputError(f"{file} holds {len(values)} labels for {n} nodes. Give one for each node")
    return values


def _by_id(
    keys: list[str], labels: list[str], ids: Sequence[Hashable] | None, n: int, file: Path
) -> list[str]:
    place = {str(key): i for i, key in enumerate(range(n) if ids is None else ids)}
    if len(set(keys)) != len(keys):
        raise InputError(f"{file}: {_twice(keys)!r} stands there twice. Give one label for each")
    out, known = [""] * n, 0
    for key, label in zip(keys, labels, strict=True):
        if key in place:
            out[place[key]] = label
            known += 1
    if known == 0:
        raise InputError(f"{file}: none of its ids, such as {keys[0]!r}, is a node of the graph")
    return out


def _twice(keys: list[str]) -> str:
    seen: set[str] = set()
    return next(key for key in keys if key in seen or seen.add(key))  # type: ignore[func-returns-value]
