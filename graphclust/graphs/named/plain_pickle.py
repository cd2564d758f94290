"""Pickles opened so that they cannot run code."""

from __future__ import annotations

import io
import pickle
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from graphclust.errors import InputError


class _Attributes(dict):  # type: ignore[type-arg]
    """Stands in for scikit-learn's Bunch, a dict with attributes."""


# All that arrays, matrices and lists need, under the names that old Pythons and scipys gave it.
_ALLOWED: dict[tuple[str, str], Any] = {
    ("collections", "defaultdict"): defaultdict,
    ("__builtin__", "list"): list,
    ("builtins", "list"): list,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("sklearn.utils._bunch", "Bunch"): _Attributes,
    ("sklearn.utils", "Bunch"): _Attributes,
    ("sklearn.datasets.base", "Bunch"): _Attributes,
}
for _module in ("scipy.sparse.csr", "scipy.sparse._csr"):
    _ALLOWED[(_module, "csr_matrix")] = sp.csr_matrix
for _module in ("numpy.core.multiarray", "numpy._core.multiarray"):
    _ALLOWED[(_module, "_reconstruct")] = np.zeros(0).__reduce__()[0]
    _ALLOWED[(_module, "scalar")] = np.float64(0).__reduce__()[0]


_DAMAGED = (
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    IndexError,
    AttributeError,
    KeyError,
    TypeError,
)


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is not allowed")
        return _ALLOWED[(module, name)]


def load_plain_pickle(path: Path, raw: bytes | None = None) -> Any:
    """Open a pickle of numpy arrays, scipy matrices, dicts and lists, and of nothing else.

    Parameters
    ----------
    path : Path
        Where it is, for messages.
    raw : bytes, optional
        Its contents, where they are not the file's own.

    Raises
    ------
    InputError
        If it holds anything else, or is no pickle.
    """
    data = path.read_bytes() if raw is None else raw
    try:
        return _PlainUnpickler(io.BytesIO(data), encoding="latin1").load()
    except _DAMAGED as error:
        raise InputError(
            f"{path} is no plain pickle of numbers and texts ({error}): replace it by the original"
        ) from error
