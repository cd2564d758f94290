"""networkx and igraph graphs, read edge by edge."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.edges import EdgeList, Nodes
from graphclust.graphs.node_features import node_features

FEATURE_NAMES = ("x", "features")


def from_networkx(graph: Any, name: str) -> tuple[EdgeList, Nodes]:
    """Read a networkx graph of any class; weights are the edge attribute ``weight``.

    Vectors under the node attribute ``x`` or ``features`` become features. An edge without
    ``weight`` in a graph where others have one weighs 1.
    """
    names: list[Hashable] = list(graph.nodes())
    position = {node: i for i, node in enumerate(names)}
    triples = list(graph.edges(data="weight"))
    row = np.fromiter((position[u] for u, _, _ in triples), np.int64, len(triples))
    col = np.fromiter((position[v] for _, v, _ in triples), np.int64, len(triples))
    weight = _weights([w for _, _, w in triples], lambda i: triples[i][:2], name)
    edges = EdgeList(row, col, weight, "directed" if graph.is_directed() else "undirected")
    columns = {key: [data.get(key) for _, data in graph.nodes(data=True)] for key in FEATURE_NAMES}
    x = _vectors(columns, names, name)
    return edges, Nodes(len(names), x, named_ids(names), name)


def from_igraph(graph: Any, name: str) -> tuple[EdgeList, Nodes]:
    """Read an igraph graph; ids are the vertex attribute ``name``, weights ``weight``."""
    n = int(graph.vcount())
    ends = np.asarray(graph.get_edgelist(), dtype=np.int64).reshape(-1, 2)
    values = graph.es["weight"] if "weight" in graph.es.attributes() else [None] * len(ends)
    weight = _weights(values, lambda i: (int(ends[i, 0]), int(ends[i, 1])), name)
    orientation = "directed" if graph.is_directed() else "undirected"
    known = set(graph.vs.attributes())
    names = list(graph.vs["name"]) if "name" in known else list(range(n))
    columns = {key: list(graph.vs[key]) for key in FEATURE_NAMES if key in known}
    x = _vectors(columns, names, name)
    edges = EdgeList(ends[:, 0], ends[:, 1], weight, orientation)  # type: ignore[arg-type]
    return edges, Nodes(n, x, named_ids(names), name)


def named_ids(names: Iterable[Hashable]) -> Sequence[Hashable] | None:
    """Return the ids, or None where they are 0 .. n-1 in order anyway."""
    listed = list(names)
    if all(type(v) is int and v == i for i, v in enumerate(listed)):
        return None
    return listed


def _weights(values: list[Any], ends: Any, name: str) -> NDArray[np.float64] | None:
    if all(v is None for v in values):
        return None
    try:
        return np.fromiter((1.0 if v is None else float(v) for v in values), float, len(values))
    except (TypeError, ValueError):
        for i, value in enumerate(values):
            if value is None or _is_number(value):
                continue
            a, b = ends(i)
            raise InputError(
                f"{name}: the edge from {a!r} to {b!r} has weight {value!r}, which is not a "
                "number. Correct it, or remove the attribute 'weight'"
            ) from None
        raise


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _vectors(columns: dict[str, list[Any]], names: list[Hashable], name: str) -> Any:
    for key, values in columns.items():
        missing = [v is None for v in values]
        if all(missing):
            continue
        if any(missing):
            node = names[missing.index(True)]
            raise InputError(
                f"{name}: node {node!r} has no {key!r}, but other nodes have. Give every node "
                "its features, or none"
            )
        rows = [np.atleast_1d(np.asarray(v)) for v in values]
        widths = [r.shape for r in rows]
        odd = next((i for i, w in enumerate(widths) if w != widths[0]), None)
        if odd is not None:
            raise InputError(
                f"{name}: node {names[odd]!r} has features of shape {widths[odd]}, node "
                f"{names[0]!r} of shape {widths[0]}. Give all nodes the same features"
            )
        return node_features(np.stack(rows), len(names), name)
    return None
