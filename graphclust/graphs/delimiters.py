"""Lines to fields: what parts them, quotes, numbers, and whether the first line names columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graphclust.errors import InputError

COMMENTS = ("#", "%")
_DECIMAL_COMMA = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+|\d*),\d+([eE][-+]?\d+)?")


def records_of(lines: list[str], places: list[int]) -> tuple[list[str], list[int]]:
    """Join lines that a quoted field runs over; the place of each is that of its first line."""
    out, at = [], []
    i = 0
    while i < len(lines):
        record, first = lines[i], i
        if record.count('"') % 2 and record.lstrip()[:1] not in COMMENTS:
            end = next((j for j in range(i + 1, len(lines)) if lines[j].count('"') % 2), None)
            # Odd quotes beside which no other line has any are a sign of inches, not a field.
            if end is not None and _is_open(record):
                record, i = "\n".join(lines[i : end + 1]), end
        out.append(record)
        at.append(places[first])
        i += 1
    return out, at


def _is_open(line: str) -> bool:
    """Whether a field's quote is not closed in the line: one that follows a delimiter."""
    quotes = re.findall(r'(?:^|[,;\t|])\s*"(?:[^"]|"")*(?:"|$)', line)
    return bool(quotes) and quotes[-1].count('"') % 2 == 1


@contextmanager
def splitting(path: Path | None = None) -> Iterator[None]:
    """Turn what the csv module refuses into an ``InputError``."""
    try:
        yield
    except csv.Error as error:
        raise InputError(f"{path or 'a line'} cannot be split into columns: {error}") from error


def split_line(line: str, delimiter: str | None) -> list[str]:
    """Return the fields of one line; quotes are understood."""
    if delimiter is None:
        return line.split()
    if '"' not in line:
        return [v.strip() for v in line.split(delimiter)]
    rows = csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, skipinitialspace=True)
    with splitting():
        return [v.strip() for v in next(rows, [])]


def is_number(text: str) -> bool:
    """Whether a field reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def has_decimal_comma(text: str) -> bool:
    """Whether a field is a number with a decimal comma, such as ``1.234,5``."""
    return _DECIMAL_COMMA.fullmatch(text.strip()) is not None


def sniff(lines: list[str], path: Path) -> str | None:
    """Return the delimiter of some first lines, None for white space.

    It is the one of tab, semicolon, comma and bar that parts all of them into equally many
    fields; a comma that parts numbers only is a decimal one where semicolons do so too. Where
    none does, the first line tells.
    """
    if not lines:
        return None
    first, steady = lines[0], []
    for delimiter in ("\t", ";", ",", "|"):
        widths = {len(split_line(line, delimiter)) for line in lines} if delimiter in first else {1}
        if len(widths) == 1 and widths != {1}:
            steady.append(delimiter)
    if steady[:2] == [";", ","] and not _all_decimal(lines):
        del steady[0]
    if steady:
        return steady[0]
    if "\t" in first:
        return "\t"
    if path.name.removesuffix(".gz").lower().endswith(".csv"):
        return next((d for d in (",", ";", "|") if d in first), None)
    return next((d for d in (",", ";") if all(d in line for line in lines[:2])), None)


def _all_decimal(lines: list[str]) -> bool:
    """Whether all commas between semicolons are decimal ones."""
    fields = [field for line in lines for field in split_line(line, ";") if "," in field]
    return all(has_decimal_comma(field) for field in fields)


def is_header(lines: list[str], delimiter: str | None) -> bool:
    """Whether the first line names columns: it has no number where the second line has one."""
    first = split_line(lines[0], delimiter)
    if len(lines) < 2:
        return not any(numeric(v) for v in first)
    second = split_line(lines[1], delimiter)
    pairs = list(zip(first, second, strict=False))
    return any(numeric(b) and not numeric(a) and a for a, b in pairs) and not any(
        numeric(a) for a, _ in pairs
    )


def numeric(text: str) -> bool:
    """Whether a field is a number, with a decimal point or comma."""
    return is_number(text) or has_decimal_comma(text)
