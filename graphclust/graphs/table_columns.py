"""Columns of a table, numbers and categories, turned into vectors; what was done is told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.delimiters import has_decimal_comma, is_number
from graphclust.graphs.rows import GREATEST

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})
# Categories that get a column each; more of them are told by how frequent they are.
_MOST_CATEGORIES = 32
# Columns whose spreads differ by more are of different units.
_UNLIKE = 10.0
# Below this, squares are lost in single precision as they are beyond the greatest.
_LEAST = 1e-10
# What may be a thousand and more, or one and a fraction; and a whole number with points.
_EITHER = re.compile(r"\s*[-+]?[1-9]\d{0,2},\d{3}\s*")
_WHOLE = re.compile(r"\s*[-+]?(\d+|\d{1,3}(\.\d{3})+)\s*")

_NAMES = "columns that name the rows left out"
_SINGLE = "columns with a single value left out"
_EMPTY = "columns without values left out"
_COMMAS = "numbers with decimal commas"


@dataclass(frozen=True)
class Encoded:
    """The vectors of a table's rows.

    Attributes
    ----------
    x : array of float32, shape (n, f)
    notes : tuple of str
        What became of its columns.
    own_space : bool
        Whether the numbers depend on all rows together, or are those of the table.
    """

    x: NDArray[np.float32]
    notes: tuple[str, ...]
    own_space: bool


def encode_columns(
    columns: Mapping[str, Sequence[Any]], name: str = "the table", commas: bool = False
) -> Encoded:
    """Return the vectors of a table's rows, with what became of its columns.

    Parameters
    ----------
    columns : mapping of str to sequence
        The columns by name, of numbers or text, all of one length.
    name : str
        What messages call the table.
    commas : bool
        Whether ``1,234`` is less than two: in columns of such numbers alone it is taken for no
        number otherwise, since it may be a thousand and more.

    Returns
    -------
    Encoded

    Raises
    ------
    InputError
        If no column is left, or one holds an infinite number.

    Notes
    -----
    A column whose values are numbers, missing ones aside, stays one; what is missing becomes its
    median. Another one is of categories: up to 32 of them get a column each, in which a
    difference counts as much as a standard deviation of a number, and a missing value has none;
    of more, a row gets how frequent its category is. Columns that name the rows (more different
    texts than half of the rows) and categories of a single value are left out. Where there are
    categories or missing values, where the spreads of numbers differ tenfold, or where their
    squares leave single precision, numbers are standardised; other tables of numbers stay as they
    are. A number may have a decimal comma.

    Examples
    --------
    >>> found = encode_columns({"size": ["1", "2", ""], "colour": ["red", "blue", "red"]})
    >>> found.x.shape, found.notes[0]
    ((3, 3), 'missing values filled in by the median: size (1)')
    """
    numbers: list[NDArray[np.float32]] = []
    categories: list[NDArray[np.float32]] = []
    told: dict[str, list[str]] = {}
    extreme = False
    for key, values in columns.items():
        pointed = _pointed(values, commas)
        parsed = _numbers(values if pointed is None else pointed)
        if parsed is None:
            _add_categories(key, values, numbers, categories, told)
            continue
        if pointed is not None:
            told.setdefault(_COMMAS, []).append(key)
        _refuse_infinite(key, parsed, name)
        gaps = int(np.isnan(parsed).sum())
        if gaps == parsed.size:
            told.setdefault(_EMPTY, []).append(key)
            continue
        if gaps:
            told.setdefault("missing values filled in by the median", []).append(f"{key} ({gaps})")
            parsed = np.where(np.isnan(parsed), np.nanmedian(parsed), parsed)
        if is_extreme(parsed):
            extreme, parsed = True, parsed / np.abs(parsed).max()
        numbers.append(parsed.astype(np.float32))
    if not numbers and not categories:
        seen = f" ({'; '.join(_notes(told))})" if told else ""
        raise InputError(
            f"{name} has no column of numbers or categories to compare{seen}. Say by --as what it "
            "is, and check its delimiter"
        )
    filled = any("missing" in what or "frequent" in what for what in told)
    numbers = _scaled(numbers, bool(categories) or filled or extreme, told)
    stacked = [np.stack(numbers, 1)] if numbers else []
    x = np.concatenate([*stacked, *categories], axis=1)
    changed = bool(set(told) - {_NAMES, _SINGLE, _EMPTY, _COMMAS})
    return Encoded(np.ascontiguousarray(x, dtype=np.float32), _notes(told), changed)


def encode_matrix(x: Any, name: str = "the table") -> Encoded:
    """Return a matrix as it is, or standardised where its squares leave single precision.

    Parameters
    ----------
    x : array, shape (n, f)
    name : str
        What messages call it.
    """
    if not is_extreme(x):
        return Encoded(x, (), False)
    return encode_columns({str(i): x[:, i] for i in range(x.shape[1])}, name)


def is_extreme(values: NDArray[Any]) -> bool:
    """Whether the greatest of some finite numbers has a square that single precision loses."""
    if values.dtype.kind not in "iuf" or not values.size:
        return False
    great = max(abs(float(values.max())), abs(float(values.min())))
    return 0.0 < great < _LEAST or GREATEST < great < np.inf


def _pointed(values: Sequence[Any], commas: bool) -> list[str] | None:
    """Return numbers with decimal commas as such with points, or None if they are none."""
    if np.asarray(values).dtype.kind in "biuf":
        return None
    texts = [str(v) for v in values if not is_missing(v)]
    with_comma = [v for v in texts if "," in v]
    if not with_comma or not all(has_decimal_comma(v) for v in with_comma):
        return None
    if not all("," in v or _WHOLE.fullmatch(v) for v in texts):
        return None
    if not commas and all(_EITHER.fullmatch(v) for v in with_comma):
        return None
    return ["" if is_missing(v) else str(v).replace(".", "").replace(",", ".") for v in values]


def _numbers(values: Sequence[Any]) -> NDArray[np.float64] | None:
    """Return the values as numbers, NaN where missing, or None if one is something else."""
    array = np.asarray(values)
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    out = np.full(len(values), np.nan)
    for i, value in enumerate(values):
        if is_missing(value):
            continue
        if isinstance(value, str) and not is_number(value):
            return None
        try:
            out[i] = float(value)
        except (TypeError, ValueError):
            return None
    return out


def _refuse_infinite(key: str, values: NDArray[np.float64], name: str) -> None:
    bad = np.flatnonzero(np.isinf(values))
    if bad.size:
        raise InputError(
            f"{name}, column {key!r}, row {bad[0] + 1}: {values[bad[0]]:g} is not a number that "
            "can be compared. Leave the field empty, or correct it"
        )


def is_missing(value: Any) -> bool:
    """Whether a field says that there is no value."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return True
    return isinstance(value, str) and value.strip().lower() in MISSING


