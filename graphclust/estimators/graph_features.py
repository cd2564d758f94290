"""The features that the nodes of a fit's graphs had, and those of graphs met later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from graphclust.errors import InputError
from graphclust.graphs.graph_set import GraphSet
from graphclust.graphs.many import as_graph_set
from graphclust.methods import Method

# Degrees from here on share a column.
MOST_DEGREE = 64


class GraphFeatures(nn.Module):
    """How the nodes of the graphs of a fit got their features.

    ``kind`` is ``"own"`` (the graphs brought them) or ``"structural"``: the degree of a node as
    one-hot columns, as is usual where graphs have no features. There are as many columns as the
    greatest degree of the fit asks for, at most 65, and greater degrees share the last one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.kind = "own"
        self.width = 0
        self.edge_width = 0
        self.ids: list[int | str] | None = None

    def fit(self, graphs: GraphSet, method: Method) -> GraphSet:
        """Give the graphs' nodes features if they have none; remember how."""
        self.edge_width = graphs.edge_channels
        if graphs.x is None:
            self.kind = "structural"
            most = int(graphs.adj.counts.max()) if graphs.adj.shape[0] else 0
            self.width = min(most, MOST_DEGREE) + 1
            note = "no node features: the degree stands in for them, a column a degree"
            return replace(
                graphs, x=degree_columns(graphs, self.width), notes=(*graphs.notes, note)
            )
        self.width = graphs.n_features
        return graphs

    def graph_for(self, source: Any) -> GraphSet:
        """Return the graphs to infer on.

        Raises
        ------
        InputError
            If their nodes or edges have other features than those of the fit.
        """
        graphs = as_graph_set(source)
        if self.kind == "structural" and graphs.x is None:
            graphs = replace(graphs, x=degree_columns(graphs, self.width))
        if graphs.n_features != self.width and graphs.n_nodes:
            raise InputError(
                f"{graphs.name} has {graphs.n_features} features a node, but the model was fitted "
                f"with {self.width}: give the same features in the same order"
            )
        return graphs


def degree_columns(graphs: GraphSet, width: int) -> Tensor:
    """Return the degree of each node as one-hot columns, the last for all greater ones too.

    Examples
    --------
    >>> import networkx as nx
    >>> degree_columns(as_graph_set([nx.star_graph(3)]), 3).tolist()[:2]
    [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    degree = graphs.adj.counts.clamp(max=width - 1)
    out = torch.zeros(graphs.n_nodes, width, device=graphs.adj.device)
    return out.scatter_(1, degree[:, None], 1.0)
