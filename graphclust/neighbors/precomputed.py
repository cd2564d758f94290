"""Neighbours out of distances that somebody else computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from graphclust.errors import InputError


def neighbors_in_distances(distances: Any, k: int = 15) -> tuple[Tensor, Tensor]:
    """Return the ``k`` nearest others of each row out of a table of distances.

    Parameters
    ----------
    distances : array or scipy sparse matrix, shape (n, n)
        Entry (i, j) is the distance from i to j, at least 0. Of a sparse matrix, entries that are
        not stored are pairs that are no neighbours, as scikit-learn's ``kneighbors_graph`` with
        ``mode="distance"`` writes them; each row needs one stored neighbour at least.
    k : int
        Between 1 and n - 1.

    Returns
    -------
    index, score : Tensor, shape (n, k)
        Nearest first, and minus the squared distance, as for the metric ``"euclidean"``. A row
        with fewer stored neighbours repeats its last one, which graphs count once.

    Raises
    ------
    InputError
        If the table is not square, a distance is negative or not finite, or ``k`` does not fit.

    Notes
    -----
    Cost O(n^2) of a dense table, which is the user's, O(nnz log nnz) of a sparse one.

    Examples
    --------
    >>> import numpy as np
    >>> neighbors_in_distances(np.array([[0, 1, 9], [1, 0, 5], [9, 5, 0]]), k=1)[0].tolist()
    [[1], [0], [1]]
    """
    table = sp.csr_array(distances) if sp.issparse(distances) else np.asarray(distances, "float32")
    if table.ndim != 2 or table.shape[0] != table.shape[1]:
        raise InputError(f"the distances have shape {table.shape}: they must be square, n by n")
    n = int(table.shape[0])
    if not 1 <= k < n:
        raise InputError(f"k={k} neighbours of {n} rows: k must lie between 1 and {n - 1}")
    held: Any = table.data if sp.issparse(distances) else table
    if not np.isfinite(held).all() or (held < 0).any():
        raise InputError("the distances hold a negative or infinite one, or NaN: give them all")
    if sp.issparse(distances):
        index, length = _stored(table, k)
    else:
        length = np.array(table)
        np.fill_diagonal(length, np.inf)
        index = np.argsort(length, axis=1, kind="stable")[:, :k]
        length = np.take_along_axis(length, index, axis=1)
    return torch.from_numpy(index), -torch.from_numpy(length.astype(np.float32)).square()


def _stored(table: Any, k: int) -> tuple[Any, Any]:
    n = table.shape[0]
    pairs = table.tocoo()
    off = pairs.row != pairs.col
    row, col, value = pairs.row[off], pairs.col[off], pairs.data[off]
    counts = np.bincount(row, minlength=n)
    if n and counts.min() == 0:
        raise InputError(f"row {int(counts.argmin())} of the distances has no stored neighbour")
    order = np.lexsort((col, value, row))
    start = np.concatenate([[0], counts.cumsum()[:-1]])
    place = start[:, None] + np.minimum(np.arange(k), counts[:, None] - 1)
    at = order[place]
    return col[at].astype(np.int64), value[at]
