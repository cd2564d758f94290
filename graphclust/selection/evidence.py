"""How much shorter a partition makes the description of a graph."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from graphclust.metrics.adjacency import Volumes, volumes
from graphclust.metrics.contingency import as_labels, is_unassigned
from graphclust.metrics.sizes import cluster_sizes


def evidence(adjacency: Any, labels: ArrayLike) -> float:
    r"""Return the nats that a partition saves in describing a graph whose degrees are known.

    .. math::
        m_{in} \ln \frac{m_{in}}{P_{in}} + m_{out} \ln \frac{m_{out}}{P_{out}}
        - m \ln \frac{m}{P} - \ln(m + 1) - \ln \frac{n!}{\prod_c n_c!}
        - \ln \binom{n - 1}{k - 1} - \ln n

    with the weight of edges inside (:math:`m_{in}`) and between (:math:`m_{out}`) clusters,
    what degrees offer for each, :math:`P_{in} = \sum_c d_c^2 / 2` and :math:`P_{out}`, and
    cluster sizes :math:`n_c`. The first line is the gain in likelihood of the degree-corrected
    planted partition model over a single cluster; the rest is what it costs to write down the
    partition.

    Parameters
    ----------
    adjacency : scipy sparse matrix or array, shape (n, n)
        Symmetric, non-negative; each edge stored in both directions, a self-loop once.
    labels : array-like, shape (n,)
        Clusters; an unassigned (-1) node stands alone.

    Returns
    -------
    float
        Above 0 where the partition is worth its description; 0 for a single cluster.

    Raises
    ------
    InputError
        If the adjacency or the labels cannot be used.

    Notes
    -----
    Weights count as numbers of edges after scaling to mean 1, so that their unit does not
    matter. Newman showed that modularity, at the resolution that fits the graph best, is the
    likelihood of this model; the code of the partition is Zhang and Peixoto's. Departing from
    the latter, rates are fitted rather than averaged over, and degrees are taken as known: their
    prior made broad degree distributions look like fewer clusters. Cost O(nnz + n log n).

    References
    ----------
    Newman, *Equivalence between modularity optimization and maximum likelihood methods for
    community detection*, 2016, arXiv:1606.02319; Zhang and Peixoto, *Statistical inference of
    assortative community structures*, 2020, arXiv:2006.14493.

    Examples
    --------
    >>> import networkx as nx
    >>> cliques = nx.to_scipy_sparse_array(nx.disjoint_union(*[nx.complete_graph(9)] * 2))
    >>> evidence(cliques, [0] * 9 + [1] * 9) > 0 > evidence(cliques, [0, 1] * 9)
    True
    """
    sums = volumes(adjacency, labels)
    array = as_labels(labels, "labels")
    alone = int(is_unassigned(array).sum())
    sizes = np.concatenate([cluster_sizes(array), np.ones(alone, dtype=np.int64)])
    if sizes.size < 2 or sums.total == 0:
        return 0.0
    entries = adjacency.nnz + np.count_nonzero(adjacency.diagonal())
    return _likelihood_gain(sums, 0.5 * float(entries) / sums.total) - _partition_code(sizes)


def _likelihood_gain(sums: Volumes, scale: float) -> float:
    m, inside = scale * sums.total, scale * float(sums.inside.sum())
    m_in = min(inside, m)
    p = 0.5 * (2.0 * m) ** 2
    p_in = 0.5 * float(((scale * sums.volume) ** 2).sum())
    gain = _term(m_in, p_in) + _term(m - m_in, p - p_in) - _term(m, p)
    return float(gain - math.log(m + 1.0))


def _term(count: float, offered: float) -> float:
    return count * math.log(count / offered) if count > 0 and offered > 0 else 0.0


def _partition_code(sizes: NDArray[np.int64]) -> float:
    n, k = int(sizes.sum()), sizes.size
    # Which sizes, out of all compositions of n into k parts; then which node is where.
    which_sizes = gammaln(n) - gammaln(k) - gammaln(n - k + 1)
    which_nodes = gammaln(n + 1) - gammaln(sizes + 1.0).sum()
    return float(which_sizes + which_nodes + math.log(n))
