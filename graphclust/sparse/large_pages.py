"""Memory of large arrays: kept for the next one, on large pages where the system has them.

An array beyond what the allocator keeps is mapped anew each time, and the kernel then clears it
page by page when it is first written: for a sparse product over a large graph that takes as long
as a third of the product, and in a virtual machine, whose host has to find the memory first, up to
several times as long. Here the memory of an array that is let go serves the next of about its size.
Linux maps 2 MB at once where a program asks for it (``madvise``).
"""

from __future__ import annotations

import mmap
import sys
import weakref
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
import torch
from torch import Tensor

# Smaller arrays come from memory that the allocator keeps: glibc's greatest threshold.
LARGE = 1 << 25
_PAGE = 1 << 21
# An array may be put where one of up to so many times its size was.
_SPARE = 1.25


class _Kept:
    """Blocks of memory, in use or free: together never more than were in use at one time.

    Whichever thread lets go of an array last puts its block back, and so may a collection of
    garbage in the middle of :meth:`take`. No step here reads what such a moment can make wrong.
    """

    def __init__(self) -> None:
        self.free: deque[mmap.mmap] = deque()
        self._sizes: dict[int, int] = {}
        self._most = 0
        self.keeps = True

    def used(self) -> int:
        """Return the bytes that arrays are in."""
        return sum(list(self._sizes.values()))

    def take(self, size: int) -> mmap.mmap:
        """Return a block of at least so many bytes, whose content is whatever it was."""
        block = self._free_block(size) or self._new_block(size)
        self._sizes[id(block)] = len(block)
        return block

    def put_back(self, block: mmap.mmap) -> None:
        """Keep a block that is no longer in use, which the system may take where memory is short.

        Until it does, the block's pages stay as they are.
        """
        del self._sizes[id(block)]
        if self.keeps:
            with suppress(OSError, AttributeError):
                block.madvise(mmap.MADV_FREE)
            self.free.append(block)

    def let_go(self) -> None:
        """Give the free blocks back to the system."""
        self.free.clear()
        self._most = 0

    def _free_block(self, size: int) -> mmap.mmap | None:
        for _ in range(len(self.free)):
            with suppress(IndexError):  # another thread took the last
                block = self.free.popleft()
                if size <= len(block) <= _SPARE * size:
                    return block
                self.free.append(block)
        return None

    def _new_block(self, size: int) -> mmap.mmap:
        used = self.used() + size
        self._most = max(self._most, used)
        while used + sum(map(len, list(self.free))) > self._most:
            with suppress(IndexError):
                self.free.popleft()
        block = mmap.mmap(-1, size)
        with suppress(OSError, AttributeError):  # not every system has large pages
            block.madvise(mmap.MADV_HUGEPAGE)
        return block


_KEPT = _Kept()


@contextmanager
def let_go_afterwards(keep: bool = True) -> Iterator[None]:
    """Give back, when all is done, what has been kept in the meantime.

    Nothing is kept without ``keep``: where memory is allotted, what is free has no place in it.
    """
    before = _KEPT.keeps
    _KEPT.keeps = before and keep
    try:
        yield
    finally:
        _KEPT.keeps = before
        _KEPT.let_go()


def are_kept() -> bool:
    """Whether large arrays lie in memory that is kept: on Linux."""
    return sys.platform == "linux"


def new_empty(like: Tensor, n: int, d: int, least: int | None = None) -> Tensor:
    """Return an uninitialised tensor (n, d) of the same kind, in kept memory if that is of use.

    It is from ``least`` bytes on, :data:`LARGE` by default.
    """
    size = n * d * like.element_size()
    if size < (LARGE if least is None else least) or like.is_cuda or not are_kept():
        return like.new_empty(n, d)
    block = _KEPT.take(-(-size // _PAGE) * _PAGE)
    memory = np.frombuffer(block, np.uint8)
    weakref.finalize(memory, _KEPT.put_back, block).atexit = False
    storage = torch.from_numpy(memory).untyped_storage()
    # No view of another tensor: autograd would not have it changed in place.
    return torch.empty(0, dtype=like.dtype).set_(storage, 0, (n, d), (d, 1))
