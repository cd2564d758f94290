"""Delimited text: opened, sniffed and split, with the line number of whatever is wrong."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError

COMMENTS = ("#", "%")
GZIP = b"\x1f\x8b"


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
    """

    path: Path
    lines: list[str]
    numbers: list[int]
    delimiter: str | None
    header: list[str] | None = None
    plain: bool = False

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
        if self.delimiter is None:
            out = [line.split() for line in self.lines]
        elif self.plain:
            out = [line.split(self.delimiter) for line in self.lines]
        else:
            out = [split_line(line, self.delimiter) for line in self.lines]
        width = len(out[0]) if out and len(out[0]) in widths else widths[0]
        for fields, number in zip(out, self.numbers, strict=True):
            if len(fields) != width:
                raise InputError(
                    f"{self.path}, line {number}: {len(fields)} columns where {width} are "
                    f"expected ({self._shown(fields)}). Correct or drop that line"
                )
        return out

    def _shown(self, fields: list[str]) -> str:
        text = (self.delimiter or " ").join(fields)
        return repr(text if len(text) <= 40 else text[:37] + "...")


def read_table(path: Path, header: bool | None = None) -> TextTable:
    """Open a delimited file.

    Parameters
    ----------
    path : Path
        Plain or gzipped (told by its first bytes), UTF-8; ``#`` and ``%`` start a comment line.
    header : bool, optional
        Whether the first line names the columns; found out when left out: it does when it is
        not numeric where the second line is.

    Raises
    ------
    InputError
        If it cannot be read or is not text.
    """
    table = table_of(read_text(path), path)
    lines, delimiter = table.lines, table.delimiter
    if lines and (header or (header is None and _is_header(lines, delimiter))):
        table.header = split_line(lines[0], delimiter)
        del table.lines[0], table.numbers[0]
    return table


def table_of(text: str, path: Path, before: int = 0, like: TextTable | None = None) -> TextTable:
    """Return the table of a text, or of a piece of one that ``before`` lines go before.

    The delimiter is that of ``like``, the table of the first piece, or found out.
    """
    lines = text.splitlines()
    plain = [i for i, line in enumerate(lines) if line.strip() and line.lstrip()[0] not in COMMENTS]
    numbers = [i + 1 + before for i in plain]
    if len(plain) != len(lines):
        lines = [lines[i] for i in plain]
    delimiter = _sniff(lines[:2], path) if like is None else like.delimiter
    return TextTable(path, lines, numbers, delimiter, plain='"' not in text and " " not in text)


def read_text(path: Path) -> str:
    """Return the contents of a text file, gzipped or not.

    Raises
    ------
    InputError
        If it cannot be read or is not UTF-8.
    """
    with reading(path):
        raw = path.read_bytes()
        if raw[:2] == GZIP:
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")


def read_pieces(path: Path, size: int) -> Iterator[str]:
    """Yield a text file, gzipped or not, in pieces of whole lines of about ``size`` bytes.

    Raises
    ------
    InputError
        If it cannot be read or is not UTF-8.
    """
    with reading(path), path.open("rb") as raw:
        zipped = raw.read(2) == GZIP
        raw.seek(0)
        rest, encoding = b"", "utf-8-sig"
        with gzip.open(raw) if zipped else raw as file:
            while data := file.read(size):
                end = data.rfind(b"\n") + 1
                if end:
                    yield (rest + data[:end]).decode(encoding)
                    rest, encoding = b"", "utf-8"
                rest += data[end:]
        if rest:
            yield rest.decode(encoding)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a text file is read into an ``InputError``."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} is a damaged gzip file ({error}): fetch it again") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8, or say by --as "
            "what it is"
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error


def split_line(line: str, delimiter: str | None) -> list[str]:
    """Return the fields of one line; quotes are understood."""
    if delimiter is None:
        return line.split()
    if '"' not in line:
        return [v.strip() for v in line.split(delimiter)]
    fields = next(csv.reader(io.StringIO(line), delimiter=delimiter, skipinitialspace=True), [])
    return [v.strip() for v in fields]


def is_number(text: str) -> bool:
    """Whether a field reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _sniff(lines: list[str], path: Path) -> str | None:
    name = path.name.removesuffix(".gz").lower()
    first = lines[0] if lines else ""
    if "\t" in first:
        return "\t"
    if name.endswith(".csv"):
        return ";" if ";" in first and "," not in first else "," if "," in first else None
    for delimiter in (",", ";"):
        if all(delimiter in line for line in lines) and lines:
            return delimiter
    return None


def _is_header(lines: list[str], delimiter: str | None) -> bool:
    first = split_line(lines[0], delimiter)
    if len(lines) < 2:
        return not any(is_number(v) for v in first)
    second = split_line(lines[1], delimiter)
    pairs = list(zip(first, second, strict=False))
    return any(is_number(b) and not is_number(a) and a for a, b in pairs) and not any(
        is_number(a) for a, _ in pairs
    )
