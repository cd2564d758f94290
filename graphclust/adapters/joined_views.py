"""Several sources of the same items, read each by itself, as one graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray

from graphclust.adapters.matching import Matched, Named, match
from graphclust.adapters.streaming import OTHER, SKIPPED
from graphclust.adapters.text_files import REPEATED
from graphclust.adapters.top_words import WORDS_FILE
from graphclust.adapters.views import checked_weights, fused
from graphclust.errors import InputError
from graphclust.graphs.graph import Graph
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.rows import graph_of_rows
from graphclust.neighbors.search import Metric
from graphclust.sparse import CSR

Reading = Callable[[NDArray[np.int64]], Any]


def join_views(
    sources: Mapping[str, Loaded],
    weights: Sequence[float] | None = None,
) -> Loaded:
    """Return the items that all sources have as one graph, with what travels beside them.

    Parameters
    ----------
    sources : mapping of str to Loaded
        What each is called in notes, and what it holds.
    weights : sequence of float, optional
        One for each, learned where None are given: see :func:`~graphclust.adapters.from_views`.

    Returns
    -------
    Loaded
        Ids are those of the first source that has some, ground truth and pictures likewise; words
        and skipped files are those of all. ``views`` tells each source and its weight.

    Raises
    ------
    InputError
        As :func:`~graphclust.adapters.matching.match`, or if weights do not fit.

    Notes
    -----
    Where items are left out, neighbour graphs of vectors are made anew of those that stay; of
    other graphs the edges among these stay. Cost that of the neighbours, and for learned weights
    of the eigenvectors.
    """
    names, loaded = list(sources), list(sources.values())
    if weights is not None:
        weights = checked_weights(weights, len(loaded))
    matched = match([_named(name, one) for name, one in sources.items()])
    graphs = [_chosen(one.graph, rows) for one, rows in zip(loaded, matched.rows, strict=True)]
    adj, x, found = fused(graphs, weights)
    how = "learned" if weights is None else "given"
    shares = ", ".join(f"{name} {w:.3f}" for name, w in zip(names, found, strict=True))
    notes = [f"{name}: {note}" for name, g in zip(names, graphs, strict=True) for note in g.notes]
    graph = Graph(
        adj,
        x,
        matched.ids,
        name=" + ".join(names),
        notes=(*notes, *matched.notes, f"{len(graphs)} views are added, weights {how}: {shares}"),
        of_rows=all(one.of_rows for one in graphs),
        of_texts=all(one.of_texts for one in graphs),
        own_space=any(one.own_space and one.x is not None for one in graphs),
    )
    views = [{"source": name, "weight": float(w)} for name, w in zip(names, found, strict=True)]
    out = Loaded(graph, card=loaded[0].card, readings=_readings(loaded, matched), views=views)
    for one, rows in zip(loaded, matched.rows, strict=True):
        if out.y is None and one.y is not None:
            out = replace(out, y=one.y[rows], class_names=one.class_names)
        if out.pictures is None and one.pictures is not None:
            out = replace(out, pictures=_pictures(one.pictures, rows))
    return out


def _named(name: str, loaded: Loaded) -> Named:
    graph = loaded.graph
    if REPEATED in graph.notes:
        raise InputError(f"{name} names several texts alike: a view has one for each item")
    reading = loaded.readings.get(SKIPPED)
    skipped = [] if reading is None else reading(np.zeros(0, np.int64))
    # What is no item by its ending never had a place among them.
    lost = sum(entry["reason"] != OTHER for entry in skipped)
    return Named(name, graph.n_nodes, graph.ids, not graph.of_rows, lost)


def _chosen(graph: Graph, rows: list[int]) -> Graph:
    """Return a graph of some of its nodes, in another order."""
    if rows == list(range(graph.n_nodes)):
        return graph
    x = graph.x
    if isinstance(x, CSR):
        x = CSR.from_scipy(sp.csr_array(x.to_scipy()[rows]))
    elif x is not None:
        x = x[torch.tensor(rows)]
    if x is not None and len(rows) < graph.n_nodes and (graph.table or graph.own_space):
        # The neighbours of those that stay may be among those that go.
        metric: Metric | None = "cosine" if graph.of_texts else None
        made = graph_of_rows(x, None, graph.name, graph.notes[:-1], metric=metric)
        return replace(graph, adj=made.adj, x=x, ids=None, notes=made.notes)
    matrix = sp.csr_array(graph.adj.to_scipy()[rows][:, rows])
    return replace(graph, adj=CSR.from_scipy(matrix, True), x=x, ids=None, directed=None)


def _pictures(look: Any, rows: list[int]) -> Any:
    return lambda items: look([rows[item] for item in items])


def _readings(loaded: Sequence[Loaded], matched: Matched) -> dict[str, Reading]:
    """Return the readings of all sources, those of one name in one file."""
    parts: dict[str, list[Reading]] = {}
    for one, rows in zip(loaded, matched.rows, strict=True):
        for name, reading in one.readings.items():
            renamed = _renamed(one.graph, matched, rows)
            parts.setdefault(name, []).append(_of_rows(reading, rows, one.graph.n_nodes, renamed))
    return {name: _merged(name, several) for name, several in parts.items()}


def _renamed(graph: Graph, matched: Matched, rows: list[int]) -> dict[str, str]:
    """Return the name of each item in all views, by its name in one of them."""
    ids = range(len(rows)) if matched.ids is None else matched.ids
    return {str(graph.node_ids[row]): str(name) for row, name in zip(rows, ids, strict=True)}


def _of_rows(reading: Reading, rows: list[int], n: int, renamed: dict[str, str]) -> Reading:
    def read(labels: NDArray[np.int64]) -> Any:
        every = np.full(n, -1, np.int64)
        every[rows] = labels
        told = reading(every)
        for cluster in told["clusters"] if isinstance(told, dict) else ():
            for text in cluster["texts"]:
                text["id"] = renamed[text["id"]]
        return told

    return read


def _merged(name: str, several: list[Reading]) -> Reading:
    if len(several) == 1:
        return several[0]

    def read(labels: NDArray[np.int64]) -> Any:
        told = [reading(labels) for reading in several]
        if name != WORDS_FILE:
            return [entry for listed in told for entry in listed]
        clusters = [one["clusters"] for one in told]
        return {
            "clusters": [
                {
                    **same[0],
                    "words": [word for cluster in same for word in cluster["words"]],
                    "texts": [text for cluster in same for text in cluster["texts"]],
                }
                for same in zip(*clusters, strict=True)
            ]
        }

    return read
