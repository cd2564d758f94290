"""A dense matrix on disk, read by rows or by columns in blocks."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.ondisk.blocked import BlockedRows
from graphclust.ondisk.files import BlockFile

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
# Blocks of rows take this share of the allowed memory: a block is there two or three times while
# something is made of it, beside what is kept for all rows.
_SHARE = 16


class StoredRows(BlockedRows):
    """Rows of numbers in a file, n of them, f wide; float32 wherever they are read.

    They lie in panels: all rows of the first few columns, one after the other, then all rows of
    the next ones. With a single panel, that is row by row. Panels can be read by columns without
    reading all of the file, and blocks of rows are read from them in a piece a panel.

    Parameters
    ----------
    file : BlockFile
        Kept open; a scratch file goes when nobody refers to the rows any more.
    shape : (int, int)
    memory : int
        Bytes that may be used by what reads it; blocks are a sixteenth of that.
    folder : Path
        Where scratch files go that are made of the rows.
    dtype : "float32", "float16" or "bfloat16"
        How numbers are stored.
    offset : int
        Where the first number starts.
    panel : int, optional
        Columns of a panel; all of them by default.
    """

    def __init__(
        self,
        file: BlockFile,
        shape: tuple[int, int],
        memory: int,
        folder: Path,
        dtype: str = "float32",
        offset: int = 0,
        panel: int | None = None,
    ) -> None:
        self.file, self.shape, self.memory, self.folder = file, shape, memory, folder
        self.dtype, self.offset, self.panel = dtype, offset, panel or shape[1]
        self.device = torch.device("cpu")

    def scratch(self, width: int, panel: int | None = None) -> StoredRows:
        """Return as many float32 rows, still empty, in a file without a name."""
        shape = (self.shape[0], width)
        return scratch_rows(shape, self.memory, self.folder, panel).to(self.device)

    def in_panels(self, panel: int) -> StoredRows:
        """Return the rows in panels of so many columns; themselves if they lie so."""
        if panel >= self.panel:
            return self
        out = self.scratch(self.shape[1], panel)
        for start, block in self.blocks():
            out.write(start, block)
        return out

    # -- rows --------------------------------------------------------------------------------

    @property
    def step(self) -> int:
        """Number of rows of a block."""
        return max(1, self.memory // _SHARE // max(1, 4 * self.shape[1]))

    def blocks(self) -> Iterator[tuple[int, Tensor]]:
        """Yield the first row of each block, and the block, on the rows' device."""
        for start in range(0, self.shape[0], self.step):
            yield start, self[start : start + self.step]

    def __getitem__(self, rows: slice | Tensor) -> Tensor:
        """Return a range of rows, or rows by number (int64), as float32 on the device."""
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(self.shape[0])
            return self._read(start, max(start, stop)).to(self.device)
        return self._gather(rows.cpu().numpy()).to(self.device)

    def write(self, start: int, rows: Tensor) -> None:
        """Put float32 rows in place."""
        for first, stop in self._panels():
            self._put(start, first, stop, rows[:, first:stop])

    # -- columns -----------------------------------------------------------------------------

    def column_blocks(self) -> Iterator[tuple[int, Tensor]]:
        """Yield the first column of each panel, and the panel, on the rows' device."""
        for first, stop in self._panels():
            yield first, self._get(0, self.shape[0], first, stop).to(self.device)

    def write_columns(self, first: int, columns: Tensor) -> None:
        """Put a panel in place."""
        self._put(0, first, first + columns.shape[1], columns)

    # -- the rest ----------------------------------------------------------------------------

    def to(self, device: torch.device | str) -> StoredRows:
        """Return the rows as arriving on another device."""
        out = copy.copy(self)
        out.device = torch.device(device)
        return out

    def array(self) -> NDArray[np.float32]:
        """Return the rows as a memory-mapped array of float32; pages come as they are read."""
        plain = self
        if self.panel < self.shape[1] or self.dtype != "float32":
            plain = self.scratch(self.shape[1])
            for start, block in self.blocks():
                plain.write(start, block)
        mode: Any = "r+" if plain.file.writable() else "r"
        out: NDArray[np.float32]
        out = np.memmap(plain.file, np.float32, mode, plain.offset, plain.shape)  # type: ignore[call-overload]
        return out

    def _panels(self) -> Iterator[tuple[int, int]]:
        for first in range(0, self.shape[1], max(1, self.panel)):
            yield first, min(first + self.panel, self.shape[1])

    def _read(self, start: int, stop: int) -> Tensor:
        parts = [self._get(start, stop, *panel) for panel in self._panels()]
        return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

    def _get(self, start: int, stop: int, first: int, last: int) -> Tensor:
        half = self.dtype != "float32"
        out = np.empty((stop - start, last - first), dtype=np.int16 if half else np.float32)
        self.file.fill(self._place(start, first, last), out)
        # numpy has no bfloat16: sixteen bits are sixteen bits until torch reads them.
        return torch.from_numpy(out).view(DTYPES[self.dtype]).float()

    def _gather(self, rows: NDArray[np.int64]) -> Tensor:
        half = self.dtype != "float32"
        kind = np.dtype(np.int16 if half else np.float32)
        out = np.empty((rows.size, self.shape[1]), dtype=kind)
        for first, last in self._panels():
            at, shape = self._place(0, first, last), (self.shape[0], last - first)
            self.file.take(kind, shape, at, rows, self.memory, out[:, first:last])
        return torch.from_numpy(out).view(DTYPES[self.dtype]).float()

    def _put(self, start: int, first: int, last: int, rows: Tensor) -> None:
        data = rows.detach().to("cpu", torch.float32).contiguous().numpy()
        self.file.put(self._place(start, first, last), data)

    def _place(self, start: int, first: int, last: int) -> int:
        numbers = self.shape[0] * first + start * (last - first)
        return self.offset + numbers * DTYPES[self.dtype].itemsize


def scratch_rows(
    shape: tuple[int, int], memory: int, folder: Path, panel: int | None = None
) -> StoredRows:
    """Return float32 rows, still empty, in a file without a name; see :class:`StoredRows`."""
    file = BlockFile.scratch(folder)
    file.truncate(4 * shape[0] * shape[1])
    return StoredRows(file, shape, memory, folder, panel=panel)
