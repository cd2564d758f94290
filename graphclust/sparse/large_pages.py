"""Large arrays on large pages, where the system hands them out on request.

An array beyond what the allocator keeps is mapped anew each time, and the kernel then clears it
page by page when it is first written: for a sparse product over a large graph that takes as long
as a third of the product. Linux maps 2 MB at once where a program asks for it (``madvise``).
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from mmap import PAGESIZE
from pathlib import Path

from torch import Tensor

# Smaller arrays come from memory that the allocator keeps: glibc's greatest threshold.
LARGE = 1 << 25
_SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_MADV_HUGEPAGE = 14


@cache
def to_be_asked_for() -> bool:
    """Whether the system gives large pages to those who ask, and to them alone."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        return "[madvise]" in _SETTING.read_text(encoding="ascii")
    except OSError:
        return False


def new_empty(like: Tensor, n: int, d: int) -> Tensor:
    """Return an uninitialised tensor (n, d) of the same kind, on large pages if that is of use.

    Refusal changes nothing but the time that the first write takes.
    """
    out = like.new_empty(n, d)
    if out.numel() * out.element_size() >= LARGE and not out.is_cuda and to_be_asked_for():
        _ask_for(out)
    return out


def _ask_for(out: Tensor) -> None:
    first = -(-out.data_ptr() // PAGESIZE) * PAGESIZE
    last = (out.data_ptr() + out.numel() * out.element_size()) // PAGESIZE * PAGESIZE
    if last > first:
        _madvise()(first, last - first, _MADV_HUGEPAGE)


@cache
def _madvise() -> ctypes._NamedFuncPointer:
    function = ctypes.CDLL(None).madvise
    function.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    return function
