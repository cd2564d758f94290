"""Edge lists in parquet files, or in folders of them as Spark and Dask write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError, MissingDependencyError
from graphclust.graphs.edge_list import ListedEdges, listed_names, listed_numbers

# What the two ends are called where a table has more than them; GraphFrames says src and dst.
_PAIRS = (
    ("src", "dst"),
    ("source", "target"),
    ("from", "to"),
    ("id_1", "id_2"),
    ("id1", "id2"),
    ("node_1", "node_2"),
    ("node1", "node2"),
    ("source_id", "target_id"),
)
_ROWS = 1 << 20

Ends = NDArray[np.int64] | list[str]
Batch = tuple[Ends, Ends, NDArray[np.float64] | None]


def read_parquet_edges(path: Path) -> ListedEdges:
    """Read an edge list from parquet, by the rules of :func:`read_edge_list`.

    Two columns of integers or strings: the first two, or those called source and target (or the
    like); weights are a column called ``weight``, or the third of three if it holds numbers.

    Raises
    ------
    InputError
        If it is no parquet, or a column or value cannot be used.
    MissingDependencyError
        Without pyarrow.
    """
    batches = list(parquet_batches(path))
    if not any(len(source) for source, _, _ in batches):
        raise InputError(f"{path} is empty: it names no edge. Give a row for each edge")
    parts = [w for _, _, w in batches if w is not None]
    weight = np.concatenate(parts) if parts else None
    if isinstance(batches[0][0], list):
        place: dict[str, int] = {}
        ends = np.concatenate([placed(batch, place) for batch in batches])
        return listed_names(ends, weight, list(place))
    both = [np.stack([source, target], axis=1) for source, target, _ in batches]
    return listed_numbers(np.concatenate(both).astype(np.int64), weight)


def placed(batch: Batch, place: dict[str, int]) -> NDArray[np.int64]:
    """Return the ends of a batch of names as numbers, shape (m, 2); new names are added."""
    source, target, _ = batch
    flat = np.fromiter(
        (
            place.setdefault(name, len(place))
            for row in zip(source, target, strict=True)
            for name in row
        ),
        np.int64,
        2 * len(source),
    )
    return flat.reshape(-1, 2)


def parquet_batches(path: Path, rows: int = _ROWS) -> Iterator[Batch]:
    """Yield both ends and the weights of at most so many edges: integers all along, or names."""
    try:
        import pyarrow
        import pyarrow.dataset
    except ImportError as error:
        raise MissingDependencyError("pyarrow", "parquet", "reading parquet") from error
    try:
        table = pyarrow.dataset.dataset(path, format="parquet")
        first, second, weight = _columns(table.schema, path)
        named = not all(
            pyarrow.types.is_integer(table.schema.field(c).type) for c in (first, second)
        )
        columns = [first, second] + ([weight] if weight else [])
        # One batch at a time: the scanner would otherwise read ahead into memory.
        scanner = table.scanner(
            columns=columns, batch_size=rows, batch_readahead=1, fragment_readahead=1
        )
        for batch in scanner.to_batches():
            _check_whole(batch, path)
            ends = [_ends(batch.column(i), named) for i in (0, 1)]
            yield ends[0], ends[1], _weights(batch.column(2), path) if weight else None
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(f"{path} cannot be read as parquet: {error}") from error


def _columns(schema: Any, path: Path) -> tuple[str, str, str | None]:
    import pyarrow

    names = list(schema.names)
    if len(names) < 2:
        raise InputError(f"{path} has columns {names}: an edge list has two or three")
    lower = {name.lower(): name for name in names}
    pair = next((p for p in _PAIRS if p[0] in lower and p[1] in lower), None)
    if pair is None and len(names) > 3:
        raise InputError(
            f"{path} has {len(names)} columns and none called source and target (or src and dst): "
            "rename the two that hold the ends of an edge"
        )
    first, second = (lower[p] for p in pair) if pair else names[:2]
    weight = lower.get("weight")
    if weight is None and len(names) == 3:
        third = next(name for name in names if name not in (first, second))
        kind = schema.field(third).type
        if pyarrow.types.is_floating(kind) or pyarrow.types.is_integer(kind):
            weight = third
    return first, second, weight


def _check_whole(batch: Any, path: Path) -> None:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if column.null_count:
            raise InputError(
                f"{path}: column {name!r} has {column.null_count} missing values. Fill in or drop "
                "these rows"
            )


def _ends(column: Any, named: bool) -> Ends:
    if named:
        return [str(value) for value in column.to_pylist()]
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.int64)


def _weights(column: Any, path: Path) -> NDArray[np.float64]:
    try:
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: the weights are not numbers ({column.type})") from error
