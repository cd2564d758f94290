"""Edge lists in text files: two columns of node names, perhaps a third of weights."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.delimiters import is_number, split_line
from graphclust.graphs.edges import EdgeList
from graphclust.graphs.text_tables import TextTable, read_table

# What programs call the two ends; a first line made of such words is a header.
END_NAMES = frozenset(
    {
        "source",
        "target",
        "from",
        "to",
        "src",
        "dst",
        "head",
        "tail",
        "sender",
        "receiver",
        "citing",
        "cited",
        "start",
        "end",
        "weight",
        "id_1",
        "id_2",
        "id1",
        "id2",
        "node_1",
        "node_2",
        "node1",
        "node2",
        "node_a",
        "node_b",
        "user1",
        "user2",
        "fromnodeid",
        "tonodeid",
        "source_id",
        "target_id",
    }
)

_LOOK_AT = 200  # lines that tell whether the first one is a header


@dataclass(frozen=True)
class ListedEdges:
    """Edges of a file, and the names that its nodes have there.

    Attributes
    ----------
    edges : EdgeList
    ids : sequence of hashables or None
        None where the names are 0 .. n-1 anyway.
    n : int
    integers : bool
        Whether all names are whole numbers from 0 up.
    """

    edges: EdgeList
    ids: Sequence[Hashable] | None
    n: int
    integers: bool

    def over_rows(self, n_rows: int) -> ListedEdges:
        """Read names as row numbers of a table of ``n_rows`` rows, isolated nodes included.

        That holds for whole numbers that count the rows from 0, all being less than ``n_rows``,
        or from 1, the greatest being ``n_rows``; otherwise nothing changes.
        """
        if self.ids is None:
            return self if n_rows <= self.n else ListedEdges(self.edges, None, n_rows, True)
        if not self.integers:
            return self
        names = np.asarray(self.ids, dtype=np.int64)
        base = first_row(int(names[0]), int(names[-1]), n_rows)
        if base is None:
            return self
        old = self.edges
        row, col = names[old.row] - base, names[old.col] - base
        ids = None if base == 0 else list(range(1, n_rows + 1))
        return ListedEdges(EdgeList(row, col, old.weight, old.orientation), ids, n_rows, True)


def first_row(least: int, greatest: int, n_rows: int) -> int | None:
    """Return the number of the first row where whole numbers count n rows, None where not."""
    base = int(least >= 1 and greatest == n_rows)
    return base if greatest - base < n_rows else None


def read_edge_list(path: Path) -> ListedEdges:
    """Read an edge list.

    Node names stay as they are, whole numbers as int, all else as str. Nodes named by whole
    numbers are in ascending order, others in the order of their first appearance.

    Raises
    ------
    InputError
        If a line has not two or three columns, or a weight is no number; it names the line.

    Notes
    -----
    Cost O(m): about a second for a million lines of numbers, a few for names.
    """
    table = read_table(path, header=False)
    width = take_header(table)
    numeric = whole_numbers(table, width)
    if numeric is not None:
        weight = numeric[:, 2].astype(np.float64) if width == 3 else None
        return listed_numbers(numeric[:, :2].astype(np.int64), weight)
    place: dict[str, int] = {}
    ends, weight = named_ends(table, width, place)
    return listed_names(ends, weight, list(place))


def take_header(table: TextTable) -> int:
    """Take a header off the first lines of an edge list, and return its number of columns.

    Raises
    ------
    InputError
        If there is no edge, or there are not two or three columns.
    """
    _take_header(table)
    if not table.lines:
        raise InputError(f"{table.path} is empty: it names no edge. Give a line for each edge")
    width = table.n_columns
    if width not in (2, 3):
        raise InputError(
            f"{table.path}, line {table.numbers[0]}: {width} column{'' if width == 1 else 's'}, "
            "but an edge list has two or three (node, node, weight). If it is not one, say by "
            "--as what it is"
        )
    return width


def whole_numbers(table: TextTable, width: int) -> NDArray[Any] | None:
    """Return the lines as numbers, or None where a node's name is not a whole one."""
    numeric = table.floats(np.int64 if width == 2 else np.float64)
    if numeric is None or numeric.shape[1] != width or not _whole(numeric[:, :2]):
        return None
    return numeric


def _take_header(table: TextTable) -> None:
    """Take the first line off if it names the columns, and is not an edge between two words.

    It does if its words are those that programs use, or stand over a column of weights or over
    nothing but numbers.
    """
    if not table.lines:
        return
    first, *rest = (split_line(line, table.delimiter) for line in table.lines[:_LOOK_AT])
    if any(is_number(word) for word in first):
        return
    named = len(first) in (2, 3) and all(word.lower() in END_NAMES for word in first[:2])
    weights = len(first) == 3 and bool(rest) and all(is_number(row[-1]) for row in rest)
    numbers = bool(rest) and all(is_number(word) for row in rest for word in row)
    if named or weights or numbers:
        table.header = first
        del table.lines[0], table.numbers[0]


def _whole(ends: NDArray[Any]) -> bool:
    if ends.dtype.kind == "i":
        return True
    return bool((np.isfinite(ends) & (ends == np.floor(ends)) & (np.abs(ends) < 2**53)).all())


def listed_numbers(ends: NDArray[np.int64], weight: NDArray[np.float64] | None) -> ListedEdges:
    """Return edges between nodes that whole numbers name, shape (m, 2)."""
    flat = ends.reshape(-1)
    names, place = np.unique(flat, return_inverse=True)
    n = int(names.size)
    at_rest = names[0] == 0 and names[-1] == n - 1
    if not at_rest:
        ends = place.reshape(-1, 2)
    edges = EdgeList(ends[:, 0], ends[:, 1], weight, "unknown")
    return ListedEdges(edges, None if at_rest else names.tolist(), n, bool(names[0] >= 0))


def listed_names(
    ends: NDArray[np.int64], weight: NDArray[np.float64] | None, names: list[str]
) -> ListedEdges:
    """Return edges between nodes of the given names, by their places, shape (m, 2)."""
    edges = EdgeList(ends[:, 0], ends[:, 1], weight, "unknown")
    return ListedEdges(edges, names, len(names), False)


def named_ends(
    table: TextTable, width: int, place: dict[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """Return the ends of each line as numbers by name, shape (m, 2), and the weights.

    ``place`` numbers the names; new ones are added to it.
    """
    rows = table.rows((width,))
    flat = np.fromiter(
        (place.setdefault(row[i], len(place)) for row in rows for i in (0, 1)),
        np.int64,
        2 * len(rows),
    )
    if "" in place:
        line = table.numbers[next(i for i, row in enumerate(rows) if "" in row[:2])]
        raise InputError(
            f"{table.path}, line {line}: a node has no name. Correct or drop that line"
        )
    return flat.reshape(-1, 2), _weights(table, rows) if width == 3 else None


def _weights(table: TextTable, rows: list[list[str]]) -> NDArray[np.float64]:
    try:
        return np.fromiter((float(row[2]) for row in rows), np.float64, len(rows))
    except ValueError:
        at = next(i for i, row in enumerate(rows) if not is_number(row[2]))
        raise InputError(
            f"{table.path}, line {table.numbers[at]}: the weight {rows[at][2]!r} is not a number. "
            "Correct or drop that line"
        ) from None
