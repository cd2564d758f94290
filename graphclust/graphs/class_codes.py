"""Classes as they stand in files, turned into 0 .. k-1 for scoring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What files write for "no class".
_MISSING = frozenset({"", "nan", "none", "null", "na", "-1"})


def class_codes(values: Sequence[Any]) -> tuple[NDArray[np.int64], list[str]]:
    """Return a code for each value, -1 for a missing one, and the name of each code.

    Whole numbers are ordered as numbers, everything else as text.

    Examples
    --------
    >>> class_codes(["b", "a", "b", ""])
    (array([ 1,  0,  1, -1]), ['a', 'b'])
    """
    texts = [str(int(v)) if _is_whole(v) else str(v).strip() for v in values]
    known = {t for t in texts if t.lower() not in _MISSING}
    if known == {"1"} and "-1" in texts:
        known.add("-1")  # two classes, written as signs
    whole = all(t.lstrip("-").isdigit() for t in known)
    names = sorted(known, key=int) if whole else sorted(known)
    code = {name: i for i, name in enumerate(names)}
    return np.asarray([code.get(t, -1) for t in texts], dtype=np.int64), names


def _is_whole(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) and float(value).is_integer()
