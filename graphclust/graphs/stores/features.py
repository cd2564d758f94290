"""Features on their way into a store: rows streamed, checked, and cut to the type that is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.side_files import align, read_features
from graphclust.graphs.stores.arrays import ArrayReader, ArrayWriter
from graphclust.ondisk.rows import DTYPES


class FeatureTable:
    """A table of features beside an edge list.

    An ``.npy`` file is streamed. Others (csv, npz) are read into memory, as they are without a
    store.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InputError
        If it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.keys = path, None
        self.table: Any
        if path.suffix.lower() == ".npy":
            self.table = ArrayReader(path)
            self.kind = str(self.table.dtype)
            if self.table.dtype.kind not in "fiub" or len(self.table.shape) not in (1, 2):
                raise InputError(
                    f"{path} holds {self.kind} of shape {self.table.shape}: features are a table "
                    "of numbers, a row a node"
                )
        else:
            self.table, self.keys = read_features(path)
            self.kind = "float32"

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.table.shape[0])

    @property
    def width(self) -> int:
        """Number of columns."""
        return int(self.table.shape[1]) if len(self.table.shape) == 2 else 1

    def align(self, ids: Sequence[Any] | None, n: int) -> None:
        """Put rows that carry ids into the order of the nodes, and check how many there are."""
        if self.keys is not None:
            self.table = align(self.table, self.keys, ids, n)
        if self.n_rows != n:
            raise InputError(
                f"{self.path}: the features have {self.n_rows} rows for {n} nodes. Give one row "
                "for each node"
            )

    def write(self, path: Path, dtype: str, memory: int) -> None:
        """Write all rows as ``dtype``; bfloat16 as the 16 bits it is."""
        stored = np.dtype(np.uint16 if dtype == "bfloat16" else dtype)
        with ArrayWriter(path, stored, (self.n_rows, self.width)) as out:
            at = 0
            for block in self._blocks(max(1, memory // 16 // (4 * self.width))):
                self._check(block, at, dtype)
                at += block.shape[0]
                cut = torch.from_numpy(block).to(DTYPES[dtype])
                if dtype == "bfloat16":
                    cut = cut.view(torch.int16)
                out.append(cut.numpy().view(stored))

    def _blocks(self, step: int) -> Iterator[NDArray[np.float32]]:
        for start in range(0, self.n_rows, step):
            stop = min(start + step, self.n_rows)
            read = isinstance(self.table, ArrayReader)
            block = self.table.read(start, stop) if read else self.table[start:stop]
            block = block.toarray() if sp.issparse(block) else block
            yield np.ascontiguousarray(block, dtype=np.float32).reshape(stop - start, self.width)

    def _check(self, block: NDArray[np.float32], at: int, dtype: str) -> None:
        greatest = np.finfo(np.float16).max if dtype == "float16" else np.inf
        bad = ~(np.abs(block) <= greatest) | ~np.isfinite(block)
        if not bad.any():
            return
        row, column = (int(i) for i in np.argwhere(bad)[0])
        value = float(block[row, column])
        what = "Fill in or drop what is missing"
        if np.isfinite(value):
            what = "float16 holds numbers up to 65504: store bfloat16 or float32"
        seen = "NaN" if np.isnan(value) else f"{value:g}"
        raise InputError(
            f"{self.path}: the features hold {seen} (first at row {at + row}, column {column}). "
            f"{what}"
        )
