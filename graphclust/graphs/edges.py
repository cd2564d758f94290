"""The one rule by which edges, from wherever they come, become an adjacency.

======================  ==============================================================
in the input            what becomes of it
======================  ==============================================================
self-loop               dropped, counted in the notes (nodes stay, methods add their own)
repeated edge           weights add up; without weights it counts once
weight 0                dropped, counted in the notes
negative, NaN, inf      ``InputError`` that names the edge
weights all 1           the same as no weights
node outside 0 .. n-1   ``InputError`` that names the edge
direction               a symmetric matrix stays as it is; otherwise symmetrised: the union
                        of both directions without weights, A + A^T with them. With a
                        ``UserWarning``, unless the method reads direction: the matrix as
                        given is in ``Graph.directed`` then
isolated node           kept
no node                 ``InputError``
======================  ==============================================================

A list of edges in a file does not say whether it is directed. If no pair stands in it both
ways, each line is taken as an undirected edge, without a warning; if some pairs do and others
do not, it is taken as directed. Everything is linear in the edges.
"""

from __future__ import annotations

import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.graph import Features, Graph
from graphclust.sparse import CSR

Orientation = Literal["undirected", "directed", "unknown", "ignored"]


@dataclass(frozen=True)
class EdgeList:
    """Edges as they were given.

    Attributes
    ----------
    row, col : arrays of int64, shape (m,)
        Both ends, as positions 0 .. n-1.
    weight : array of float64, shape (m,), or None
    orientation : "undirected", "directed", "unknown" or "ignored"
        Whether an entry stands for both directions, for one, the source does not say, or
        convention reads the source without its direction (then there is no warning).
    """

    row: NDArray[np.int64]
    col: NDArray[np.int64]
    weight: NDArray[np.float64] | None = None
    orientation: Orientation = "directed"


@dataclass(frozen=True)
class Nodes:
    """What is known of the nodes: how many, their features, ids, and the graph's name."""

    n: int
    x: Features | None = None
    ids: Sequence[Hashable] | None = None
    name: str = "graph"


def assemble(edges: EdgeList, nodes: Nodes, reads_direction: bool = False) -> Graph:
    """Apply the rule of this module.

    Raises
    ------
    InputError
        If there is no node, an end is out of range, or a weight is negative or not finite.

    Warns
    -----
    UserWarning
        If direction is lost and ``reads_direction`` is false.

    Notes
    -----
    Cost O(n + m).
    """
    if nodes.n == 0:
        raise InputError(f"{nodes.name} is empty: it has 0 nodes. Give a graph with nodes")
    _check_range(edges, nodes)
    _check_weights(edges, nodes)
    row, col, weight, loops, zeros = drop(edges.row, edges.col, edges.weight)
    if edges.orientation == "undirected":
        row, col = np.concatenate([row, col]), np.concatenate([col, row])
        weight = None if weight is None else np.concatenate([weight, weight])
    given = np.ones(row.size, dtype=np.float32) if weight is None else weight
    matrix = sp.csr_array(sp.coo_array((given, (row, col)), shape=(nodes.n, nodes.n)))
    merged = (row.size - matrix.nnz) // (2 if edges.orientation == "undirected" else 1)
    notes = notes_of(loops, zeros, merged, weight is not None)
    if weight is None:
        matrix.data[:] = 1
    weighted = weight is not None and not bool((matrix.data == 1).all())
    directed = None
    if edges.orientation != "undirected":
        matrix, directed = _symmetrise(matrix, weighted, edges.orientation, notes)
        if directed is not None and edges.orientation != "ignored" and not reads_direction:
            warn_directed(nodes.name, weighted)
    adj = CSR.from_scipy(matrix, symmetric=True, weighted=weighted)
    return Graph(adj, nodes.x, nodes.ids, directed, nodes.name, tuple(notes))


