"""Edge lists of any size, a piece at a time: text (gzipped or not) and parquet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.edge_list import named_ends, take_header, whole_numbers
from graphclust.graphs.kinds import is_parquet
from graphclust.graphs.parquet_edges import parquet_batches, placed
from graphclust.graphs.text_bytes import read_pieces
from graphclust.graphs.text_tables import TextTable, table_of

# A line of text takes some twelve times its size while it is parsed, a row of parquet less.
_TEXT_SHARE = 1 / 64
_BYTES_OF_ROW = 512


@dataclass(frozen=True)
class EdgeChunk:
    """Some edges of a list: ends, int64, shape (m, 2), and weights, shape (m,), or None."""

    ends: NDArray[np.int64]
    weight: NDArray[np.float64] | None


class NamesAreNotNumbers(Exception):  # noqa: N818
    """A node is not named by a whole number: the list is to be read again, by names."""


def edge_chunks(path: Path, memory: int, place: dict[str, int] | None) -> Iterator[EdgeChunk]:
    """Yield the edges of a list in the order of the file.

    Parameters
    ----------
    path : Path
    memory : int
        Bytes that all of the import may use; a chunk takes a part of them.
    place : dict, optional
        Numbers names, in the order of their first appearance. Without it ends are the whole
        numbers that name the nodes.

    Raises
    ------
    NamesAreNotNumbers
        Without ``place``, at the first name that is not a whole number.
    InputError
        At a line that cannot be read.
    """
    if is_parquet(path):
        return _of_parquet(path, max(1 << 12, memory // _BYTES_OF_ROW // 8), place)
    return _of_text(path, max(1 << 16, int(memory * _TEXT_SHARE)), place)


def _of_parquet(path: Path, rows: int, place: dict[str, int] | None) -> Iterator[EdgeChunk]:
    for batch in parquet_batches(path, rows):
        source, target, weight = batch
        if isinstance(source, list) or isinstance(target, list):
            if place is None:
                raise NamesAreNotNumbers
            yield EdgeChunk(placed(batch, place), weight)
        else:
            yield EdgeChunk(np.stack([source, target], axis=1), weight)


def _of_text(path: Path, size: int, place: dict[str, int] | None) -> Iterator[EdgeChunk]:
    first: TextTable | None = None
    width = before = 0
    for text in read_pieces(path, size):
        table = table_of(text, path, before, first)
        before += text.count("\n")
        if not table.lines:
            continue
        if first is None:
            first, width = table, take_header(table)
        if place is not None:
            yield EdgeChunk(*named_ends(table, width, place))
            continue
        numbers = whole_numbers(table, width)
        if numbers is None:
            raise NamesAreNotNumbers
        ends = numbers[:, :2].astype(np.int64)
        yield EdgeChunk(ends, numbers[:, 2].astype(np.float64) if width == 3 else None)
    if first is None:
        raise InputError(f"{path} is empty: it names no edge. Give a line for each edge")
