"""Files of numbers, read and written at places, that close themselves."""

from __future__ import annotations

import io
import mmap
import os
import tempfile
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

# Rows by number are read at least so many at a time.
_LEAST_ROWS = 64
# A row that is read may bring as much of a file into view, where the system keeps large pieces.
_PIECE = 1 << 21


class BlockFile(io.FileIO):
    """An unbuffered file that arrays are read from and written to, closed with its last user."""

    @classmethod
    def scratch(cls, folder: Path) -> Self:
        """Return an empty file without a name, which goes when it is closed, or the process ends.

        It is on disk: in ``$TMPDIR`` where that is set, else in the given folder, since the
        system's folder of temporary files is often in memory.
        """
        with tempfile.TemporaryFile(dir=os.environ.get("TMPDIR") or folder) as file:
            return cls(os.dup(file.fileno()), "rb+")

    def put(self, at: int, array: NDArray[Any]) -> None:
        """Write a contiguous array at a place in bytes."""
        self.seek(at)
        view = as_bytes(array)
        while view:
            view = view[self.write(view) or 0 :]

    def fill(self, at: int, array: NDArray[Any]) -> None:
        """Fill a contiguous array from a place in bytes."""
        self.seek(at)
        view = as_bytes(array)
        while view:
            got = self.readinto(view)
            if not got:
                raise OSError(f"{self.name} is shorter than what is read from it")
            view = view[got:]

    def take(
        self,
        dtype: Any,
        shape: tuple[int, ...],
        at: int,
        rows: NDArray[np.int64],
        memory: int,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """Return rows by number of an array that begins at a place in bytes, in ``out`` if given.

        The file is mapped while they are read, and for no more of them at a time than may come
        into view in a sixteenth of the allowed memory. Beside the result a few rows are copied.
        """
        out = np.empty((rows.size, *shape[1:]), dtype) if out is None else out
        step = max(_LEAST_ROWS, memory // 16 // _PIECE)
        for start in range(0, rows.size, step):
            whole = mmap.mmap(self.fileno(), 0, access=mmap.ACCESS_READ)
            if hasattr(mmap, "MADV_RANDOM"):
                whole.madvise(mmap.MADV_RANDOM)
            count = int(np.prod(shape, dtype=np.int64))
            table = np.frombuffer(whole, dtype, count, at).reshape(shape)
            out[start : start + step] = table[rows[start : start + step]]
            del table
            whole.close()
        return out

    def __del__(self) -> None:
        self.close()


def as_bytes(array: NDArray[Any]) -> memoryview:
    """Return the bytes of a contiguous array, which may be read into and written from."""
    return memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
