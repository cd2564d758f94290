"""Errors that name what was given, what is wrong with it, and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class GraphclustError(Exception):
    """Base of every error that graphclust raises on purpose."""


class InputError(GraphclustError, ValueError):
    """Something that the user gave cannot be used; the message says what to do."""


class MissingDependencyError(GraphclustError, ImportError):
    """An optional package is needed; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package!r}: install it with "
            f"`pip install 'graphclust[{extra}]'`"
        )


class LostRankError(GraphclustError, RuntimeError):
    """A process that shares a fit ended, or did not answer in time."""


def nearest(name: str, known: Iterable[str], most: int = 3, alike: float = 0.5) -> str:
    """Return ``"; did you mean a, b?"`` for the known names nearest to ``name``, or ``""``.

    ``alike`` is the least share of letters in common, from 0 to 1.
    """
    pool = {k.lower(): k for k in known}
    hits = difflib.get_close_matches(name.lower(), pool, n=most, cutoff=alike)
    return f"; did you mean {', '.join(pool[h] for h in hits)}?" if hits else ""
