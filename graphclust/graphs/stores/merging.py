"""From a stream of edges to compressed rows, by two distributions to disk and sorts between.

First, edges meet their repetitions and their reverses: they are distributed by a hash of the pair
of nodes, so that buckets are even whatever the degrees are. Each bucket is sorted and merged in
memory. What is global (is any pair there both ways? are all?) is known then, and decides what
becomes of direction, by the rule of :mod:`graphclust.graphs.edges`. Second, both directions of
each pair are distributed by blocks of rows of about the same number of entries, and each block is
sorted into its rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graphclust.graphs.edges import drop
from graphclust.graphs.stores.spill import Buckets, Spill, distinct

# What an entry costs while its bucket is sorted: keys, weights, order, and copies of these.
BYTES_OF_ENTRY = 128
_HASH = np.uint64(0x9E3779B97F4A7C15)


@dataclass
class Tally:
    """What was met on the way.

    Attributes
    ----------
    loops, zeros, merged : int
        Self-loops and weights of 0 dropped, repeated edges merged.
    pairs, both : int
        Pairs of nodes that an edge joins, and those of them with an edge each way.
    equal, close, ones : bool
        Whether both ways always weigh the same; or nearly; whether all weights are 1.
    degree : array of int64, shape (n,)
        Neighbours of each node.
    """

    degree: NDArray[np.int64]
    loops: int = 0
    zeros: int = 0
    merged: int = 0
    pairs: int = 0
    both: int = 0
    equal: bool = True
    close: bool = True
    ones: bool = True
    spill: Spill = field(init=False)

    @property
    def directed(self) -> bool:
        """Whether direction is lost: some pairs have both ways, and they are not all the same."""
        symmetric = self.both == self.pairs and (self.equal or self.close)
        return self.both > 0 and not symmetric


Edges = Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64] | None]]


def merge_pairs(edges: Edges, n: int, n_edges: int, memory: int, folder: Path) -> Tally:
    """Merge repeated edges and reverses; the pairs are in the tally's spill."""
    tally = Tally(np.zeros(n, dtype=np.int64))
    buckets = Buckets(folder, 1 + n_edges * BYTES_OF_ENTRY // memory)
    for given in edges:
        row, col, weight, loops, zeros = drop(*given)
        tally.loops += loops
        tally.zeros += zeros
        pair = np.minimum(row, col) * n + np.maximum(row, col)
        hashed = (pair.astype(np.uint64) * _HASH) >> np.uint64(33)
        place = (hashed % np.uint64(buckets.n_buckets)).astype(np.int64)
        key = pair * 2 + (row > col)
        buckets.scatter(place, *((key,) if weight is None else (key, weight)))
    tally.spill = Spill(folder)
    for index in range(buckets.n_buckets):
        _merge_bucket(buckets.bucket(index), n, tally)
    return tally


def _merge_bucket(arrays: tuple[NDArray[np.int64], ...], n: int, tally: Tally) -> None:
    if not arrays:
        return
    if len(arrays) == 1:
        key, weight = distinct(arrays[0]), None
    else:
        order = np.argsort(arrays[0], kind="stable")
        ordered = arrays[0][order]
        first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        key, weight = ordered[first], np.add.reduceat(arrays[1][order], first)
        tally.ones = tally.ones and bool((weight == 1).all())
    tally.merged += arrays[0].size - key.size
    pair = key >> 1
    first = np.flatnonzero(np.concatenate([[True], pair[1:] != pair[:-1]]))
    both = np.diff(np.append(first, pair.size)) == 2
    pair = pair[first]
    tally.pairs += pair.size
    tally.both += int(both.sum())
    np.add.at(tally.degree, pair // n, 1)
    np.add.at(tally.degree, pair % n, 1)
    if weight is None:
        tally.spill.put(pair)
        return
    # A pair with one edge has it forth (even key) or back; where there are two, forth is first.
    forth = np.where(both | (key[first] % 2 == 0), weight[first], 0.0)
    back = np.where(both, weight[np.minimum(first + 1, key.size - 1)], weight[first] - forth)
    apart = np.abs(forth - back)[both]
    nearly = 1e-5 * np.minimum(forth, back)[both]
    tally.equal = tally.equal and not apart.any()
    tally.close = tally.close and bool((apart <= nearly).all())
    tally.spill.put(pair, forth, back)


def row_blocks(
    tally: Tally, weighted: bool, memory: int, folder: Path
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32] | None]]:
    """Yield the columns and the weights of blocks of rows, in order."""
    n = tally.degree.size
    starts = np.concatenate([[0], np.cumsum(tally.degree)])
    total = int(starts[-1])
    n_blocks = 1 + total * BYTES_OF_ENTRY // memory
    # The first row of each block but the first; a row that is a block's worth fills one alone.
    cuts = np.searchsorted(starts, np.arange(1, n_blocks) * (total / n_blocks))
    buckets = Buckets(folder, n_blocks)
    symmetric = tally.both == tally.pairs
    for pair, *weights in tally.spill:
        low, high = pair // n, pair % n
        row, col = np.concatenate([low, high]), np.concatenate([high, low])
        columns = [row * n + col]
        if weighted:
            value = _value(weights[0], weights[1], symmetric, tally)
            columns.append(np.concatenate([value, value]).astype(np.float32))
        buckets.scatter(np.searchsorted(cuts, row, side="right"), *columns)
    for index in range(n_blocks):
        arrays = buckets.bucket(index)
        if not arrays:
            continue
        if weighted:
            order = np.argsort(arrays[0])
            yield arrays[0][order] % n, arrays[1][order]
        else:
            yield np.sort(arrays[0]) % n, None


def _value(
    forth: NDArray[np.float64], back: NDArray[np.float64], symmetric: bool, tally: Tally
) -> NDArray[np.float64]:
    if symmetric and tally.equal:
        return forth
    if symmetric and tally.close:
        return (forth + back) / 2
    return forth + back
