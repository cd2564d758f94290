"""The default: one configuration for every data set."""

from __future__ import annotations

from graphclust.encoders import GCN
from graphclust.encoders.transforms import Smooth, UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.discriminator import Discriminator
from graphclust.training import Multistage, Optimisation


class Default(DeepMethod, name="default"):
    """Deep graph infomax on unit-length features, smoothed and clustered by direction."""

    family, title, year, arxiv = "multistage", "default", 2026, ""
    paper = "graphclust"
    cost = "O(epochs |E| d)"

    def __init__(self, channels: int = 256, epochs: int = 100, smoothing: int = 2) -> None:
        self.channels, self.epochs, self.smoothing = channels, epochs, smoothing

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=GCN(self.channels),
            head=KMeans(),
            objective=Discriminator(),
            strategy=Multistage(),
            optimisation=Optimisation(epochs=self.epochs, lr=1e-3),
            before=[UnitRows()],
            after=[Smooth(self.smoothing), UnitRows()],
        )
