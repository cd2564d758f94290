"""Delimited text: opened, sniffed and split, with the line number of whatever is wrong."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.delimiters import (
    COMMENTS,
    is_header,
    records_of,
    sniff,
    split_line,
    splitting,
)
from graphclust.graphs.text_bytes import read_text

# So many lines show which delimiter parts them all alike.
_LOOK_AT = 20


@dataclass
class TextTable:
    """A delimited file, not yet split.

    Attributes
    ----------
    path : Path
    lines : list of str
        What is neither blank nor a comment, header included.
    numbers : list of int
        Line number in the file of each, from 1.
    delimiter : str or None
        None is any white space.
    header : list of str or None
        Names of the columns, taken off ``lines``.
    plain : bool
        Whether there is neither a quote nor a blank in the file.
    notes : tuple of str
        What was taken for granted while it was read.
    """

    path: Path
    lines: list[str]
    numbers: list[int]
    delimiter: str | None
    header: list[str] | None = None
    plain: bool = False
    notes: tuple[str, ...] = ()

    @property
    def n_columns(self) -> int:
        """Number of fields of the first line of data (of the header without any)."""
        if self.lines:
            return len(split_line(self.lines[0], self.delimiter))
        return len(self.header or ())

    def floats(self, dtype: Any = np.float64) -> NDArray[Any] | None:
        """Return all fields as numbers, shape (lines, columns), or None if one is not a number."""
        if not self.lines:
            return np.zeros((0, self.n_columns), dtype=dtype)
        try:
            return np.loadtxt(
                self.lines, dtype=dtype, delimiter=self.delimiter, comments=None, ndmin=2
            )
        except (ValueError, OverflowError):
            return None

    def rows(self, widths: tuple[int, ...]) -> list[list[str]]:
        """Return all fields as text.

        Raises
        ------
        InputError
            At the first line whose number of fields is not among ``widths``.
        """
        out = self.fields()
        width = len(out[0]) if out and len(out[0]) in widths else widths[0]
        for fields, number in zip(out, self.numbers, strict=True):
            if len(fields) != width:
                first = ", or check what parts the fields" if fields is out[0] else ""
                raise InputError(
                    f"{self.path}, line {number}: {len(fields)} columns where {width} are "
                    f"expected ({self._shown(fields)}). Correct or drop that line{first}"
                )
        return out

    def fields(self) -> list[list[str]]:
        """Return the fields of each line, however many they are."""
        if self.delimiter is None:
            return [line.split() for line in self.lines]
        if self.plain:
            return [line.split(self.delimiter) for line in self.lines]
        return self._quoted()

    def _quoted(self) -> list[list[str]]:
        rows = csv.reader(self.lines, delimiter=self.delimiter or ",", skipinitialspace=True)
        with splitting(self.path):
            out = [[v.strip() for v in row] for row in rows]
        if len(out) == len(self.lines):
            return out
        # A stray quote runs on where all lines are read together: each by itself, then.
        return [split_line(line, self.delimiter) for line in self.lines]

    def _shown(self, fields: list[str]) -> str:
        text = (self.delimiter or " ").join(fields)
        return repr(text if len(text) <= 40 else text[:37] + "...")


def read_table(path: Path, header: bool | None = None, guess: bool = False) -> TextTable:
    """Open a delimited file.

    Parameters
    ----------
    path : Path
        Plain or gzipped (told by its first bytes), UTF-8, or UTF-16 by its mark; ``#`` and ``%``
        start a comment line. A field in quotes may hold the delimiter and ends of lines.
    header : bool, optional
        Whether the first line names the columns; found out when left out: it does when it is
        not numeric where the second line is.
    guess : bool
        As for :func:`read_text`; ``notes`` of the table tell of it.

    Raises
    ------
    InputError
        If it cannot be read or is not text.
    """
    notes: list[str] | None = [] if guess else None
    table = table_of(read_text(path, notes), path)
    table.notes = tuple(notes or ())
    lines, delimiter = table.lines, table.delimiter
    if lines and (header or (header is None and is_header(lines, delimiter))):
        table.header = split_line(lines[0], delimiter)
        del table.lines[0], table.numbers[0]
    return table


def table_of(text: str, path: Path, before: int = 0, like: TextTable | None = None) -> TextTable:
    """Return the table of a text, or of a piece of one that ``before`` lines go before.

    The delimiter is that of ``like``, the table of the first piece, or found out.
    """
    # Not splitlines, which parts at a dozen characters that may stand within a field.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    del lines[len(lines) - (not lines[-1]) :]
    places = list(range(1 + before, len(lines) + 1 + before))
    if '"' in text and any(line.count('"') % 2 for line in lines):
        lines, places = records_of(lines, places)
    plain = [i for i, line in enumerate(lines) if line.strip() and line.lstrip()[0] not in COMMENTS]
    if len(plain) != len(lines):
        lines, places = [lines[i] for i in plain], [places[i] for i in plain]
    delimiter = sniff(lines[:_LOOK_AT], path) if like is None else like.delimiter
    return TextTable(path, lines, places, delimiter, plain='"' not in text and " " not in text)
