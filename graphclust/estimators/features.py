"""The features that a fit saw, and how a graph met later gets features of the same kind."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from graphclust.errors import InputError
from graphclust.estimators.inputs import feature_tensor, is_matrix, to_graph
from graphclust.graphs import Graph
from graphclust.graphs.rows import graph_of_rows
from graphclust.graphs.structural import extend, structural_features
from graphclust.methods import Method
from graphclust.methods.classical.partition import json_id
from graphclust.training import Run

STRUCTURAL_DIM = 64


class NodeFeatures(nn.Module):
    """How the nodes of a fit got their features.

    ``kind`` is ``"own"`` (the graph brought them), ``"structural"`` (made from its edges; kept
    by node id), ``"array"`` (rows of a matrix; kept, so that new rows find their neighbours) or
    ``"together"`` (made of all items at once; kept, so that others are not taken for the same).
    """

    def __init__(self) -> None:
        super().__init__()
        self.kind = "own"
        self.width = 0
        self.ids: list[int | str] | None = None
        self.register_buffer("table", None)

    def fit(self, graph: Graph, method: Method, run: Run) -> Graph:
        """Give the training graph features if the method needs them; remember how."""
        if graph.adj.nnz == 0:
            graph = _without_edges(graph, method)
        if graph.x is None and "features" in method.needs:
            self.kind, self.table = "structural", features_from_edges(graph, run.generator)
            self.ids = None if graph.ids is None else [json_id(i) for i in graph.ids]
            dim = self.table.shape[1] - 1
            note = f"no features: {dim} spectral positions and the degree stand in for them"
            graph = replace(graph, x=self.table, notes=(*graph.notes, note))
        elif graph.table and isinstance(graph.x, Tensor):
            self.kind, self.table = "array", graph.x
            self.ids = None if graph.ids is None else [json_id(i) for i in graph.ids]
        elif graph.own_space and isinstance(graph.x, Tensor):
            self.kind, self.table = "together", graph.x
        self.width = graph.n_features
        return graph

    def graph_for(self, source: Any, reads_direction: bool) -> tuple[Graph, Any]:
        """Return the graph to infer on, and which of its nodes were asked for."""
        if self.kind == "array" and is_matrix(source):
            return self._joined(feature_tensor(source))
        graph = to_graph(source, reads_direction)
        if self.kind == "array" and graph.table:
            return self._joined(feature_tensor(graph.x))
        if self.kind == "together":
            self._check_same(graph)
        if self.kind == "structural" and graph.x is None:
            graph = self._positions(graph)
        if self.width and graph.n_features != self.width:
            raise InputError(
                f"{graph.name} has {graph.n_features} features a node, but the model was fitted "
                f"with {self.width}: give the same features in the same order"
            )
        return graph, slice(None)

    def _joined(self, x: Tensor) -> tuple[Graph, Any]:
        table: Tensor = self.table.cpu()  # type: ignore[operator, union-attr, assignment]
        if x.shape[1] != table.shape[1]:
            raise InputError(
                f"X has {x.shape[1]} features, but NodeClusterer is expecting "
                f"{table.shape[1]} features as input"
            )
        if x.shape == table.shape and torch.equal(x, table):
            return graph_of_rows(table, self.ids), slice(None)
        # Rows that were fitted are themselves; only new ones are added as nodes.
        extra, rows = _new_rows(table, x)
        # A model that knows nodes by their ids meets the fitted ones under these.
        ids = None if self.ids is None else [*self.ids, *(("new", i) for i in extra)]
        return graph_of_rows(torch.cat([table, x[extra]]), ids), rows

    def _check_same(self, graph: Graph) -> None:
        table: Tensor = self.table.cpu()  # type: ignore[operator, union-attr, assignment]
        x = graph.x
        if isinstance(x, Tensor) and x.shape == table.shape and torch.equal(x.cpu(), table):
            return
        raise InputError(
            f"the vectors of {graph.name} were made of its own items together, as those of the fit "
            "were of others: they cannot be compared. Fit all items at once, or give vectors of "
            "one model for both (--features, or a sentence model)"
        )

    def _positions(self, graph: Graph) -> Graph:
        table: Tensor = self.table.cpu()  # type: ignore[operator, union-attr, assignment]
        named = replace(graph.to("cpu"), ids=[json_id(i) for i in graph.node_ids])
        return replace(graph, x=extend(self.ids, table, named))


def features_from_edges(graph: Graph, generator: torch.Generator) -> Tensor:
    """Return what stands in for the features of a graph that has none, shape (n, d)."""
    dim = min(STRUCTURAL_DIM, max(1, graph.n_nodes // 2))
    return structural_features(graph.adj, dim, generator)


def _new_rows(table: Tensor, x: Tensor) -> tuple[list[int], NDArray[np.int64]]:
    """Return which rows of x the table lacks, and where each row of x is in table and these."""
    n = table.shape[0]
    keys = torch.unique(torch.cat([table, x]), dim=0, return_inverse=True)[1].tolist()
    place: dict[int, int] = {}
    for position, key in enumerate(keys[:n]):
        place.setdefault(key, position)
    extra: list[int] = []
    for position, key in enumerate(keys[n:]):
        if key not in place:
            place[key] = n + len(extra)
            extra.append(position)
    return extra, np.asarray([place[key] for key in keys[n:]], dtype=np.int64)


def _without_edges(graph: Graph, method: Method) -> Graph:
    """Let a graph without edges pass, with a note, where its features can be clustered alone."""
    if graph.x is None:
        raise InputError(
            f"{graph.name} has neither edges nor features: there is nothing to cluster by"
        )
    if "features" not in method.needs:
        raise InputError(
            f"{graph.name} has no edges, and {method.name} reads nothing else: choose a method "
            "that reads features, or give the features alone, as a table, for their kNN graph"
        )
    note = (
        "no edges: the features alone are clustered; given as a table, without a graph, they "
        "would be joined by their kNN graph"
    )
    return replace(graph, notes=(*graph.notes, note))
