"""Nodes cut into parts of even size with few edges between them."""

from __future__ import annotations

import heapq
import importlib.util
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.sparse import CSR

# Sweeps over all nodes at each level, and portions of a sweep that move at once.
_SWEEPS, _PORTIONS = 4, 16
# A level that joins less than this share of the clusters is the last.
_LEAST_PROGRESS = 0.05


def partition(
    adj: CSR, parts: int, generator: torch.Generator, weight: NDArray[np.int64] | None = None
) -> Tensor:
    """Return the part of every node, int64, shape (n,), on the CPU.

    METIS finds them where pymetis is installed, :func:`grown_parts` otherwise.

    Parameters
    ----------
    adj : CSR, shape (n, n)
        Symmetric.
    parts : int
        Number of parts, n at most; none is empty.
    generator : torch.Generator
        On the CPU.
    weight : array of int64, shape (n,), optional
        What each node counts where parts are made even; 1 by default.

    References
    ----------
    Karypis and Kumar, *A fast and high quality multilevel scheme for partitioning irregular
    graphs*, 1998.
    """
    if parts <= 1 or adj.nnz == 0 or importlib.util.find_spec("pymetis") is None:
        return grown_parts(adj, parts, generator, weight)
    import pymetis

    options = pymetis.Options(seed=int(generator.initial_seed()) % 2**31)
    matrix = adj.to_scipy()
    adjacency = pymetis.CSRAdjacency(matrix.indptr, matrix.indices)
    _, labels = pymetis.part_graph(
        parts, adjacency, options=options, recursive=False, vweights=weight
    )
    return _filled(np.asarray(labels, dtype=np.int64), parts)


def grown_parts(
    adj: CSR, parts: int, generator: torch.Generator, weight: NDArray[np.int64] | None = None
) -> Tensor:
    r"""Return parts that grow from single nodes by label propagation with a bound on their size.

    Every node joins the cluster that most of its edges lead to and that has room for it, at most
    n / parts nodes in all; then clusters stand for nodes, and the same is done again until no
    more of them join. Those that remain are put together to parts, the greatest first, each to
    the part that has least.

    Notes
    -----
    Cost O(levels · sweeps · (|E| + n)), and levels are few: each has a fraction of the nodes of
    the one before. Parts are of about even size, none greater than twice n / parts as a rule.

    References
    ----------
    Meyerhenke, Sanders and Schulz, *Partitioning complex networks via size-constrained
    clustering*, 2014, arXiv:1402.3281.

    Examples
    --------
    >>> from graphclust.graphs.generators import planted_partition
    >>> data = planted_partition(4, 50, 0.3, 0.002, torch.Generator().manual_seed(0))
    >>> row, col = data.edge_index
    >>> adj = CSR.from_edges(row, col, None, (200, 200), symmetric=True)
    >>> part = grown_parts(adj, 4, torch.Generator().manual_seed(0))
    >>> part.bincount().tolist()
    [50, 50, 50, 50]
    """
    n = adj.shape[0]
    parts = max(1, min(parts, n))
    weight = np.ones(n, dtype=np.int64) if weight is None else weight
    most = -(-int(weight.sum()) // parts)
    matrix, size = adj.to_scipy(), weight
    labels = np.arange(n)
    while matrix.shape[0] > parts and matrix.nnz:
        joined = _joined(matrix, size, most, generator)
        count = int(joined.max()) + 1
        labels = joined[labels]
        if count > (1.0 - _LEAST_PROGRESS) * matrix.shape[0]:
            break
        member = _one_hot(joined, count)
        matrix = (member.T @ matrix @ member).tocsr()
        matrix.setdiag(0.0)
        matrix.eliminate_zeros()
        size = np.bincount(joined, weights=size).astype(np.int64)
    labels = np.unique(labels, return_inverse=True)[1]
    load = np.bincount(labels, weights=weight).astype(np.int64)
    return _filled(_packed(load, parts)[labels], parts)


def _joined(
    matrix: Any, size: NDArray[np.int64], most: int, generator: torch.Generator
) -> NDArray[np.int64]:
    """Return which nodes of a level join, numbered from 0, no more than ``most`` in size."""
    n = matrix.shape[0]
    label, load = np.arange(n), size.copy()
    for _ in range(_SWEEPS):
        moves = 0
        order = torch.randperm(n, generator=generator).numpy()
        for portion in np.array_split(order, min(_PORTIONS, n)):
            node, target = _wishes(matrix, portion, label, load, size, most, generator)
            # Those of one wish come in until the cluster is full.
            by_target = np.argsort(target, kind="stable")
            node, target = node[by_target], target[by_target]
            coming = size[node].cumsum()
            first = np.searchsorted(target, target)
            coming = coming - np.where(first > 0, coming[first - 1], 0)
            fits = coming <= most - load[target]
            node, target = node[fits], target[fits]
            load -= np.bincount(label[node], weights=size[node], minlength=n).astype(np.int64)
            load += np.bincount(target, weights=size[node], minlength=n).astype(np.int64)
            label[node] = target
            moves += node.size
        if moves < _LEAST_PROGRESS * n:
            break
    return np.unique(label, return_inverse=True)[1]


def _wishes(
    matrix: Any,
    portion: NDArray[np.int64],
    label: NDArray[np.int64],
    load: NDArray[np.int64],
    size: NDArray[np.int64],
    most: int,
    generator: torch.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the nodes of a portion that wish to move, and the clusters they wish to join."""
    ties = matrix[portion] @ _one_hot(label, matrix.shape[0])
    row = np.repeat(np.arange(portion.size), np.diff(ties.indptr))
    node, target = portion[row], ties.indices
    stays = target == label[node]
    # Equal ties are broken at random.
    weight = ties.data * (1.0 + 1e-3 * torch.rand(row.size, generator=generator).numpy())
    weight = np.where(stays | (load[target] + size[node] <= most), weight, -1.0)
    best = np.full(portion.size, -1.0)
    np.maximum.at(best, row, weight)
    found = (weight == best[row]) & (weight > 0) & ~stays
    node, once = np.unique(node[found], return_index=True)
    return node, target[found][once]


def _one_hot(label: NDArray[np.int64], count: int) -> Any:
    n = label.size
    return sp.csr_array((np.ones(n, dtype=np.float32), label, np.arange(n + 1)), shape=(n, count))


def _packed(size: NDArray[np.int64], parts: int) -> NDArray[np.int64]:
    """Return the part of each cluster, the greatest clusters first, each to the emptiest part."""
    heap = [(0, part) for part in range(parts)]
    out = np.empty(size.size, dtype=np.int64)
    for cluster in np.argsort(-size, kind="stable"):
        load, part = heap[0]
        out[cluster] = part
        heapq.heapreplace(heap, (load + int(size[cluster]), part))
    return out


def _filled(labels: NDArray[np.int64], parts: int) -> Tensor:
    """Return the labels with every empty part given half of the greatest one."""
    labels = labels.copy()
    size = np.bincount(labels, minlength=parts)
    for empty in np.flatnonzero(size == 0):
        greatest = int(size.argmax())
        moved = np.flatnonzero(labels == greatest)[: size[greatest] // 2]
        labels[moved] = empty
        size[greatest] -= moved.size
        size[empty] = moved.size
    return torch.from_numpy(labels)
