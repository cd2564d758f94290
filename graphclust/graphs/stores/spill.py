"""Arrays that are put aside on disk while a graph is imported, as they come or by bucket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.ondisk import BlockFile

Arrays = tuple[NDArray[Any], ...]


def distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values in ascending order, each once.

    By sorting: numpy's ``unique`` hashes whole numbers, which takes ten times as long on many.
    """
    ordered: NDArray[Any] = np.sort(values, axis=None)
    if not ordered.size:
        return ordered
    first: NDArray[Any] = ordered[np.concatenate([[True], ordered[1:] != ordered[:-1]])]
    return first


class Spill:
    """Tuples of arrays in one file without a name, read back in the order they came in."""

    def __init__(self, folder: Path) -> None:
        self._file = BlockFile.scratch(folder)
        self._parts: list[list[tuple[int, np.dtype[Any], int]]] = []
        self._end = 0

    def put(self, *arrays: NDArray[Any]) -> None:
        """Add a tuple of arrays, shape (m,)."""
        self._parts.append([self._write(a) for a in arrays])

    def __iter__(self) -> Iterator[Arrays]:
        for part in self._parts:
            yield tuple(self._read(at, dtype, count) for at, dtype, count in part)

    def _write(self, array: NDArray[Any]) -> tuple[int, np.dtype[Any], int]:
        data, at = np.ascontiguousarray(array), self._end
        self._file.put(at, data)
        self._end += data.nbytes
        return at, data.dtype, data.size

    def _read(self, at: int, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
        out = np.empty(count, dtype)
        self._file.fill(at, out)
        return out


class Buckets(Spill):
    """Tuples of arrays whose entries are read back bucket by bucket."""

    def __init__(self, folder: Path, n_buckets: int) -> None:
        super().__init__(folder)
        self.n_buckets = n_buckets
        self._bounds: list[NDArray[np.int64]] = []

    def scatter(self, bucket: NDArray[np.int64], *arrays: NDArray[Any]) -> None:
        """Add entries, each to its bucket."""
        order = np.argsort(bucket, kind="stable")
        sizes = np.bincount(bucket, minlength=self.n_buckets)
        self._bounds.append(np.concatenate([[0], np.cumsum(sizes)]))
        self.put(*(a[order] for a in arrays))

    def bucket(self, index: int) -> Arrays:
        """Return what is in one bucket, in the order it came in; no arrays if there is nothing."""
        pieces = []
        for part, bounds in zip(self._parts, self._bounds, strict=True):
            start, stop = int(bounds[index]), int(bounds[index + 1])
            if stop > start:
                pieces.append(
                    [self._read(at + start * d.itemsize, d, stop - start) for at, d, _ in part]
                )
        return tuple(np.concatenate(column) for column in zip(*pieces, strict=True))
