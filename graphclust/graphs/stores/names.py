"""Names of nodes: collected while edges stream by, and kept compactly after."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from graphclust.graphs.edge_list import first_row
from graphclust.graphs.stores.spill import distinct

# Distinct numbers are merged into those before once so many have come together.
_PENDING = 1 << 22
# Up to so many times as wide a range as there are names is looked up in a table.
_GAPS = 4


class NumberedNodes:
    """Whole numbers that name nodes, in ascending order; 8 bytes a node."""

    def __init__(self) -> None:
        self.names: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._pending: list[NDArray[np.int64]] = []
        self._table: NDArray[np.int64] | None = None

    def add(self, ends: NDArray[np.int64]) -> None:
        """Take note of the names of some edges."""
        self._pending.append(distinct(ends))
        if sum(p.size for p in self._pending) > max(_PENDING, self.names.size):
            self._merge()

    def finish(self, n_rows: int | None) -> None:
        """Decide which number is which node, given the rows of a table beside the edges."""
        self._merge()
        least, greatest = int(self.names[0]), int(self.names[-1])
        at_rest = least == 0 and greatest == self.names.size - 1
        if n_rows is not None and least >= 0 and not (at_rest and n_rows <= self.names.size):
            base = first_row(least, greatest, n_rows)
            if base is not None:
                self.names = np.arange(base, base + n_rows)

    @property
    def n(self) -> int:
        """Number of nodes."""
        return int(self.names.size)

    @property
    def ids(self) -> list[Hashable] | None:
        """The names as ids; None where they are 0 .. n-1."""
        return None if self._consecutive and not self.names[0] else self.names.tolist()

    def positions(self, ends: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the node of each name."""
        least, span = int(self.names[0]), int(self.names[-1]) - int(self.names[0]) + 1
        if self._consecutive:
            return ends - least
        if span > _GAPS * self.names.size:
            found: NDArray[np.int64] = np.searchsorted(self.names, ends)
            return found
        if self._table is None:
            self._table = np.zeros(span, dtype=np.int64)
            self._table[self.names - least] = np.arange(self.names.size)
        return self._table[ends - least]

    @property
    def _consecutive(self) -> bool:
        return int(self.names[-1]) - int(self.names[0]) == self.names.size - 1

    def _merge(self) -> None:
        self.names = distinct(np.concatenate([self.names, *self._pending]))
        self._pending.clear()


class CompactNames(Sequence[Hashable]):
    """Names of nodes as one text with the ends of each, or as numbers.

    Parameters
    ----------
    text : array of uint8
        All names in UTF-8, one after the other.
    ends : array of int64, shape (n,)
        Where each one ends.
    """

    def __init__(self, text: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self._text, self._ends = text, ends

    @classmethod
    def packed(cls, names: Sequence[Any]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Return the text and the ends of names."""
        encoded = [str(name).encode() for name in names]
        ends = np.cumsum([len(e) for e in encoded], dtype=np.int64)
        return np.frombuffer(b"".join(encoded), dtype=np.uint8), ends

    def __len__(self) -> int:
        return int(self._ends.size)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        position = range(len(self))[index]
        start = int(self._ends[position - 1]) if position else 0
        return self._text[start : int(self._ends[position])].tobytes().decode()
