"""Making a store from an edge list of any size, in bounded memory.

The edges stream through three times: to learn the names of the nodes (put aside as numbers), to
meet their repetitions and reverses, and into their rows; see
:mod:`graphclust.graphs.stores.merging`. What grows with the nodes stays in memory: 32 bytes a node
named by a whole number; where names are text, the names themselves, some 150 bytes each, while the
import lasts. The graph is the one that the reader of edge lists makes in memory.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.edges import (
    bad_weight,
    directed_note,
    first_bad_weight,
    notes_of,
    warn_directed,
)
from graphclust.graphs.formats import extra_names, n_labels
from graphclust.graphs.side_files import check_file, read_labels
from graphclust.graphs.stores.arrays import ArrayWriter, digest
from graphclust.graphs.stores.chunks import NamesAreNotNumbers, edge_chunks
from graphclust.graphs.stores.features import FeatureTable
from graphclust.graphs.stores.folder import FACTS_FILE, FORMAT, GraphStore, is_store, open_store
from graphclust.graphs.stores.merging import Tally, merge_pairs, row_blocks
from graphclust.graphs.stores.names import CompactNames, NumberedNodes
from graphclust.graphs.stores.spill import Spill
from graphclust.ondisk import available_memory, parse_size
from graphclust.ondisk.rows import DTYPES
from graphclust.whole_files import folder_written_whole

# Positions of two nodes and a direction are one int64.
_MOST_NODES = 2**31 - 1


def import_edges(
    edges: str | Path,
    out: str | Path,
    *,
    features: str | Path | None = None,
    labels: str | Path | None = None,
    label_column: str | None = None,
    dtype: str = "float32",
    memory: str | int | None = None,
) -> GraphStore:
    """Write a store from an edge list, and open it.

    Parameters
    ----------
    edges : path
        ``.csv .tsv .txt``, gzipped or not, with two or three columns, or parquet (a file or a
        folder of files; needs the extra ``parquet``).
    out : path
        The folder to write, whole or not at all; an earlier store there is replaced.
    features : path, optional
        ``.npy`` is streamed; ``.csv`` and ``.npz`` are read into memory. Which row belongs to
        which node is as in :mod:`graphclust.graphs.readers`.
    labels : path, optional
        Ground truth, kept apart, for scoring only.
    label_column : str, optional
        Which column of ``labels``.
    dtype : "float32", "float16" or "bfloat16"
        How features are stored.
    memory : str or int, optional
        What the import may use beside what grows with the nodes, such as ``"1GB"``; by default
        a quarter of the memory that there is.

    Returns
    -------
    GraphStore

    Raises
    ------
    InputError
        If a file cannot be read, they do not fit each other, or ``out`` is something else.

    Warns
    -----
    UserWarning
        If direction is lost.

    Notes
    -----
    Cost O(m log m) time in the edges; on disk, for the time of the import, 24 to 80 bytes an edge.
    """
    source, target = Path(edges).expanduser(), Path(out).expanduser()
    if not source.exists():
        raise InputError(f"{source} does not exist: check the path")
    if dtype not in DTYPES:
        raise InputError(f"dtype={dtype!r} is not one of {', '.join(DTYPES)}")
    _check_target(target)
    table = None if features is None else FeatureTable(check_file(features, "the features file"))
    allowed = available_memory() // 4 if memory is None else parse_size(memory)
    with folder_written_whole(target) as partial:
        job = _Import(source, partial, allowed, table)
        facts = job.adjacency(None if labels is None else Path(labels))
        if table is not None:
            table.align(job.ids, job.n)
            table.write(partial / "features.npy", dtype, allowed)
            facts.update(n_features=table.width, feature_dtype=dtype)
        if labels is not None:
            y, facts["class_names"] = read_labels(labels, job.ids, job.n, label_column)
            _write(partial / "labels.npy", y)
        job.write_ids()
        facts["files"] = {
            file.name: {"bytes": file.stat().st_size, "sha256": digest(file)}
            for file in sorted(partial.iterdir())
        }
        text = json.dumps({"format": FORMAT, **facts}, indent=1) + "\n"
        (partial / FACTS_FILE).write_text(text, encoding="utf-8")
    return open_store(target)


@dataclass
class _Import:
    """One import under way."""

    source: Path
    folder: Path
    memory: int
    features: FeatureTable | None
    ids: Sequence[Hashable] | None = None
    n: int = 0
    integers: bool = True

    def adjacency(self, labels: Path | None) -> dict[str, Any]:
        """Write the adjacency and return what is known of the graph."""
        numbered, spill, n_edges, weights = self._read(labels)
        if self.n > _MOST_NODES:
            raise InputError(f"{self.source} has {self.n} nodes: at most {_MOST_NODES} can be read")

        def placed() -> Iterator[tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None]]:
            for flat, *weight in spill:
                ends = flat.reshape(-1, 2).astype(np.int64)
                at = ends if numbered is None else numbered.positions(ends)
                yield at[:, 0], at[:, 1], weight[0] if weight else None

        tally = merge_pairs(placed(), self.n, n_edges, self.memory // 4, self.folder)
        weighted = weights and not tally.ones
        self._write_rows(tally, weighted)
        notes = notes_of(tally.loops, tally.zeros, tally.merged, weights)
        if tally.directed:
            notes.append(directed_note(weighted))
            warn_directed(self.source.name, weighted)
        return {
            "name": self.source.name,
            "n_nodes": self.n,
            "n_entries": 2 * tally.pairs,
            "n_features": 0,
            "weighted": weighted,
            "directed": tally.directed,
            "notes": notes,
        }

    def write_ids(self) -> None:
        """Write the names of the nodes, unless they are 0 .. n-1."""
        if self.ids is None:
            return
        if self.integers:
            _write(self.folder / "ids.npy", np.asarray(self.ids, dtype=np.int64))
            return
        text, ends = CompactNames.packed(self.ids)
        _write(self.folder / "names.npy", text)
        _write(self.folder / "name_ends.npy", ends)

    def _read(self, labels: Path | None) -> tuple[NumberedNodes | None, Spill, int, bool]:
        """Put all edges aside, and settle which node has which name."""
        try:
            numbered = NumberedNodes()
            spill, n_edges, weights = self._put_aside(None, numbered)
        except NamesAreNotNumbers:
            place: dict[str, int] = {}
            spill, n_edges, weights = self._put_aside(place, None)
            self._settle(list(place), len(place), False, False)
            return None, spill, n_edges, weights
        rows = None
        if self.features is not None and self.features.keys is None:
            rows = self.features.n_rows
        elif self.features is None and labels is not None and labels.is_file():
            rows = n_labels(labels, numbered.n)
        numbered.finish(rows)
        self._settle(numbered.ids, numbered.n, bool(numbered.names[0] >= 0), True)
        return numbered, spill, n_edges, weights

    def _settle(self, ids: Sequence[Hashable] | None, n: int, whole: bool, integers: bool) -> None:
        keys = None if self.features is None else self.features.keys
        extra = [] if keys is None else extra_names(ids, n, keys, whole)
        if extra:
            ids, n = [*(range(n) if ids is None else ids), *extra], n + len(extra)
        self.ids, self.n = ids, n
        self.integers = integers and all(isinstance(i, int) for i in extra)

    def _put_aside(
        self, place: dict[str, int] | None, numbered: NumberedNodes | None
    ) -> tuple[Spill, int, bool]:
        spill, n_edges, weights = Spill(self.folder), 0, False
        for chunk in edge_chunks(self.source, self.memory, place):
            ends, weight = chunk.ends, chunk.weight
            if weight is not None and (bad := first_bad_weight(weight)) is not None:
                names: Any = list(place) if place is not None else None
                a, b = (int(e) if names is None else names[e] for e in ends[bad])
                raise bad_weight(self.source.name, a, b, float(weight[bad]))
            if numbered is not None:
                numbered.add(ends)
            small = ends.size == 0 or (ends.min() >= 0 and ends.max() < 2**31)
            flat = ends.reshape(-1).astype(np.int32 if small else np.int64)
            spill.put(*((flat,) if weight is None else (flat, weight)))
            n_edges, weights = n_edges + ends.shape[0], weights or weight is not None
        return spill, n_edges, weights

    def _write_rows(self, tally: Tally, weighted: bool) -> None:
        _write(self.folder / "rowptr.npy", np.concatenate([[0], np.cumsum(tally.degree)]))
        shape = (2 * tally.pairs,)
        with ExitStack() as files:
            out = files.enter_context(ArrayWriter(self.folder / "col.npy", np.int32, shape))
            if weighted:
                writer = ArrayWriter(self.folder / "weight.npy", np.float32, shape)
                weight = files.enter_context(writer)
            for columns, values in row_blocks(tally, weighted, self.memory // 4, self.folder):
                out.append(columns)
                if values is not None:
                    weight.append(values)


def _write(path: Path, values: NDArray[Any]) -> None:
    with ArrayWriter(path, values.dtype, values.shape) as out:
        out.append(values)


def _check_target(path: Path) -> None:
    if path.is_file():
        raise InputError(f"{path} is a file: give a folder for the store")
    if path.is_dir() and any(path.iterdir()) and not is_store(path):
        raise InputError(f"{path} is not empty and no store: give another folder")
