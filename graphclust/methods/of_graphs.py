"""What a method of whole graphs is: the same recipe, its encoder one of graphs."""

from __future__ import annotations

from typing import ClassVar

from graphclust.graphs import Graph
from graphclust.graphs.graph_set import GraphSet
from graphclust.methods.base import DeepMethod, Method, Recipe


class GraphMethod(Method, kind="graph_method"):
    """Base of the methods that cluster whole graphs without a network of layers.

    Methods of graphs have names of their own, apart from those of nodes: ``graphmae`` is one of
    either, and which is meant is told by what is clustered.
    """

    needs: ClassVar[tuple[str, ...]] = ("edges", "k")


class DeepGraphMethod(DeepMethod, kind="graph_method"):
    """Base of the methods of whole graphs that are a recipe over the one loop."""

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe for graphs of these sizes and so many clusters."""
        assert isinstance(graph, GraphSet)
        return self.compose_graphs(graph, n_clusters)

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe for a set of graphs and so many clusters."""
        raise NotImplementedError
