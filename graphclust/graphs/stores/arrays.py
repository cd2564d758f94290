"""Arrays in ``.npy`` files that are written and read a piece at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.ondisk.files import BlockFile, as_bytes


class ArrayWriter:
    """An ``.npy`` file of known shape, written front to back.

    Parameters
    ----------
    path : Path
    dtype : numpy type
    shape : tuple of int
    """

    def __init__(self, path: Path, dtype: Any, shape: tuple[int, ...]) -> None:
        self.path, self.dtype, self.shape = path, np.dtype(dtype), shape
        self._left = int(np.prod(shape, dtype=np.int64))

    def __enter__(self) -> Self:
        self._file = self.path.open("wb")
        header = {"descr": self.dtype.str, "fortran_order": False, "shape": self.shape}
        np.lib.format.write_array_header_1_0(self._file, header)
        return self

    def append(self, values: NDArray[Any]) -> None:
        """Write the next values."""
        data = np.ascontiguousarray(values, dtype=self.dtype)
        self._left -= data.size
        self._file.write(as_bytes(data))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
        assert kind is not None or self._left == 0, f"{self.path.name} lacks {self._left} values"


class ArrayReader:
    """An ``.npy`` file, C-ordered, of which pieces are read; never mapped.

    Raises
    ------
    InputError
        If it is not such a file, or too short.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                version = np.lib.format.read_magic(file)
                read = (
                    np.lib.format.read_array_header_1_0
                    if version == (1, 0)
                    else np.lib.format.read_array_header_2_0
                )
                self.shape, fortran, self.dtype = read(file)
                self.offset = file.tell()
        except (ValueError, OSError) as error:
            raise InputError(f"{path} cannot be read as npy: {error}") from error
        if self.dtype.hasobject:
            raise InputError(f"{path} holds Python objects: save an array of numbers")
        if fortran and len(self.shape) > 1:
            raise InputError(
                f"{path} is stored column by column: save numpy.ascontiguousarray(x) instead"
            )
        size = self.offset + int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize
        if path.stat().st_size < size:
            raise InputError(f"{path} is cut short: {path.stat().st_size} bytes of {size}")
        self._row = int(np.prod(self.shape[1:], dtype=np.int64))

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Return entries start .. stop-1 of the first axis."""
        count = (stop - start) * self._row
        at = self.offset + start * self._row * self.dtype.itemsize
        out = np.fromfile(self.path, self.dtype, count, offset=at)
        return out.reshape(stop - start, *self.shape[1:])

    def take(self, at: NDArray[np.int64], memory: int) -> NDArray[Any]:
        """Return the entries of the first axis at places, each a page of its own at worst."""
        file = BlockFile(self.path, "rb")
        return file.take(self.dtype, self.shape, self.offset, at, memory)

    def pieces(self, step: int) -> Iterator[NDArray[Any]]:
        """Yield all entries, at most ``step`` of the first axis at a time."""
        for start in range(0, self.shape[0], step):
            yield self.read(start, min(start + step, self.shape[0]))


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
