"""Named sets of many graphs, such as ``tu:MUTAG``, as a list of graphs and a class for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.cards import Card, find_card
from graphclust.graphs.edges import EdgeList, Nodes, assemble
from graphclust.graphs.graph import Graph
from graphclust.graphs.named import ogb_graphs, tu
from graphclust.graphs.node_features import node_features
from graphclust.graphs.parts import Parts
from graphclust.graphs.roots import provide
from graphclust.sparse import CSR


@dataclass(frozen=True)
class LoadedGraphs:
    """A set of graphs with its ground truth and card beside it.

    Attributes
    ----------
    graphs : list of Graph
    y : array of int64, shape (number of graphs,)
        Ground truth for scoring only; -1 is a graph without a class.
    class_names : list of str or None
    card : Card
    """

    graphs: list[Graph]
    y: NDArray[np.int64]
    class_names: list[str] | None
    card: Card = field(repr=False)


def load_graphs(name: str, data_root: str | Path | None = None) -> LoadedGraphs:
    """Return a named set of graphs.

    Raises
    ------
    InputError
        If there is none of that name, or its files are neither here nor to be had.

    Notes
    -----
    Cost O(nodes + edges) for all graphs together.
    """
    card = find_card(name)
    if card.kind != "graphs":
        raise InputError(f"{card.name} is one graph: graphclust.load_dataset reads it")
    folder = provide(card, data_root)
    if card.reader == "tu":
        parts, graph_of = tu.read(folder, card.options["member"])
    else:
        parts, graph_of = ogb_graphs.read(folder)
    assert parts.y is not None
    names = parts.class_names or card.classes
    graphs = split_graphs(parts, graph_of, parts.y.size, card.name)
    return LoadedGraphs(graphs, parts.y, list(names) if names else None, card)


def split_graphs(
    parts: Parts, graph_of: NDArray[np.int64], n_graphs: int, name: str
) -> list[Graph]:
    """Cut a disjoint union into its graphs; ``graph_of`` is ascending, shape (n,)."""
    assert parts.edges is not None
    x = node_features(parts.x, graph_of.size, name)
    if isinstance(x, CSR):
        x = x.to_dense()
    whole = assemble(EdgeList(*parts.edges, parts.weight, "ignored"), Nodes(graph_of.size, x)).adj
    bounds = np.searchsorted(graph_of, np.arange(n_graphs + 1)).tolist()
    rowptr, graphs = whole.rowptr, []
    for number, (start, stop) in enumerate(pairwise(bounds)):
        if start == stop:
            raise InputError(f"{name}: graph {number} has no nodes. Drop it")
        low, high = int(rowptr[start]), int(rowptr[stop])
        adj = CSR(
            rowptr[start : stop + 1] - low,
            whole.col[low:high] - start,
            None if whole.weight is None else whole.weight[low:high],
            (stop - start, stop - start),
            symmetric=True,
        )
        rows = None if x is None else torch.clone(x[start:stop])
        graphs.append(Graph(adj, rows, name=f"{name}[{number}]"))
    return graphs
