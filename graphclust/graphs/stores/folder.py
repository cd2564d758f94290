"""A graph in a folder: plain arrays and one JSON file that says what they are.

==================  ========================================================================
file                what it holds
==================  ========================================================================
``store.json``      format, sizes, types, notes, and bytes and SHA-256 of every other file
``rowptr.npy``      int64, shape (n + 1,): offsets of the rows
``col.npy``         int32, shape (nnz,): neighbours, ascending, both directions of each edge
``weight.npy``      float32, shape (nnz,), where edges have weights
``features.npy``    float32 or float16, shape (n, f); bfloat16 as the uint16 it is stored in
``ids.npy``         int64, shape (n,), where whole numbers name the nodes, but not 0 .. n-1
``names.npy``       uint8: the names of the nodes in UTF-8, one after the other,
``name_ends.npy``   and int64, shape (n,): where each ends
``labels.npy``      int64, shape (n,): ground truth, for scoring only; -1 without a class
==================  ========================================================================
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs.graph import Features, Graph
from graphclust.graphs.node_features import node_features
from graphclust.graphs.stores.arrays import ArrayReader, digest
from graphclust.graphs.stores.names import CompactNames
from graphclust.ondisk import BlockFile, StoredRows, available_memory, parse_size, size_words
from graphclust.sparse import CSR, StreamedCSR

FACTS_FILE, FORMAT = "store.json", 1
# A fit on a graph in memory takes about so many times its arrays: the normalised adjacency,
# and features as they were, as they become, and between.
TIMES_LOADED = 4
# Bytes of an entry of a block of rows while it is multiplied: column, weight, and copies.
_BYTES_OF_ENTRY = 32


def is_store(path: Path) -> bool:
    """Whether a folder is a store."""
    return (path / FACTS_FILE).is_file()


def open_store(path: str | Path, memory: str | int | None = None) -> GraphStore:
    """Open a graph on disk, as ``graphclust import`` writes it.

    Parameters
    ----------
    path : path
        The folder.
    memory : str or int, optional
        What a fit may use, such as ``"4GB"``, beside what Python and its libraries take anyway;
        by default half of the memory that there is. See :meth:`GraphStore.graph`.

    Returns
    -------
    GraphStore

    Raises
    ------
    InputError
        If it is no store, of another format, or a file is missing or cut short.
    """
    folder = Path(path).expanduser()
    if not is_store(folder):
        raise InputError(f"{folder} is no store: make one by `graphclust import EDGES --out STORE`")
    facts = json.loads((folder / FACTS_FILE).read_text(encoding="utf-8"))
    if facts.get("format") != FORMAT:
        raise InputError(
            f"{folder} has format {facts.get('format')}, and this version of graphclust reads "
            f"{FORMAT}: import the edges again, or use the version that wrote it"
        )
    for name, file in facts["files"].items():
        if not (folder / name).is_file() or (folder / name).stat().st_size != file["bytes"]:
            raise InputError(f"{folder / name} is missing or cut short: import the edges again")
    allowed = available_memory() // 2 if memory is None else parse_size(memory)
    return GraphStore(folder, facts, allowed)


class GraphStore:
    """A graph on disk; see :mod:`graphclust.graphs.stores.folder` for its files.

    Parameters
    ----------
    path : Path
    facts : dict
        What ``store.json`` holds.
    memory : int
        Bytes that a fit may use.
    """

    def __init__(self, path: Path, facts: dict[str, Any], memory: int) -> None:
        self.path, self.facts, self.memory = path, facts, memory
        self.folder = path.resolve().parent
        self.n: int = facts["n_nodes"]
        self.nnz: int = facts["n_entries"]
        self.n_features: int = facts["n_features"]

    def __repr__(self) -> str:
        return (
            f"GraphStore({str(self.path)!r}, n_nodes={self.n}, n_edges={self.nnz // 2}, "
            f"n_features={self.n_features})"
        )

    @property
    def loaded_bytes(self) -> int:
        """Bytes of the adjacency and the features in memory."""
        entry = 8 if self.facts["weighted"] else 4
        return 4 * (self.n + 1) + entry * self.nnz + 4 * self.n * self.n_features

    @property
    def fits(self) -> bool:
        """Whether four times its bytes are within the allowed memory: then it is loaded."""
        return TIMES_LOADED * self.loaded_bytes <= self.memory

    @property
    def digest(self) -> str:
        """SHA-256 of the recorded digests of adjacency and features."""
        files = self.facts["files"]
        names = ("rowptr.npy", "col.npy", "weight.npy", "features.npy")
        recorded = [f"{name} {files[name]['sha256']}" for name in names if name in files]
        return hashlib.sha256("\n".join(recorded).encode()).hexdigest()

    def verify(self) -> None:
        """Compare every file with its SHA-256. Reads all of them.

        Raises
        ------
        InputError
            Naming the file that was changed.
        """
        for name, file in self.facts["files"].items():
            if digest(self.path / name) != file["sha256"]:
                raise InputError(
                    f"{self.path / name} is not what was written (its SHA-256 differs): import "
                    "the edges again"
                )

    def graph(self, reads_direction: bool = False) -> Graph:
        """Return the graph: loaded if it fits, else with adjacency and features left on disk.

        It is taken to fit if four times its arrays are within the allowed memory. Left on disk,
        it can be clustered by methods that read it in blocks: filters, then a fitted head.

        Raises
        ------
        InputError
            If a method wants the direction of edges, which a store does not keep.
        """
        if reads_direction and self.facts["directed"]:
            raise InputError(
                f"{self.path} keeps the symmetrised graph, and the method reads direction: give "
                "it the edge list"
            )
        notes = tuple(self.facts["notes"])
        if self.fits:
            x = None if not self.n_features else self._loaded_features()
            return Graph(self._adjacency(), x, self._ids(False), None, self.facts["name"], notes)
        words = size_words(self.loaded_bytes), size_words(self.memory)
        note = f"read from disk in blocks: {words[0]}, where a fit may use {words[1]}"
        # A table on disk stands where a tensor would: what cannot read it in blocks refuses it.
        rows = cast(Tensor, self._rows()) if self.n_features else None
        adj, name = StreamedCSR(self), self.facts["name"]
        return Graph(adj, rows, self._ids(True), None, name, (*notes, note))

    def labels(self) -> tuple[NDArray[np.int64] | None, list[str] | None]:
        """Return the ground truth and the names of its classes, for scoring only."""
        if "labels.npy" not in self.facts["files"]:
            return None, None
        return self._array("labels.npy").read(0, self.n), self.facts["class_names"]

    @property
    def weighted(self) -> bool:
        """Whether edges have weights."""
        return bool(self.facts["weighted"])

    @cached_property
    def ends(self) -> Tensor:
        """Offsets of the rows, int64, shape (n + 1,)."""
        return torch.from_numpy(self._array("rowptr.npy").read(0, self.n + 1))

    def entries(self, position: Tensor) -> tuple[Tensor, Tensor | None]:
        """Return the columns at positions of the adjacency, and the weights where there are any."""
        at = position.numpy()
        col = torch.from_numpy(self._array("col.npy").take(at, self.memory))
        if not self.weighted:
            return col, None
        return col, torch.from_numpy(self._array("weight.npy").take(at, self.memory))

    def blocks(self, entries: int | None = None) -> Iterator[tuple[int, CSR]]:
        """Yield the first row of each block of rows of the adjacency, and the block."""
        rowptr, col = self._array("rowptr.npy"), self._array("col.npy")
        weight = self._array("weight.npy") if self.weighted else None
        most = max(1, self.memory // 16 // _BYTES_OF_ENTRY)
        most = most if entries is None else max(1, min(most, entries))
        first, step = 0, max(1, self.memory // 16 // 64)
        while first < self.n:
            ends = rowptr.read(first, min(first + step, self.n) + 1)
            rows = max(1, int(np.searchsorted(ends, ends[0] + most, side="right")) - 1)
            start, stop = int(ends[0]), int(ends[rows])
            local = torch.from_numpy((ends[: rows + 1] - start).astype(np.int32))
            values = None if weight is None else torch.from_numpy(weight.read(start, stop))
            columns = torch.from_numpy(col.read(start, stop))
            yield first, CSR(local, columns, values, (rows, self.n))
            first += rows

    def _adjacency(self) -> CSR:
        kind = np.int32 if max(self.n, self.nnz) < 2**31 else np.int64
        weight = self._array("weight.npy").read(0, self.nnz) if self.facts["weighted"] else None
        return CSR(
            torch.from_numpy(self._array("rowptr.npy").read(0, self.n + 1).astype(kind)),
            torch.from_numpy(self._array("col.npy").read(0, self.nnz).astype(kind, copy=False)),
            None if weight is None else torch.from_numpy(weight),
            (self.n, self.n),
            symmetric=True,
        )

    def _loaded_features(self) -> Features | None:
        return node_features(self._rows()[:], self.n, self.facts["name"])

    def _rows(self) -> StoredRows:
        table = self._array("features.npy")
        file, shape = BlockFile(table.path, "rb"), (self.n, self.n_features)
        dtype = self.facts["feature_dtype"]
        return StoredRows(file, shape, self.memory, self.folder, dtype, table.offset)

    def _ids(self, compact: bool) -> Sequence[Hashable] | None:
        files = self.facts["files"]
        if "ids.npy" in files:
            numbers: list[Hashable] = self._array("ids.npy").read(0, self.n).tolist()
            return numbers
        if "names.npy" not in files:
            return None
        text, ends = self._array("names.npy"), self._array("name_ends.npy")
        names = CompactNames(text.read(0, text.shape[0]), ends.read(0, self.n))
        return names if compact else list(names)

    def _array(self, name: str) -> ArrayReader:
        return ArrayReader(self.path / name)
