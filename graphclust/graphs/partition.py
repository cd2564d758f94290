"""Nodes cut into parts of even size with few edges between them."""

from __future__ import annotations

import heapq
import importlib.util
from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.sparse import CSR, StreamedCSR

# Sweeps over all nodes at each level, and portions of a sweep that move at once.
_SWEEPS, _PORTIONS = 4, 16
# A level that joins less than this share of the clusters is the last.
_LEAST_PROGRESS = 0.05
# Of an entry of a graph of clusters, with what comes and goes as it is made.
_BYTES_OF_ENTRY = 24


def partition(
    adj: CSR, parts: int, generator: torch.Generator, weight: NDArray[np.int64] | None = None
) -> Tensor:
    """Return the part of every node, int64, shape (n,), on the CPU.

    METIS finds them where pymetis is installed and the graph is in memory, :func:`grown_parts`
    otherwise.

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
    if parts <= 1 or adj.nnz == 0 or adj.streamed or importlib.util.find_spec("pymetis") is None:
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
    A graph on disk is swept in the order of its rows, and where what its clusters leave of it
    does not fit into a quarter of the allowed memory, they are put together as they are.

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
    level: _Level | None = _Stored(adj) if isinstance(adj, StreamedCSR) else _Held(adj.to_scipy())
    size, labels = weight, np.arange(n)
    while level is not None and size.size > parts and level.nnz:
        joined = _joined(level, size, most, generator)
        count = int(joined.max()) + 1
        labels = joined[labels]
        if count > (1.0 - _LEAST_PROGRESS) * size.size:
            break
        level = level.joined(joined, count)
        size = np.bincount(joined, weights=size).astype(np.int64)
    labels = np.unique(labels, return_inverse=True)[1]
    load = np.bincount(labels, weights=weight).astype(np.int64)
    return _filled(_packed(load, parts)[labels], parts)


class _Level:
    """A graph whose nodes are to join, read in portions of its rows."""

    nnz: int
    # Bytes that the graph of what joined may take.
    memory: float = float("inf")

    def portions(self, generator: torch.Generator) -> Iterator[tuple[NDArray[np.int64], Any]]:
        """Yield nodes and their rows, all of them once."""
        raise NotImplementedError

    def rows(self) -> Iterator[tuple[int, Any]]:
        """Yield the first row of each block of rows, and the block."""
        raise NotImplementedError

    def joined(self, label: NDArray[np.int64], count: int) -> _Level | None:
        """Return the graph of what joined, or nothing where it takes too much memory."""
        member, total = _one_hot(label, count), sp.csr_array((count, count), dtype=np.float32)
        for first, block in self.rows():
            own = member[first : first + block.shape[0]]
            total = total + (own.T @ block @ member).tocsr()
            if total.nnz * _BYTES_OF_ENTRY > self.memory:
                return None
        total.setdiag(0.0)
        total.eliminate_zeros()
        return _Held(total)


class _Held(_Level):
    def __init__(self, matrix: Any) -> None:
        self.matrix, self.nnz = matrix, matrix.nnz

    def portions(self, generator: torch.Generator) -> Iterator[tuple[NDArray[np.int64], Any]]:
        n = self.matrix.shape[0]
        order = torch.randperm(n, generator=generator).numpy()
        for portion in np.array_split(order, min(_PORTIONS, n)):
            yield portion, self.matrix[portion]

    def rows(self) -> Iterator[tuple[int, Any]]:
        yield 0, self.matrix


class _Stored(_Level):
    def __init__(self, adj: StreamedCSR) -> None:
        self.adj, self.nnz, self.memory = adj, adj.nnz, adj.memory // 4

    def portions(self, generator: torch.Generator) -> Iterator[tuple[NDArray[np.int64], Any]]:
        for first, block in self.adj.row_blocks(max(1, self.nnz // _PORTIONS)):
            yield np.arange(first, first + block.shape[0]), block

    def rows(self) -> Iterator[tuple[int, Any]]:
        return self.adj.row_blocks()


def _joined(
    level: _Level, size: NDArray[np.int64], most: int, generator: torch.Generator
) -> NDArray[np.int64]:
    """Return which nodes of a level join, numbered from 0, no more than ``most`` in size."""
    n = size.size
    label, load = np.arange(n), size.copy()
    for _ in range(_SWEEPS):
        moves = 0
        for portion, rows in level.portions(generator):
            node, target = _wishes(rows, portion, label, load, size, most, generator)
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
    rows: Any,
    portion: NDArray[np.int64],
    label: NDArray[np.int64],
    load: NDArray[np.int64],
    size: NDArray[np.int64],
    most: int,
    generator: torch.Generator,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the nodes of a portion that wish to move, and the clusters they wish to join."""
    ties = rows @ _one_hot(label, rows.shape[1])
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
