"""The files of a folder or of a list, with a name and perhaps a class for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs.class_codes import class_codes

# What operating systems leave in folders, beside files that begin with a dot.
_LITTER = frozenset({"thumbs.db", "desktop.ini", "__macosx"})


@dataclass(frozen=True)
class Items:
    """Files that stand for nodes.

    Attributes
    ----------
    paths : list of Path
    ids : list of str
        The path within the folder, with ``/``; of a list of files, as they were given.
    classes : list of str or None
        Name of the sub-folder each lies in, for scoring only; None where there are no classes.
    others : list of str
        Files whose ending says that they are something else.
    name : str
        What messages and the graph call them.
    """

    paths: list[Path]
    ids: list[str]
    classes: list[str] | None
    others: list[str]
    name: str


def list_items(
    source: str | Path | Sequence[str | Path], endings: Sequence[str], what: str
) -> Items:
    """Return the files of a folder with one of the endings, or the files of a list.

    Where all of them lie in sub-folders, and in two at least, the first sub-folder in which they
    differ is the class. Hidden files are passed over.

    Parameters
    ----------
    source : path or sequence of paths
    endings : sequence of str
        In lower case, with the dot.
    what : str
        What messages call the files, such as ``"images"``.

    Raises
    ------
    InputError
        If the folder does not exist or holds no such file, or a listed file does not exist.
    """
    if not isinstance(source, (str, Path)):
        return _of_list([Path(path) for path in source], what)
    folder = Path(source).expanduser()
    if folder.is_file():
        if folder.suffix.lower() not in endings:
            raise InputError(
                f"{folder} is no folder of {what}, and its ending is none of {' '.join(endings)}"
            )
        return _of_list([folder], what)
    if not folder.is_dir():
        raise InputError(f"{folder} does not exist: give a folder of {what}, or a list of files")
    files = sorted(file for file in folder.rglob("*") if _visible(file.relative_to(folder)))
    files = [file for file in files if file.is_file()]
    paths = [file for file in files if file.suffix.lower() in endings]
    within = [file.relative_to(folder) for file in paths]
    chosen = set(paths)
    others = [file.relative_to(folder).as_posix() for file in files if file not in chosen]
    if not paths:
        raise InputError(
            f"{folder} holds no {what}{f' but {len(others)} other files' if others else ''}: "
            f"files ending in {' '.join(endings)} are read"
        )
    name = folder.resolve().name or what
    return Items(paths, [path.as_posix() for path in within], _classes(within), others, name)


def classes_of(items: Items, kept: Sequence[int]) -> dict[str, Any]:
    """Return ground truth and class names of the items that were read, as Loaded takes them."""
    if items.classes is None:
        return {}
    y, names = class_codes([items.classes[i] for i in kept])
    return {"y": y, "class_names": names}


def refuse_columns(path: Path, column: str | None, label_column: str | None) -> None:
    """Refuse the options that name columns: files have none."""
    for option, value in (("--column", column), ("--label-column", label_column)):
        if value is not None:
            raise InputError(
                f"{option} {value} does not apply to {path}: its files have no columns"
            )


def own_vectors(vectors: Any, n: int) -> Tensor:
    """Return vectors that the user gave as a checked tensor of float32, shape (n, d).

    Raises
    ------
    InputError
        If they are not a matrix of finite numbers with a row for each item.
    """
    x = torch.as_tensor(np.asarray(vectors, dtype=np.float32))
    if x.dim() != 2 or len(x) != n:
        raise InputError(
            f"vectors has shape {tuple(x.shape)} for {n} items: give a row for each, in the "
            "order of their names"
        )
    if not bool(torch.isfinite(x).all()):
        raise InputError("vectors holds NaN or infinite values: give finite numbers")
    return x


def _of_list(paths: list[Path], what: str) -> Items:
    if not paths:
        raise InputError(f"the list of {what} is empty: give two files at least")
    for path in paths:
        if not path.is_file():
            raise InputError(f"{path} is not a file: give a folder of {what}, or a list of files")
    ids = [path.as_posix() for path in paths]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise InputError(f"{twice} is listed twice: name each file once")
    return Items(paths, ids, None, [], what)


def _visible(path: Path) -> bool:
    return not any(part.startswith(".") or part.lower() in _LITTER for part in path.parts)


def _classes(within: list[Path]) -> list[str] | None:
    """Return each file's first folder that not all share, if all have one and there are two."""
    folders = [path.parts[:-1] for path in within]
    shared = 0
    while all(len(f) > shared for f in folders) and len({f[shared] for f in folders}) == 1:
        shared += 1
    if not all(len(f) > shared for f in folders):
        return None
    return [f[shared] for f in folders]
