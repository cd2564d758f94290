"""Node features, checked once and put into the form that is cheapest to multiply by."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs.graph import Features
from graphclust.sparse import CSR

# Below this share of non-zeros, and above this width, a sparse product is the faster one.
SPARSE_BELOW = 0.1
SPARSE_ABOVE = 64


def node_features(x: Any, n: int | None, name: str = "graph") -> Features | None:
    """Return checked features: float32 and dense, or compressed rows where they are sparse.

    Parameters
    ----------
    x : array, Tensor, scipy or torch sparse matrix, CSR, or None; shape (n, f) or (n,)
    n : int, optional
        Number of nodes; not checked when left out.
    name : str
        What messages call the graph.

    Returns
    -------
    Tensor, CSR or None
        None for None and for a matrix without columns.

    Raises
    ------
    InputError
        If it is not a numeric matrix with one row a node, or holds NaN or inf.

    Examples
    --------
    >>> node_features([[1, 2], [3, 4]], n=2).dtype
    torch.float32
    """
    if x is None:
        return None
    if isinstance(x, CSR):
        x = x.to_scipy()
    matrix = _matrix(x, name)
    rows, columns = int(matrix.shape[0]), int(matrix.shape[1])
    if n is not None and rows != n:
        raise InputError(
            f"{name}: the features have {rows} rows for {n} nodes. Give one row for each node"
        )
    if columns == 0:
        return None
    _check_finite(matrix, name)
    if sp.issparse(matrix):
        sparse = matrix.nnz < SPARSE_BELOW * rows * columns and columns > SPARSE_ABOVE
        return CSR.from_scipy(matrix) if sparse else torch.from_numpy(matrix.toarray())
    if columns > SPARSE_ABOVE and int(matrix.count_nonzero()) < SPARSE_BELOW * rows * columns:
        return _compress(matrix)
    dense: Tensor = matrix
    return dense


def _matrix(x: Any, name: str) -> Any:
    kind = str(getattr(x, "dtype", ""))
    if "complex" in kind:
        raise InputError(f"{name}: Complex data not supported ({kind}): give real numbers")
    if sp.issparse(x):
        out = sp.csr_array(x).astype(np.float32)
        out.sum_duplicates()
        out.eliminate_zeros()
        return out
    if isinstance(x, Tensor):
        x = x.detach().cpu()
        if x.layout != torch.strided:
            x = x.to_sparse_coo().coalesce()
            parts = (x.values().numpy(), tuple(x.indices().numpy()))
            return _matrix(sp.coo_array(parts, shape=tuple(x.shape)), name)
    try:
        with np.errstate(over="ignore"):  # what overflows is inf, and refused as that
            dense = x if isinstance(x, Tensor) else torch.as_tensor(np.asarray(x, dtype=np.float32))
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: the features are not a matrix of numbers ({error})") from error
    dense = dense.float()
    if dense.dim() == 1:
        dense = dense[:, None]
    if dense.dim() != 2:
        raise InputError(
            f"{name}: the features have shape {tuple(dense.shape)}, but a matrix (nodes, "
            "features) is needed. Reshape them"
        )
    return dense


def _check_finite(matrix: Any, name: str) -> None:
    if isinstance(matrix, Tensor):
        # A sum is finite exactly when no entry is NaN or inf, short of overflow: one fast pass.
        if bool(torch.isfinite(matrix.sum(dtype=torch.float64))):
            return
        bad = (~torch.isfinite(matrix)).nonzero()
        if bad.numel() == 0:
            return
        row, column = (int(i) for i in bad[0])
        value = float(matrix[row, column])
    else:
        wrong = np.flatnonzero(~np.isfinite(matrix.data))
        if wrong.size == 0:
            return
        row = int(np.searchsorted(matrix.indptr, wrong[0], side="right")) - 1
        column, value = int(matrix.indices[wrong[0]]), float(matrix.data[wrong[0]])
    seen = "NaN" if math.isnan(value) else value
    raise InputError(
        f"{name}: the features hold {seen} (first at row {row}, column {column}). Fill in or drop "
        "what is missing"
    )


def _compress(x: Tensor) -> CSR:
    at = x.nonzero()
    counts = torch.zeros(x.shape[0] + 1, dtype=torch.int64)
    counts[1:] = torch.bincount(at[:, 0], minlength=x.shape[0]).cumsum(0)
    values = x[at[:, 0], at[:, 1]]
    shape = (int(x.shape[0]), int(x.shape[1]))
    return CSR(counts.int(), at[:, 1].int(), values, shape)
