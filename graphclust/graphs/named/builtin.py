"""Data sets that ship inside networkx and scikit-learn: nothing to download."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphclust.graphs.parts import Parts


def karate() -> Parts:
    """Zachary's karate club, weighted by the number of shared contexts; two clubs."""
    import networkx as nx

    graph = nx.karate_club_graph()
    parts = _weighted(graph)
    clubs = ["Mr. Hi", "Officer"]
    parts.y = np.asarray([clubs.index(graph.nodes[v]["club"]) for v in graph])
    parts.class_names = clubs
    return parts


def les_miserables() -> Parts:
    """Characters of Les Misérables, weighted by the scenes they share; no ground truth."""
    import networkx as nx

    return _weighted(nx.les_miserables_graph())


def digits() -> Parts:
    """scikit-learn's 8 x 8 handwritten digits, grey values in [0, 1]."""
    from sklearn.datasets import load_digits

    raw = load_digits()
    return Parts(
        x=(raw.data / 16).astype(np.float32),
        y=raw.target.astype(np.int64),
        class_names=[str(c) for c in raw.target_names],
    )


def _weighted(graph: Any) -> Parts:
    names = list(graph)
    place = {v: i for i, v in enumerate(names)}
    ends = np.asarray([(place[u], place[v]) for u, v in graph.edges()], dtype=np.int64)
    weight = np.asarray([w for _, _, w in graph.edges(data="weight")], dtype=np.float64)
    ids = None if names == list(range(len(names))) else names
    return Parts(
        edges=(ends[:, 0], ends[:, 1]),
        weight=weight,
        n=len(names),
        ids=ids,
        orientation="undirected",
    )
