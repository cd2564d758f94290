"""Files to vectors, a group at a time: bounded memory, progress, a cache, and what was skipped."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from graphclust.adapters.items import Items
from graphclust.adapters.vector_cache import VectorCache, content_hash, group_hash
from graphclust.errors import InputError

# So many skipped files are named in the notes, the others counted.
_NAMED = 20
# In the run folder: every one of them.
SKIPPED = "skipped.json"
# Why a file is skipped that never was one of the items.
OTHER = "its ending says that it is something else"


class Reader(Protocol):
    """How a file becomes a vector.

    Attributes
    ----------
    recipe : str
        All that the vectors depend on beside the file.
    group : int
        How many files are read, described and kept in the cache together.
    """

    recipe: str
    group: int

    def read(self, path: Path) -> Any:
        """Return what is small enough to be held for a group of files.

        Raises
        ------
        InputError
            If the file is damaged or something else; the reason without the name.
        """

    def describe(self, read: Sequence[Any]) -> NDArray[np.float32]:
        """Return the vectors of a group, shape (m, d)."""


@dataclass(frozen=True)
class Streamed:
    """What was read.

    Attributes
    ----------
    vectors : array of float32, shape (m, d)
    kept : list of int
        Which of the items they are.
    skipped : list of (str, str)
        Name of each unreadable file, and what is wrong with it.
    """

    vectors: NDArray[np.float32]
    kept: list[int]
    skipped: list[tuple[str, str]]


def stream(
    items: Items, reader: Reader, strict: bool = False, cache: bool | str | Path = True
) -> Streamed:
    """Return the vectors of all files that can be read.

    Parameters
    ----------
    items : Items
    reader : Reader
    strict : bool
        Whether a file that cannot be read is an error rather than skipped.
    cache : bool or path
        See :class:`~graphclust.adapters.vector_cache.VectorCache`.

    Raises
    ------
    InputError
        If no file can be read, or one cannot and ``strict``; it names the first one.

    Notes
    -----
    Beside the vectors, one group of files is held as ``reader.read`` returns them. Each file is
    read once for its hash, and again if its group is not in the cache.
    """
    skipped = [(name, OTHER) for name in items.others]
    if strict and skipped:
        raise unreadable(*skipped[0])
    kept_vectors = VectorCache(cache, reader.recipe)
    out: NDArray[np.float32] | None = None
    kept: list[int] = []
    for start, group in _groups(items, reader.group):
        rows, bad = _group(group, reader, kept_vectors)
        for place, reason in bad.items():
            if strict:
                raise unreadable(items.ids[start + place], reason)
            skipped.append((items.ids[start + place], reason))
        if rows is None:
            continue
        if out is None:
            out = np.empty((len(items.paths), rows.shape[1]), np.float32)
        out[len(kept) : len(kept) + len(rows)] = rows
        kept += [start + place for place in range(len(group)) if place not in bad]
    if out is None:
        raise InputError(
            f"none of the {len(items.paths)} files of {items.name} can be read; the first, "
            f"{items.ids[0]}: {dict(skipped)[items.ids[0]]}"
        )
    return Streamed(out[: len(kept)], kept, skipped)


def notes_of(skipped: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Return a line for each skipped file, the first twenty, and how many more there are."""
    lines = [f"skipped {name}: {reason}" for name, reason in skipped[:_NAMED]]
    if len(skipped) > _NAMED:
        lines.append(f"skipped {len(skipped) - _NAMED} files more: {SKIPPED} lists all of them")
    return tuple(lines)


def readings_of(skipped: Sequence[tuple[str, str]]) -> dict[str, Callable[[Any], Any]]:
    """Return what a run folder keeps of skipped files, as ``Loaded.readings`` takes it."""
    listed = [{"id": name, "reason": reason} for name, reason in skipped]
    return {SKIPPED: lambda _: listed} if listed else {}


def _groups(items: Items, size: int) -> Iterator[tuple[int, list[Path]]]:
    total = len(items.paths)
    with tqdm(
        total=total, desc=f"reading {items.name}", file=sys.stderr, leave=False, disable=None
    ) as bar:
        for start in range(0, total, size):
            group = items.paths[start : start + size]
            yield start, group
            bar.update(len(group))


def _group(
    paths: list[Path], reader: Reader, cache: VectorCache
) -> tuple[NDArray[np.float32] | None, dict[int, str]]:
    """Return the vectors of the files that can be read, and what is wrong with the others."""
    bad: dict[int, str] = {}
    hashes: list[str] = []
    for place, path in enumerate(paths):
        try:
            hashes.append(content_hash(path))
        except OSError as error:
            bad[place] = str(error.strerror or error)
    key = group_hash(hashes)
    # A group with unreadable files has fewer rows than files: it is read again each time.
    known = None if bad else cache.get(key)
    if known is not None and len(known) == len(paths):
        return known, bad
    read = []
    for place, path in enumerate(paths):
        if place in bad:
            continue
        try:
            read.append(reader.read(path))
        except InputError as error:
            bad[place] = str(error)
    if not read:
        return None, bad
    rows = np.ascontiguousarray(reader.describe(read), dtype=np.float32)
    if not bad:
        cache.put(key, rows)
    return rows, bad


def unreadable(name: str, reason: str) -> InputError:
    """Return the error of a file that cannot be read, with ``strict``."""
    return InputError(f"{name} cannot be read: {reason}. Remove it, or leave out --strict")
