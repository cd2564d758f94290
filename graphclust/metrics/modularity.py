"""Modularity: edge weight inside clusters beyond what degrees alone would put there."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from graphclust.errors import InputError
from graphclust.metrics.adjacency import Volumes, volumes


def modularity(adjacency: Any, labels: ArrayLike, resolution: float = 1.0) -> float:
    r"""Return the modularity of a partition of a weighted undirected graph.

    .. math:: Q = \sum_c \left[ \frac{L_c}{m} - \gamma \left( \frac{d_c}{2m} \right)^2 \right]

    with the weight :math:`L_c` of the edges inside cluster c, the sum :math:`d_c` of its
    degrees and the weight m of all edges. A self-loop is one edge and adds twice its weight to
    its node's degree, as in networkx.

    Parameters
    ----------
    adjacency : scipy sparse matrix or array, shape (n, n)
        Symmetric, non-negative; each edge stored in both directions, a self-loop once.
    labels : array-like, shape (n,)
        Clusters. An unassigned (-1) node stands alone, as a cluster of its own.
    resolution : float, default 1.0
        The factor :math:`\gamma`, at least 0; above 1 it favours smaller clusters.

    Returns
    -------
    float in [-0.5, 1] at resolution 1; 0 for a graph without edges

    Raises
    ------
    InputError
        If the adjacency or the labels cannot be used, or the resolution is negative.

    Notes
    -----
    Cost O(nnz + n log n).

    References
    ----------
    Newman, *Analysis of weighted networks*, 2004, arXiv:cond-mat/0407503; resolution by
    Reichardt and Bornholdt, *Statistical mechanics of community detection*, 2006,
    arXiv:cond-mat/0603718.

    Examples
    --------
    >>> import scipy.sparse as sp
    >>> two_edges = sp.csr_array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
    >>> modularity(two_edges, [0, 0, 1, 1])
    0.5
    """
    if not (np.isfinite(resolution) and resolution >= 0):
        raise InputError(f"resolution is {resolution}: it must be a number of at least 0")
    return modularity_of(volumes(adjacency, labels), resolution)


def modularity_of(sums: Volumes, resolution: float = 1.0) -> float:
    """Return the modularity from the sums by cluster; see :func:`modularity`."""
    if sums.total == 0:
        return 0.0
    expected = (sums.volume / (2.0 * sums.total)) ** 2
    return float(np.sum(sums.inside / sums.total) - resolution * np.sum(expected))
