"""Time series in files: a row of a csv, a list of a json, a row of a matrix is one of them."""

from __future__ import annotations

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any, NamedTuple

from graphclust.adapters.items import refuse_columns
from graphclust.adapters.series import series_graph
from graphclust.errors import InputError, nearest
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.delimiters import has_decimal_comma, is_number
from graphclust.graphs.kinds import suffix_of
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.side_files import ID_NAMES, load_npy
from graphclust.graphs.table_columns import is_missing
from graphclust.graphs.text_bytes import read_text
from graphclust.graphs.text_tables import read_table

_TEXT = (".csv", ".tsv", ".txt")
_JSON = (".json", ".jsonl", ".ndjson")


class _Found(NamedTuple):
    series: Any
    ids: list[Hashable] | None = None
    labels: list[str] | None = None
    notes: tuple[str, ...] = ()


def read(
    path: Path, column: str | None = None, label_column: str | None = None, vectors: Any = None
) -> Loaded:
    """Read time series as a graph, with known classes beside it.

    Parameters
    ----------
    path : Path
        ``.csv`` (``.tsv``, ``.txt``): a row a series, of unlike lengths perhaps, where empty fields
        at its end count for nothing; a first column that the header calls ``id`` names them.
        ``.json``: a list of lists, or an object of them by name; ``.jsonl``: a list a line.
        ``.npy``: a matrix, a row a series.
    label_column : str, optional
        The column of a csv that holds known classes, for scoring only.

    Raises
    ------
    InputError
        If it cannot be read, or a value is missing or no number; the series is named.
    """
    if vectors is not None:
        raise InputError(f"--vectors and --features do not apply to {path}: series are vectors")
    if column is not None:
        raise InputError(f"--column {column} does not apply to {path}: a row is a series")
    suffix = suffix_of(path)
    if suffix not in (*_TEXT, *_JSON, ".npy") or not path.is_file():
        raise InputError(f"{path}: series are read from {', '.join((*_TEXT, *_JSON, '.npy'))}")
    if suffix in _TEXT:
        found = _of_text(path, label_column)
    else:
        refuse_columns(path, None, label_column)
        found = _of_npy(path) if suffix == ".npy" else _of_json(path, suffix != ".json")
    if not len(found.series):
        raise InputError(f"{path} is empty: give a row for each series")
    if found.ids is not None and len(set(found.ids)) != len(found.ids):
        raise InputError(f"{path} names two series alike: give each a name of its own")
    graph = series_graph(found.series, found.ids, path.name, notes=found.notes)
    if found.labels is None:
        return Loaded(graph)
    y, names = class_codes(found.labels)
    return Loaded(graph, y, class_names=names)


def _of_npy(path: Path) -> _Found:
    table = load_npy(path)
    if table.ndim != 2 or table.dtype.kind not in "biuf":
        raise InputError(f"{path} is no matrix of numbers: a row for each series is needed")
    return _Found(table)


def _of_text(path: Path, label_column: str | None) -> _Found:
    table = read_table(path, guess=True)
    rows = [[v.strip() for v in row] for row in table.fields()]
    header = table.header
    if header is None and rows and not any(map(_reads_as_number, rows[0])):
        header, rows, table.numbers = rows[0], rows[1:], table.numbers[1:]
    label = None
    if label_column is not None:
        known = header or []
        if label_column not in known:
            raise InputError(
                f"{path} has no column {label_column!r} (it has: {', '.join(known[:12]) or 'none'})"
                f"{nearest(label_column, known)}"
            )
        label = known.index(label_column)
    named = bool(header) and header[0].lower() in ID_NAMES and label != 0  # type: ignore[index]
    series = []
    for number, row in zip(table.numbers, rows, strict=True):
        values = [v for at, v in enumerate(row) if at != label and not (named and at == 0)]
        while values and is_missing(values[-1]):
            values.pop()
        series.append([_number(v, path, number) for v in values])
    ids: list[Hashable] | None = [row[0] for row in rows] if named else None
    labels = None if label is None else [row[label] if label < len(row) else "" for row in rows]
    return _Found(series, ids, labels, table.notes)


def _of_json(path: Path, by_line: bool) -> _Found:
    text, ids = read_text(path), None
    try:
        if by_line:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            found = json.loads(text)
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}. Correct that place") from error
    if isinstance(found, dict):
        ids, found = list(found), list(found.values())
    if not isinstance(found, list) or not all(isinstance(one, list) for one in found):
        raise InputError(f"{path} is no list of lists of numbers, nor lists by name: give a list "
                         "for each series")  # fmt: skip
    return _Found(found, ids)


def _reads_as_number(text: str) -> bool:
    return is_missing(text) or is_number(text) or has_decimal_comma(text)


def _number(text: str, path: Path, line: int) -> float:
    if is_missing(text):
        return float("nan")
    if has_decimal_comma(text):
        text = text.replace(".", "").replace(",", ".")
    try:
        return float(text)
    except ValueError:
        raise InputError(
            f"{path}, line {line}: {text!r} is not a number. A row is a series of numbers, beside "
            "a first column called id and that of --label-column"
        ) from None
