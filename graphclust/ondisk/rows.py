"""A dense matrix on disk, read by rows or by columns in blocks."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.ondisk.files import BlockFile

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}
# Blocks of rows take this share of the allowed memory: a block is there two or three times while
# something is made of it, beside what is kept for all rows.
_SHARE = 16


class StoredRows:
    """Rows of numbers in a file, n of them, f wide; float32 wherever they are read.

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
    """

    def __init__(
        self,
        file: BlockFile,
        shape: tuple[int, int],
        memory: int,
        folder: Path,
        dtype: str = "float32",
        offset: int = 0,
    ) -> None:
        self.file, self.shape, self.memory, self.folder = file, shape, memory, folder
        self.dtype, self.offset = dtype, offset
        self.device = torch.device("cpu")
        self._bytes_of_row = shape[1] * DTYPES[dtype].itemsize

    @classmethod
    def scratch(cls, shape: tuple[int, int], memory: int, folder: Path) -> Self:
        """Return float32 rows, still empty, in a file without a name that goes with them."""
        file = BlockFile.scratch(folder)
        file.truncate(4 * shape[0] * shape[1])
        return cls(file, shape, memory, folder)

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
            return self._read(start, max(0, stop - start)).to(self.device, torch.float32)
        wanted = rows.cpu()
        parts = [self._read(int(i), 1) for i in wanted]
        return torch.cat(parts).to(self.device, torch.float32)

    def write(self, start: int, rows: Tensor) -> None:
        """Put float32 rows in place."""
        data = rows.detach().to("cpu", torch.float32).contiguous().numpy()
        self.file.put(self.offset + start * self._bytes_of_row, data)

    def summed(self, function: Callable[[Tensor], Tensor]) -> Tensor:
        """Return the sum of ``function(block)`` over all blocks of rows."""
        total: Tensor | None = None
        for _, block in self.blocks():
            part = function(block)
            total = part if total is None else total + part
        assert total is not None
        return total

    # -- columns -----------------------------------------------------------------------------

    def columns(self, start: int, stop: int) -> Tensor:
        """Return a range of columns of all rows, shape (n, stop - start). Reads the whole file."""
        out = torch.empty(self.shape[0], stop - start, device=self.device)
        for first, block in self.blocks():
            out[first : first + block.shape[0]] = block[:, start:stop]
        return out

    def write_columns(self, start: int, columns: Tensor) -> None:
        """Put a range of columns of all rows in place."""
        if columns.shape[1] == self.shape[1]:
            self.write(0, columns)
            return
        for first in range(0, self.shape[0], self.step):
            part = columns[first : first + self.step]
            window = self._window(first, part.shape[0])
            window[:, start : start + part.shape[1]] = part.detach().cpu().numpy()
            window.flush()

    # -- the rest ----------------------------------------------------------------------------

    def to(self, device: torch.device | str) -> Self:
        """Return the rows as arriving on another device."""
        out = copy.copy(self)
        out.device = torch.device(device)
        return out

    def array(self) -> NDArray[np.float32]:
        """Return float32 rows as a memory-mapped array; pages come as they are read."""
        out: NDArray[np.float32] = self._window(0, self.shape[0])
        return out

    def whole(self) -> Tensor:
        """Return all rows in memory."""
        return self[:]

    def _read(self, start: int, count: int) -> Tensor:
        kind = np.dtype(np.float32 if self.dtype == "float32" else np.uint16)
        out = np.empty((count, self.shape[1]), dtype=kind)
        self.file.fill(self.offset + start * self._bytes_of_row, out)
        if self.dtype == "float32":
            return torch.from_numpy(out)
        # numpy has no bfloat16: sixteen bits are sixteen bits until torch reads them.
        return torch.from_numpy(out.view(np.int16)).view(DTYPES[self.dtype])

    def _window(self, start: int, count: int) -> Any:
        mode: Any = "r+" if self.file.writable() else "r"
        at = self.offset + start * self._bytes_of_row
        shape = (count, self.shape[1])
        return np.memmap(self.file, np.float32, mode, at, shape)  # type: ignore[call-overload]
