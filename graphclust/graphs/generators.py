"""Random graphs with planted clusters, in time linear in their edges.

All of them return a ``torch_geometric`` Data whose ``y`` holds the planted clusters, take every
random number from the generator they are given, and store each undirected edge in both
directions, without self-loops and without repetitions.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs.sampling import distinct, pairs_between, pairs_within, power_law

# Edges that are drawn at a time.
_PIECE = 1 << 24


def stochastic_blocks(
    sizes: Sequence[int],
    probabilities: Sequence[Sequence[float]],
    generator: torch.Generator,
    n_features: int = 0,
    separation: float = 1.0,
) -> Any:
    r"""Return a graph of the stochastic block model.

    Nodes i and j are tied with probability :math:`p_{y_i y_j}`, independently.

    Parameters
    ----------
    sizes : sequence of int
        Nodes of each block.
    probabilities : matrix, shape (k, k)
        Symmetric.
    generator : torch.Generator
    n_features : int
        Width of the Gaussian features; none for 0.
    separation : float
        Distance of a block's centre from the origin, in standard deviations of the noise.

    Returns
    -------
    torch_geometric.data.Data

    Raises
    ------
    InputError
        If the sizes are not positive, or the probabilities do not fit them.

    Notes
    -----
    Cost O(n + m + k^2): the number of edges of each pair of blocks is drawn first, then that
    many different pairs of nodes.

    References
    ----------
    Holland, Laskey and Leinhardt, *Stochastic blockmodels: first steps*, 1983.

    Examples
    --------
    >>> g = torch.Generator().manual_seed(0)
    >>> data = stochastic_blocks([50, 50], [[0.5, 0.01], [0.01, 0.5]], g)
    >>> data.num_nodes, int(data.y.sum())
    (100, 50)
    """
    table = torch.as_tensor(probabilities, dtype=torch.float64)
    k = len(sizes)
    if k == 0 or min(sizes) < 1:
        raise InputError(f"sizes={list(sizes)}: give one size of 1 or more for each block")
    if table.shape != (k, k) or not torch.equal(table, table.T):
        raise InputError(f"probabilities must be a symmetric {k} x {k} matrix")
    if bool((table < 0).any()) or bool((table > 1).any()):
        raise InputError("probabilities must lie between 0 and 1")
    start = torch.tensor([0, *itertools.accumulate(sizes)])
    found = []
    for a in range(k):
        for b in range(a, k):
            same = a == b
            n_pairs = sizes[a] * (sizes[a] - 1) // 2 if same else sizes[a] * sizes[b]
            m = _binomial(n_pairs, float(table[a, b]), generator)
            chosen = distinct(n_pairs, m, generator)
            ends = pairs_within(chosen) if same else pairs_between(chosen, sizes[b])
            found.append(ends + torch.stack([start[a], start[b]])[:, None])
    y = torch.arange(k).repeat_interleave(torch.tensor(list(sizes)))
    return _data(torch.cat(found, 1), y, "stochastic-blocks", generator, n_features, separation)


def planted_partition(
    n_clusters: int,
    cluster_size: int,
    p_in: float,
    p_out: float,
    generator: torch.Generator,
    n_features: int = 0,
    separation: float = 1.0,
) -> Any:
    """Return a graph of equal clusters: ``p_in`` inside, ``p_out`` between them.

    See :func:`stochastic_blocks`, of which this is the simplest case.

    Examples
    --------
    >>> g = torch.Generator().manual_seed(0)
    >>> planted_partition(4, 25, 0.4, 0.02, g, n_features=8).x.shape
    torch.Size([100, 8])
    """
    table = torch.full((n_clusters, n_clusters), p_out, dtype=torch.float64)
    table.fill_diagonal_(p_in)
    sizes = [cluster_size] * n_clusters
    return stochastic_blocks(sizes, table.tolist(), generator, n_features, separation)


def degree_corrected_blocks(
    sizes: Sequence[int],
    n_edges: int,
    generator: torch.Generator,
    mixing: float = 0.2,
    exponent: float = 2.5,
    n_features: int = 0,
    separation: float = 1.0,
) -> Any:
    r"""Return a graph of clusters whose degrees follow a power law.

    One end of an edge is drawn with probability proportional to :math:`\theta_i`, the other
    likewise, from the same cluster with probability 1 - ``mixing``, from the whole graph
    otherwise.

    Parameters
    ----------
    sizes : sequence of int
        Nodes of each cluster.
    n_edges : int
        Number of undirected edges, exactly.
    generator : torch.Generator
    mixing : float
        Share of the edges that pay no heed to the clusters.
    exponent : float
        Of the law of the expected degrees :math:`\theta`, above 2.
    n_features, separation
        As in :func:`stochastic_blocks`.

    Raises
    ------
    InputError
        If sizes, mixing or exponent are out of range, or so many edges do not fit in.

    Notes
    -----
    Cost O(n + m log n). Repeated pairs are drawn anew, which flattens the greatest degrees a
    little, most of all where the graph is dense.

    References
    ----------
    Karrer and Newman, *Stochastic blockmodels and community structure in networks*, 2011,
    arXiv:1008.3926.
    """
    if not sizes or min(sizes) < 2:
        raise InputError(f"sizes={list(sizes)}: give one size of 2 or more for each cluster")
    if not 0 <= mixing <= 1 or exponent <= 2:
        raise InputError(
            f"mixing={mixing}, exponent={exponent}: give 0 <= mixing <= 1, exponent > 2"
        )
    inside = sum(s * (s - 1) // 2 for s in sizes)
    if n_edges < 0 or n_edges > inside // 4:
        raise InputError(f"n_edges={n_edges}: give at most {inside // 4} for these sizes")
    y = torch.arange(len(sizes)).repeat_interleave(torch.tensor(list(sizes)))
    n = int(y.numel())
    cumulated = power_law(n, exponent, generator).cumsum(0)
    start = torch.tensor([0, *itertools.accumulate(sizes)])
    below = torch.cat([cumulated.new_zeros(1), cumulated])[start]
    keys = torch.zeros(0, dtype=torch.int64)
    while keys.numel() < n_edges:
        m = min(int(1.2 * (n_edges - keys.numel())) + 16, _PIECE)
        one = torch.rand(m, dtype=torch.float64, generator=generator) * cumulated[-1]
        u = torch.searchsorted(cumulated, one, right=True).clamp_(max=n - 1)
        free = torch.rand(m, generator=generator) < mixing
        low = torch.where(free, below[0], below[y[u]])
        high = torch.where(free, below[-1], below[y[u] + 1])
        other = low + torch.rand(m, dtype=torch.float64, generator=generator) * (high - low)
        v = torch.searchsorted(cumulated, other, right=True).clamp_(max=n - 1)
        key = torch.minimum(u, v) * n + torch.maximum(u, v)
        key = key[u != v]
        del one, low, high, other, free, u, v
        keys = torch.unique(torch.cat([keys, key]))
    keys = keys[torch.randperm(keys.numel(), generator=generator)[:n_edges]]
    ends = torch.stack([keys // n, keys % n])
    return _data(ends, y, "degree-corrected-blocks", generator, n_features, separation)


def attributed_partition(
    n_nodes: int,
    n_edges: int,
    n_clusters: int,
    generator: torch.Generator,
    n_features: int = 64,
    mixing: float = 0.2,
    separation: float = 1.0,
) -> Any:
    """Return a graph of any size with features: clusters of unlike size, power-law degrees.

    The sizes of the clusters differ by up to three times; degrees follow a power law of exponent
    2.5. See :func:`degree_corrected_blocks`.

    Notes
    -----
    Linear in nodes and edges: 50,000 nodes and 1,000,000 edges with 64 features take seconds.

    Examples
    --------
    >>> g = torch.Generator().manual_seed(0)
    >>> attributed_partition(1000, 5000, 5, g).num_edges
    10000
    """
    if not 1 <= n_clusters <= n_nodes // 2:
        raise InputError(f"n_clusters={n_clusters} of {n_nodes} nodes: give 1 to {n_nodes // 2}")
    share = 0.5 + torch.rand(n_clusters, dtype=torch.float64, generator=generator)
    spare = n_nodes - 2 * n_clusters
    bounds = (share.cumsum(0) / share.sum() * spare).round().long()
    sizes = (2 + torch.diff(bounds, prepend=bounds.new_zeros(1))).tolist()
    data = degree_corrected_blocks(
        sizes, n_edges, generator, mixing, n_features=n_features, separation=separation
    )
    data.name = "attributed-partition"
    return data


def _data(
    ends: Tensor,
    y: Tensor,
    name: str,
    generator: torch.Generator,
    n_features: int,
    separation: float,
) -> Any:
    """Shuffle the nodes, so that their numbers tell nothing, and add features."""
    from torch_geometric.data import Data

    n, k = int(y.numel()), int(y.max()) + 1
    place = torch.randperm(n, generator=generator)
    labels = torch.empty_like(y)
    labels[place] = y
    m = ends.shape[1]
    both = torch.empty(2, 2 * m, dtype=torch.int64)
    both[:, :m] = place[ends]
    both[0, m:], both[1, m:] = both[1, :m], both[0, :m]
    data = Data(edge_index=both, y=labels, num_nodes=n)
    if n_features:
        centers = torch.randn(k, n_features, generator=generator)
        centers = separation * torch.nn.functional.normalize(centers, dim=1)
        data.x = centers[labels] + torch.randn(n, n_features, generator=generator)
    data.name, data.num_classes = name, k
    return data


def _binomial(trials: int, probability: float, generator: torch.Generator) -> int:
    count = torch.tensor(float(trials), dtype=torch.float64)
    chance = torch.tensor(probability, dtype=torch.float64)
    return int(torch.binomial(count, chance, generator=generator))
