"""Texts in files: a column of a csv, jsonl, a folder of files, or a line a text."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from graphclust.adapters.streaming import notes_of, readings_of, unreadable
from graphclust.adapters.texts import read_texts
from graphclust.adapters.top_words import WORDS_FILE
from graphclust.adapters.vectors import codes_of
from graphclust.errors import InputError, nearest
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.kinds import suffix_of
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.side_files import ID_NAMES
from graphclust.graphs.text_bytes import GZIP, reading, text_encoding

REPEATED = "names of the texts repeat: their numbers are the ids"
_DELIMITERS = {".csv": (",", ";", "\t", "|"), ".tsv": ("\t",)}
_JSON = (".jsonl", ".ndjson")
_LONGEST_FIELD = 1 << 30


@dataclass
class Gathered:
    """What is kept of a source besides the words of its texts."""

    ids: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(
    path: Path,
    column: str | None = None,
    label_column: str | None = None,
    vectors: Any = None,
    strict: bool = False,
) -> Loaded:
    """Read texts as a graph, with known classes beside it.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.tsv`` (with a header), ``.jsonl``, each gzipped or not; a folder, whose
        files are the texts and whose sub-folders are classes; any other file is a text a line.
    column : str, optional
        The column, or key, of the texts; may be left out where there is one only, or one called
        ``text``.
    label_column : str, optional
        The column, or key, of known classes, for scoring only.
    vectors : str or matrix, optional
        As :func:`~graphclust.adapters.from_texts` takes them.
    strict : bool
        Whether a file of a folder that is not text is an error; it is skipped and listed
        otherwise.

    Raises
    ------
    InputError
        If a file is not what its ending says, or has no such column.

    Notes
    -----
    An empty text, or a ``null`` of a jsonl, is a text without words: it keeps its place and has
    no neighbours.
    """
    kept = Gathered()
    if strict and not path.is_dir():
        raise InputError(f"--strict does not apply to {path}: it is not read file by file")
    if path.is_dir():
        _refuse_column(path, column, label_column, "a folder")
        texts = _of_folder(path, kept, strict)
    elif suffix_of(path) in _DELIMITERS:
        texts = _of_csv(path, column, label_column, kept)
    elif suffix_of(path) in _JSON:
        texts = _of_jsonl(path, column, label_column, kept)
    elif suffix_of(path) == ".json":
        raise InputError(
            f'{path} is one JSON document: write one object a line, {{"text": ...}}, and call '
            "the file .jsonl"
        )
    else:
        _refuse_column(path, column, label_column, "a text a line")
        texts = _of_lines(path, kept)
    found = read_texts(texts, "tfidf" if vectors is None else vectors, str(path))
    n = found.n_texts
    ids = kept.ids if len(kept.ids) == n == len(set(kept.ids)) else None
    repeat = len(kept.ids) == n > len(set(kept.ids))
    told = (REPEATED,) * repeat
    notes = (*kept.notes, *notes_of(kept.skipped), *told, *found.notes)
    graph = found.graph(ids, path.name, notes)
    readings = {WORDS_FILE: found.reading(ids), **readings_of(kept.skipped)}
    if not kept.classes:
        return Loaded(graph, readings=readings)
    names = class_codes(kept.classes)[1]
    return Loaded(graph, codes_of(kept.classes, n), names, readings=readings)


@contextmanager
def opened(path: Path, notes: list[str] | None = None) -> Iterator[TextIO]:
    """Open a text file, gzipped or not; what goes wrong names the file.

    Its encoding is found out as :func:`~graphclust.graphs.text_bytes.read_text` does.
    """
    with reading(path), path.open("rb") as raw:
        zipped = raw.read(2) == GZIP
        raw.seek(0)
        with gzip.open(raw) if zipped else raw as file:
            encoding = text_encoding(file, path, notes)  # type: ignore[arg-type]
            yield io.TextIOWrapper(file, encoding, newline="")  # type: ignore[arg-type,type-var]


def _of_lines(path: Path, kept: Gathered) -> Iterator[str]:
    with opened(path, kept.notes) as file:
        yield from file


def _of_folder(path: Path, kept: Gathered, strict: bool) -> Iterator[str]:
    files = sorted(f for f in path.rglob("*") if f.is_file() and not f.name.startswith("."))
    if not files:
        raise InputError(f"{path} is a folder without files: name one that holds texts")
    nested = all(f.parent != path for f in files)
    for file in files:
        try:
            with opened(file) as handle:
                text = handle.read()
        except InputError as error:
            name, reason = str(file.relative_to(path)), "it is not UTF-8 text"
            if strict:
                raise unreadable(name, reason) from error
            kept.skipped.append((name, reason))
            continue
        kept.ids.append(str(file.relative_to(path)))
        if nested:
            kept.classes.append(file.relative_to(path).parts[0])
        yield text
    if len(kept.skipped) == len(files):
        raise InputError(f"none of the {len(files)} files in {path} is UTF-8 text: convert them")


def _of_csv(
    path: Path, column: str | None, label_column: str | None, kept: Gathered
) -> Iterator[str]:
    before = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with opened(path, kept.notes) as file:
            first = file.readline()
            if not first.strip():
                raise InputError(f"{path} is empty, or its first line is: it must name the columns")
            delimiter = _delimiter(path, first, column)
            rows = csv.reader(chain([first], file), delimiter=delimiter)
            header = [v.strip() for v in next(rows)]
            at = _place(path, header, column, "texts")
            label = None if label_column is None else _place(path, header, label_column, "classes")
            named = header[0].lower() in ID_NAMES and at != 0
            for number, row in enumerate(rows, start=2):
                if not row:
                    continue
                if len(row) != len(header):
                    raise InputError(
                        f"{path}, row {number}: {len(row)} columns where the header has "
                        f"{len(header)}. Correct that row, or check the delimiter"
                    )
                if named:
                    kept.ids.append(row[0])
                if label is not None:
                    kept.classes.append(row[label])
                yield row[at]
    except csv.Error as error:
        raise InputError(f"{path} cannot be read as csv: {error}") from error
    finally:
        csv.field_size_limit(before)


def _of_jsonl(
    path: Path, column: str | None, label_column: str | None, kept: Gathered
) -> Iterator[str]:
    with opened(path, kept.notes) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                whole = line.lstrip().startswith("[")
                raise InputError(
                    f"{path}, line {number} is not JSON: "
                    + (
                        "write an object a line, without the list around them"
                        if whole
                        else f"{error}. Correct or drop that line"
                    )
                ) from error
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number} is no JSON object: give one a line")
            if column is None:
                column = _place_name(path, list(row), "texts")
            for key in (column, *([] if label_column is None else [label_column])):
                if key not in row:
                    raise InputError(_missing(f"{path}, line {number},", key, list(row)))
            name = next((k for k in row if k.lower() in ID_NAMES and k != column), None)
            if name is not None:
                kept.ids.append(str(row[name]))
            if label_column is not None:
                kept.classes.append(str(row[label_column]))
            yield "" if row[column] is None else str(row[column])


def _delimiter(path: Path, line: str, column: str | None) -> str:
    choices = _DELIMITERS[suffix_of(path)]
    return max(choices, key=lambda d: (column is not None and column in _split(line, d),
                                       line.count(d)))  # fmt: skip


def _split(line: str, delimiter: str) -> list[str]:
    return [v.strip() for v in next(csv.reader([line], delimiter=delimiter), [])]


def _place(path: Path, header: list[str], column: str | None, what: str) -> int:
    name = _place_name(path, header, what) if column is None else column
    if name not in header:
        raise InputError(_missing(str(path), name, header))
    if header.count(name) > 1:
        raise InputError(f"{path} calls two columns {name!r}: rename one of them")
    return header.index(name)


def _place_name(path: Path, header: list[str], what: str) -> str:
    if len(header) == 1:
        return header[0]
    if "text" in header:
        return "text"
    raise InputError(
        f"{path} has {len(header)} columns ({', '.join(header[:8])}): say by --column which one "
        f"holds the {what}"
    )


def _missing(where: str, name: str, header: list[str]) -> str:
    known = ", ".join(header[:12])
    if len(header) == 1 and len(known) > 60:
        known = known[:57] + "..."
    return f"{where} has no column {name!r} (it has: {known}){nearest(name, header)}"


def _refuse_column(path: Path, column: str | None, label_column: str | None, what: str) -> None:
    for flag, value in (("--column", column), ("--label-column", label_column)):
        if value is not None:
            raise InputError(f"{flag} {value}: {path} holds {what}, which has no columns")
