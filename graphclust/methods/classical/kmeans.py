"""k-means on the features: what every graph method has to beat."""

from __future__ import annotations

from graphclust.encoders.identity import Identity
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.training import Multistage


class KMeansMethod(DeepMethod, name="kmeans"):
    """k-means on the node features, the graph unread.

    Parameters
    ----------
    restarts : int
        Independent starts; the one with the least inertia is kept.

    References
    ----------
    Lloyd, *Least squares quantization in PCM*, 1982.
    """

    family, title, year = "classical", "k-means", 1982
    paper = "Least squares quantization in PCM"
    needs, cost = ("features", "k"), "O(n f k)"

    def __init__(self, restarts: int = 10) -> None:
        self.restarts = restarts

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the features as they are, and k-means."""
        return Recipe(Identity(), KMeans(restarts=self.restarts), None, Multistage())
