"""Counts and degrees of graphs, and k-means: the simplest baseline."""

from __future__ import annotations

from graphclust.encoders.transforms import Center
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import KMeans
from graphclust.methods.base import Recipe
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.readouts.graph_statistics import GraphStatistics
from graphclust.training import Multistage


class GraphStatisticsKMeans(DeepGraphMethod, name="graph_statistics"):
    """Cluster graphs by how many nodes, edges, cycles and triangles they have.

    Notes
    -----
    Logarithms of counts, standardised; features are not read. There is no paper of it: it is what
    a learnt representation has to be better than.
    """

    family, title, year = "classical", "graph statistics", 2026
    paper = "graphclust"
    needs = ("edges", "k")
    cost = "O(Σ d² + g k)"

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=GraphStatistics(),
            head=KMeans(),
            objective=None,
            strategy=Multistage(),
            after=[Center(scale=True)],
        )
