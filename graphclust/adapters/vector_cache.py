"""Vectors of files, kept in the user's cache folder by what the files hold."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graphclust.graphs.roots import cache_root
from graphclust.whole_files import replaced_whole


class VectorCache:
    """Keeps the vectors of groups of files under a hash of their contents and of the recipe.

    Parameters
    ----------
    where : bool or path
        A folder of your own, ``True`` for the user's cache folder, ``False`` to keep nothing. A
        folder that cannot be written to keeps nothing either.
    recipe : str
        How the vectors are made, version included: other recipes never meet.
    """

    def __init__(self, where: bool | str | Path, recipe: str) -> None:
        self.folder: Path | None = None
        if where is False:
            return
        root = cache_root() / "vectors" if where is True else Path(where).expanduser()
        folder = root / hashlib.sha256(recipe.encode()).hexdigest()[:16]
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            return
        if os.access(folder, os.W_OK):
            self.folder = folder

    def get(self, key: str) -> NDArray[np.float32] | None:
        """Return the vectors of a group, shape (m, d), or None."""
        path = self._path(key)
        if path is None or not path.is_file():
            return None
        return np.load(path, allow_pickle=False)  # type: ignore[no-any-return]

    def put(self, key: str, vectors: NDArray[np.float32]) -> None:
        """Keep the vectors of a group; the file is there whole or not at all."""
        path = self._path(key)
        if path is not None:
            with replaced_whole(path) as partial, partial.open("wb") as file:
                np.save(file, vectors, allow_pickle=False)

    def _path(self, key: str) -> Path | None:
        return None if self.folder is None else self.folder / f"{key}.npy"


def content_hash(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def group_hash(hashes: list[str]) -> str:
    """Return the SHA-256 of the hashes of a group's files, in their order."""
    return hashlib.sha256("".join(hashes).encode()).hexdigest()
