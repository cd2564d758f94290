"""Named sets of many graphs, such as ``tu:MUTAG``, with a class for each graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs.cards import Card, find_card
from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.graph_set import GraphSet
from graphclust.graphs.loaded import fingerprint, number_of_classes
from graphclust.graphs.many import SetParts, as_graph_set, assemble_set
from graphclust.graphs.named import ogb_graphs, tu
from graphclust.graphs.roots import provide


@dataclass(frozen=True)
class LoadedGraphs:
    """A set of graphs with its ground truth and card beside it.

    Attributes
    ----------
    graphs : GraphSet
        ``graphs[i]`` is one of them by itself.
    y : array of int64, shape (number of graphs,), or None
        Ground truth for scoring only; -1 is a graph without a class.
    class_names : list of str or None
    card : Card or None
        For a named set.
    readings : mapping of str to callable
        See :class:`~graphclust.graphs.loaded.Loaded`.
    """

    graphs: GraphSet
    y: NDArray[np.int64] | None = None
    class_names: list[str] | None = None
    card: Card | None = field(default=None, repr=False)
    readings: Mapping[str, Callable[[NDArray[np.int64]], Any]] = field(default_factory=dict)

    @property
    def graph(self) -> GraphSet:
        """The graphs, by the name that a single graph has beside its ground truth."""
        return self.graphs

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the graphs' edges and features."""
        return fingerprint(self.graphs)

    @property
    def n_classes(self) -> int | None:
        """Number of classes: the card's, else that of the ground truth, else None."""
        return number_of_classes(self.card, self.y)


def loaded_graphs(graphs: Sequence[Any], name: str) -> LoadedGraphs:
    """Return a list of Data or networkx graphs as a set, ``y`` of each beside it, for scoring.

    Without a class for any of them there is no ground truth.
    """
    classes = [_class_of(graph) for graph in graphs]
    y, names = class_codes([np.nan if c is None else c for c in classes])
    found = as_graph_set(graphs, name)
    return LoadedGraphs(found, y, names) if (y >= 0).any() else LoadedGraphs(found)


def _class_of(graph: Any) -> Any:
    y = getattr(graph, "y", None)
    if y is None and hasattr(graph, "graph"):
        y = graph.graph.get("y")
    if isinstance(y, Tensor):
        return y.item() if y.numel() == 1 else None
    return y


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
    if ":" in card.reader:
        return _read_elsewhere(card)
    folder = provide(card, data_root)
    if card.reader == "tu":
        parts, graph_of = tu.read(folder, card.options["member"])
    else:
        parts, graph_of = ogb_graphs.read(folder)
    assert parts.y is not None and parts.edges is not None
    sizes = np.bincount(graph_of, minlength=parts.y.size).astype(np.int64)
    row, col = parts.edges
    attr = parts.edge_attr
    graphs = assemble_set(SetParts(sizes, row, col, parts.x, edge_attr=attr, name=card.name))
    names = parts.class_names or card.classes
    return LoadedGraphs(graphs, parts.y, list(names) if names else None, card)


def _read_elsewhere(card: Card) -> LoadedGraphs:
    """Let the function read it that the card names as ``module:function``.

    So do sets that a package of one modality holds: this room knows nothing of chemistry.
    """
    module, _, function = card.reader.partition(":")
    found: LoadedGraphs = getattr(import_module(module), function)(card.name)
    return found
