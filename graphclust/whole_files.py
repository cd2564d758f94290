"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def written_whole(path: Path) -> Iterator[TextIO]:
    """Open a file beside ``path`` that takes its place when the block has ended without an error.

    A reader, or an interruption at any moment, meets what was there before or all of the new
    text. Lines end as they are written.
    """
    with (
        replaced_whole(path) as partial,
        partial.open("w", newline="", encoding="utf-8") as file,
    ):
        yield file


@contextmanager
def replaced_whole(path: Path) -> Iterator[Path]:
    """Give the path of a file beside ``path`` that takes its place when the block has ended."""
    partial = path.with_name(path.name + ".part")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def folder_written_whole(path: Path) -> Iterator[Path]:
    """Make a folder beside ``path`` that takes its place when the block has ended well.

    What was there before goes when the new folder is in place, and stays after an error.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        yield partial
        partial.chmod(0o755)
        _swap(partial, path)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _swap(partial: Path, path: Path) -> None:
    if not path.exists():
        partial.rename(path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent))
    path.rename(old / "before")
    try:
        partial.rename(path)
    except BaseException:
        (old / "before").rename(path)
        old.rmdir()
        raise
    shutil.rmtree(old, ignore_errors=True)