def _check_range(edges: EdgeList, nodes: Nodes) -> None:
    for end in (edges.row, edges.col):
        bad = (end < 0) | (end >= nodes.n)
        if bad.any():
            i = int(bad.argmax())
            raise InputError(
                f"{nodes.name}: edge {i} joins node {int(edges.row[i])} to node "
                f"{int(edges.col[i])}, but there are {nodes.n} nodes (0 to {nodes.n - 1}). "
                "Correct the edge or give features for every node"
            )


def _check_weights(edges: EdgeList, nodes: Nodes) -> None:
    if edges.weight is None:
        return
    i = first_bad_weight(edges.weight)
    if i is not None:
        a, b = int(edges.row[i]), int(edges.col[i])
        if nodes.ids is not None:
            a, b = nodes.ids[a], nodes.ids[b]  # type: ignore[assignment]
        raise bad_weight(nodes.name, a, b, float(edges.weight[i]))


def first_bad_weight(weight: NDArray[np.float64]) -> int | None:
    """Return which weight is the first that is negative or not finite, if there is one."""
    bad = ~(np.isfinite(weight) & (weight >= 0))
    return int(bad.argmax()) if bad.any() else None


def bad_weight(name: str, a: Hashable, b: Hashable, weight: float) -> InputError:
    """Return the error for an edge of impossible weight."""
    return InputError(
        f"{name}: the edge from {a!r} to {b!r} has weight {weight:g}. "
        "Weights must be finite and not negative: drop it, or shift the weights"
    )


def drop(
    row: NDArray[np.int64], col: NDArray[np.int64], weight: NDArray[np.float64] | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64] | None, int, int]:
    """Return the edges without self-loops and weights of 0, and how many of each there were."""
    loops = row == col
    keep = ~loops
    zeros = 0
    if weight is not None:
        zero = (weight == 0) & keep
        zeros = int(zero.sum())
        keep &= ~zero
    if keep.all():
        return row, col, weight, 0, 0
    kept = None if weight is None else weight[keep]
    return row[keep], col[keep], kept, int(loops.sum()), zeros


def notes_of(loops: int, zeros: int, merged: int, weights: bool) -> list[str]:
    """Return in words what was dropped and merged; ``weights`` tells whether any were given."""
    how = "their weights added" if weights else "counted once"
    counted = (
        (loops, "self-loop", "dropped"),
        (zeros, "edge", "of weight 0 dropped"),
        (merged, "repeated edge", f"merged ({how})"),
    )
    return [f"{_count(number, what)} {done}" for number, what, done in counted if number]


def _symmetrise(
    matrix: Any, weighted: bool, orientation: str, notes: list[str]
) -> tuple[Any, CSR | None]:
    """Return the symmetric matrix, and the one before where direction was lost."""
    other = sp.csr_array(matrix.T)
    other.sort_indices()
    same = np.array_equal(matrix.indptr, other.indptr) and np.array_equal(
        matrix.indices, other.indices
    )
    if same and np.array_equal(matrix.data, other.data):
        return matrix, None
    if same and np.allclose(matrix.data, other.data, rtol=1e-5, atol=0):
        # Sums in another order: equal but for the last bits.
        matrix.data = (matrix.data + other.data) / 2
        return matrix, None
    both = sp.csr_array(matrix + other)
    both.sort_indices()
    reciprocated = matrix.nnz * 2 - both.nnz
    before = CSR.from_scipy(matrix, weighted=weighted)
    if not weighted:
        both.data[:] = 1
    if orientation == "ignored" or (orientation == "unknown" and reciprocated == 0):
        return both, None
    notes.append(directed_note(weighted))
    return both, before


def directed_note(weighted: bool) -> str:
    """Return in words that direction was lost."""
    return f"directed: symmetrised as {_way(weighted)}"


def warn_directed(name: str, weighted: bool) -> None:
    """Warn that direction is lost."""
    warnings.warn(
        f"{name} is directed: it is read as {_way(weighted)}. Make it undirected yourself to say "
        "otherwise",
        UserWarning,
        stacklevel=4,
    )


def _way(weighted: bool) -> str:
    return "A + A^T" if weighted else "the union of both directions"


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
