"""Where raw files lie: the roots that are searched, and what happens if they lie nowhere."""

from __future__ import annotations

import os
from pathlib import Path

from graphclust.errors import InputError
from graphclust.graphs.cards import Card
from graphclust.graphs.download import fetch, fetch_by
from graphclust.graphs.named import news


def cache_root() -> Path:
    """Return the user's cache folder for data; it need not exist."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "graphclust"


def search_roots(data_root: str | Path | None = None) -> list[Path]:
    """Return the folders that are searched, first one first: the data root, then the cache.

    Raises
    ------
    InputError
        If the given root is not a folder.
    """
    given = data_root if data_root is not None else os.environ.get("GRAPHCLUST_DATA") or None
    if given is None:
        return [cache_root()]
    root = Path(given).expanduser()
    if not root.is_dir():
        origin = "--data-root" if data_root is not None else "$GRAPHCLUST_DATA"
        raise InputError(f"{origin}: {root} is not a folder. Create it, or name another")
    return [root, cache_root()]


def locate(card: Card, roots: list[Path]) -> Path | None:
    """Return the folder that holds all the files that a data set cannot do without, or None."""
    needed = [f.name for f in card.files if not f.optional]
    for root in roots:
        for name in card.folders:
            folder = root / name
            if all((folder / file).is_file() for file in needed):
                return folder
    return None


def provide(card: Card, data_root: str | Path | None = None) -> Path:
    """Return the folder of a data set's files, downloading them if they are nowhere.

    New files go under the data root if that can be written to and has no folder of that name,
    else under the cache, so that nothing is ever written beside files that somebody else put
    there.

    Raises
    ------
    InputError
        If they cannot be had; the message says what to put where.
    """
    roots = search_roots(data_root)
    found = locate(card, roots)
    if found is not None:
        return found
    target = roots[0] / card.folders[0]
    taken = any((roots[0] / name).exists() for name in card.folders)
    if roots[0] != cache_root() and (taken or not os.access(roots[0], os.W_OK)):
        target = cache_root() / card.folders[0]
    if card.options.get("fetched_by") == "scikit-learn":
        fetch_by(news.fetch, card, target)
    else:
        fetch(card, target)
    return target
