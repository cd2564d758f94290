"""All scores of one kind at once."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from graphclust.metrics.adjacency import volumes
from graphclust.metrics.contingency import contingency
from graphclust.metrics.cuts import conductance_of, coverage_of
from graphclust.metrics.information import ami_of, nmi_of
from graphclust.metrics.matching import accuracy_of, macro_f1_of, match
from graphclust.metrics.modularity import modularity_of
from graphclust.metrics.pairs import ari_of


def score(y_true: ArrayLike, y_pred: ArrayLike) -> dict[str, float]:
    """Return how well clusters agree with known classes: ``acc nmi ami ari f1``, as fractions.

    Parameters
    ----------
    y_true : array-like, shape (n,)
        Classes; items with -1 or NaN are not labelled and left out.
    y_pred : array-like, shape (n,)
        Clusters; unassigned (-1) items are wrong for ``acc`` and ``f1``, and one more cluster
        for ``nmi``, ``ami`` and ``ari``.

    Returns
    -------
    dict of str to float

    Raises
    ------
    InputError
        If the labels cannot be compared; see :func:`contingency`.

    Notes
    -----
    Cost O(n log n): the contingency table is counted and matched once.

    Examples
    --------
    >>> score([0, 0, 1, 1], [1, 1, 0, 0])
    {'acc': 1.0, 'nmi': 1.0, 'ami': 1.0, 'ari': 1.0, 'f1': 1.0}
    """
    table = contingency(y_true, y_pred)
    matched = match(table)
    return {
        "acc": accuracy_of(table, matched),
        "nmi": nmi_of(table),
        "ami": ami_of(table),
        "ari": ari_of(table),
        "f1": macro_f1_of(table, matched),
    }


def graph_scores(adjacency: Any, labels: ArrayLike) -> dict[str, float]:
    """Return how well clusters fit the graph, without any label.

    Parameters
    ----------
    adjacency : scipy sparse matrix or array, shape (n, n)
        Symmetric, non-negative; each edge stored in both directions, a self-loop once.
    labels : array-like, shape (n,)
        Clusters; -1 means unassigned, with the rules of :func:`modularity`,
        :func:`cluster_conductance` and :func:`coverage`.

    Returns
    -------
    dict of str to float
        ``modularity``, ``conductance`` (mean over clusters), ``conductance_max``, ``coverage``.

    Raises
    ------
    InputError
        If the adjacency or the labels cannot be used.

    Notes
    -----
    Cost O(nnz + n log n): edges are summed once.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> path = sp.csr_array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> graph_scores(path, [0, 0, 1])["coverage"]
    0.5
    """
    sums = volumes(adjacency, labels)
    leaving = conductance_of(sums)
    return {
        "modularity": modularity_of(sums),
        "conductance": float(leaving.mean()) if leaving.size else 0.0,
        "conductance_max": float(leaving.max()) if leaving.size else 0.0,
        "coverage": coverage_of(sums),
    }
