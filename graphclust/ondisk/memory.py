"""How much memory there is, how much was allowed, and both in words."""

from __future__ import annotations

import re
from pathlib import Path

from graphclust.errors import InputError

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_CGROUP = Path("/sys/fs/cgroup")


def parse_size(text: str | int) -> int:
    """Return a size in bytes: a number of bytes, or ``"512MB"``, ``"4 GB"``, ``"1.5GiB"``.

    Units count in powers of 1024, as memory does.

    Raises
    ------
    InputError
        If it is not a positive size.

    Examples
    --------
    >>> parse_size("512MB")
    536870912
    """
    found = re.fullmatch(r"\s*([0-9.]+)\s*([KMGT]?)(?:I?B)?\s*", str(text).upper())
    try:
        size = int(float(found[1]) * _UNITS[found[2]]) if found else 0
    except ValueError:
        size = 0
    if size <= 0:
        raise InputError(f"memory {text!r} is no size: write it such as 512MB or 4GB")
    return size


def size_words(size: float) -> str:
    """Return a number of bytes for people.

    Examples
    --------
    >>> size_words(3 * 2**29)
    '1.5 GB'
    """
    for unit, factor in (("GB", 2**30), ("MB", 2**20)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{max(1, round(size / 2**10))} KB"


def available_memory() -> int:
    """Return how many bytes the process may still take.

    The least of what the system has free or can free, what is left of the control group's limit,
    and what is left of the process's own limits (``ulimit -v``, ``ulimit -d``). 4 GB where the
    system tells none of them.
    """
    left = [value for value in (_of_system(), _of_group(), *_of_process()) if value is not None]
    return max(2**26, min(left)) if left else 4 * 2**30


def _of_system() -> int | None:
    return _kilobytes(Path("/proc/meminfo"), "MemAvailable:")


def _of_group() -> int | None:
    limit, used = _number(_CGROUP / "memory.max"), _number(_CGROUP / "memory.current")
    return None if limit is None or used is None else limit - used


def _of_process() -> list[int | None]:
    try:
        import resource
    except ImportError:  # not on every system
        return []
    out: list[int | None] = []
    for kind, field in ((resource.RLIMIT_AS, "VmSize:"), (resource.RLIMIT_DATA, "VmData:")):
        limit = resource.getrlimit(kind)[0]
        if limit != resource.RLIM_INFINITY:
            out.append(limit - (_kilobytes(Path("/proc/self/status"), field) or 0))
    return out


def _kilobytes(path: Path, field: str) -> int | None:
    if not path.is_file():
        return None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 2**10
    return None


def _number(path: Path) -> int | None:
    if not path.is_file():
        return None
    text = path.read_text(encoding="utf-8").strip()
    return int(text) if text.isdigit() else None
