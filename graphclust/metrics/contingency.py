"""How many items of each class lie in each cluster: the one table that label metrics read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

from graphclust.errors import InputError

UNASSIGNED = -1


@dataclass(frozen=True)
class Contingency:
    """Counts of items by class (rows) and cluster (columns).

    Attributes
    ----------
    counts : scipy.sparse.csr_array of int64, shape (n_classes, n_clusters)
        Entry (i, j) is the number of items of class i in cluster j. Unassigned items fill one
        column of their own.
    unassigned : int or None
        The column of the unassigned items, or None when there are none.
    """

    counts: sp.csr_array
    unassigned: int | None = None

    @property
    def n_items(self) -> int:
        """Number of items that were counted."""
        return int(self.counts.sum())

    @property
    def class_sizes(self) -> NDArray[np.int64]:
        """Items of each class, shape (n_classes,)."""
        return np.asarray(self.counts.sum(axis=1), dtype=np.int64).ravel()

    @property
    def found_sizes(self) -> NDArray[np.int64]:
        """Items of each cluster, shape (n_clusters,)."""
        return np.asarray(self.counts.sum(axis=0), dtype=np.int64).ravel()


def contingency(y_true: ArrayLike, y_pred: ArrayLike) -> Contingency:
    """Count the items of each class in each cluster.

    Parameters
    ----------
    y_true : array-like, shape (n,)
        Classes: integers, floats, booleans or strings. Items whose class is -1 or NaN have no
        ground truth and are left out, as scikit-learn marks unlabelled items.
    y_pred : array-like, shape (n,)
        Clusters; -1 means unassigned.

    Returns
    -------
    Contingency
        Rows and columns in the order in which classes and clusters first appear, so that
        renaming them changes nothing, not even the last bit of a score.

    Raises
    ------
    InputError
        If lengths differ, nothing is labelled, a label is missing from ``y_pred``, or ``y_true``
        holds -1 beside a single other class (binary classes written as -1 and 1).

    Notes
    -----
    Cost O(n log n), memory O(n): the table is sparse.

    Examples
    --------
    >>> contingency([0, 0, 1, 1], ["a", "b", "b", "b"]).counts.toarray()
    array([[1, 1],
           [0, 2]])
    """
    true, pred = as_labels(y_true, "y_true"), as_labels(y_pred, "y_pred")
    if true.shape != pred.shape:
        raise InputError(
            f"y_true has {true.size} labels and y_pred {pred.size}: give one of each per item"
        )
    if np.any(_is_nan(pred)):
        raise InputError("y_pred holds NaN: write -1 for an item that is in no cluster")
    known = ~(_is_nan(true) | is_unassigned(true))
    if not known.any():
        raise InputError("y_true has no label except -1 and NaN: there is nothing to score against")
    if not known.all():
        true, pred = true[known], pred[known]
    rows, n_rows = _in_order_of_appearance(true)
    if n_rows == 1 and not known.all() and not np.any(_is_nan(as_labels(y_true, "y_true"))):
        raise InputError(
            "y_true holds -1 and one other class: -1 means that the class is not known; "
            "if it is a class, write the classes as 0 and 1"
        )
    cols, n_cols = _in_order_of_appearance(pred)
    ones = np.ones(rows.size, dtype=np.int64)
    counts = sp.coo_array((ones, (rows, cols)), shape=(n_rows, n_cols)).tocsr()
    loose = is_unassigned(pred)
    return Contingency(counts, int(cols[loose][0]) if loose.any() else None)


def as_labels(labels: ArrayLike, name: str) -> NDArray[Any]:
    """Return labels as a one-dimensional array, or say what is wrong with them.

    Raises
    ------
    InputError
        If they are not one-dimensional, or there are none.
    """
    array = np.asarray(labels)
    if array.ndim != 1:
        raise InputError(f"{name} has shape {array.shape}: give a flat array, one label per item")
    if array.size == 0:
        raise InputError(f"{name} is empty: there is nothing to score")
    return array


def is_unassigned(labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return where labels are -1; strings and booleans never are. Shape (n,)."""
    if labels.dtype.kind in "if":
        return np.asarray(labels == UNASSIGNED)
    if labels.dtype.kind == "O":
        return np.fromiter(
            (not isinstance(v, (str, bool)) and v == UNASSIGNED for v in labels), bool, labels.size
        )
    return np.zeros(labels.size, dtype=bool)


def encode(labels: NDArray[Any], name: str) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the distinct labels in order and the position of each item's among them.

    Raises
    ------
    InputError
        If labels of different kinds cannot be told apart.
    """
    try:
        names, codes = np.unique(labels, return_inverse=True)
    except TypeError as error:
        raise InputError(f"{name} mixes kinds of labels: use only numbers or only text") from error
    return names, codes.astype(np.int64).ravel()


def _is_nan(labels: NDArray[Any]) -> NDArray[np.bool_]:
    if labels.dtype.kind == "f":
        return np.asarray(np.isnan(labels))
    if labels.dtype.kind == "O":
        return np.fromiter((isinstance(v, float) and math.isnan(v) for v in labels), bool)
    return np.zeros(labels.size, dtype=bool)


def _in_order_of_appearance(labels: NDArray[Any]) -> tuple[NDArray[np.int64], int]:
    names, codes = encode(labels, "labels")
    first = np.full(names.size, codes.size, dtype=np.int64)
    np.minimum.at(first, codes, np.arange(codes.size))
    rank = np.empty(names.size, dtype=np.int64)
    rank[np.argsort(first)] = np.arange(names.size)
    return rank[codes], int(names.size)