def _add_categories(
    key: str,
    values: Sequence[Any],
    numbers: list[NDArray[np.float32]],
    categories: list[NDArray[np.float32]],
    told: dict[str, list[str]],
) -> None:
    texts = ["" if is_missing(v) else str(v).strip() for v in values]
    known = sorted(set(texts) - {""})
    if len(known) < 2:
        told.setdefault(_SINGLE, []).append(key)
        return
    if len(known) > _MOST_CATEGORIES and 2 * len(known) > len(texts):
        told.setdefault(_NAMES, []).append(key)
        return
    code = {text: i for i, text in enumerate(known)}
    at = np.asarray([code.get(text, -1) for text in texts])
    if len(known) > _MOST_CATEGORIES:
        count = np.bincount(at[at >= 0], minlength=len(known))
        share = np.where(at >= 0, count[at], 0) / len(texts)
        numbers.append(np.log(share + 1 / len(texts)).astype(np.float32))
        told.setdefault("categories told by how frequent they are", []).append(
            f"{key} ({len(known)})"
        )
        return
    held = np.flatnonzero(at >= 0)
    table = np.zeros((len(texts), len(known)), dtype=np.float32)
    # Two rows of different categories then lie one apart.
    table[held, at[held]] = np.sqrt(0.5)
    categories.append(table)
    told.setdefault("categories, a column each", []).append(f"{key} ({len(known)})")


def _scaled(
    numbers: list[NDArray[np.float32]], mixed: bool, told: dict[str, list[str]]
) -> list[NDArray[np.float32]]:
    spread = [float(v.std(dtype=np.float64)) for v in numbers]
    varied = [s for s in spread if s > 0] or [1.0]
    if not numbers or not (mixed or max(varied) > _UNLIKE * min(varied)):
        return numbers
    told["columns of numbers standardised"] = [str(len(numbers))]
    pairs = zip(numbers, spread, strict=True)
    return [((v - v.mean(dtype=np.float64)) / (s or 1.0)).astype(np.float32) for v, s in pairs]


def _notes(told: dict[str, list[str]]) -> tuple[str, ...]:
    out = []
    for what, keys in told.items():
        shown = ", ".join(key or "(no name)" for key in keys[:12]) + (
            " ..." if len(keys) > 12 else ""
        )
        out.append(f"{what}: {shown}")
    return tuple(out)
