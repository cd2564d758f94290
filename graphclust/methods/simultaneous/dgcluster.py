"""DGCluster without its label term: modularity of the embedding, and k left open."""

from __future__ import annotations

from graphclust.encoders import GCN
from graphclust.encoders.unit_squares import UnitSquares
from graphclust.graphs import Graph
from graphclust.heads import SklearnHead
from graphclust.methods.base import DeepMethod, Recipe, fit_recipe
from graphclust.objectives.modularity import Modularity
from graphclust.training import Multistage, Network, Optimisation, Run


class DGCluster(DeepMethod, name="dgcluster"):
    r"""Descend the modularity of similarities, then let BIRCH find the clusters.

    Parameters
    ----------
    channels : int or list of int
        Width of each convolution; the last bounds how many clusters modularity can tell apart.
    dropout : float
        Dropout on the input of each convolution.
    resolution : float
        Resolution of the modularity.
    threshold : float
        BIRCH's radius of a cluster, in unit embeddings.
    epochs : int
    lr : float
        Adam's learning rate.

    Notes
    -----
    The published method adds a term that reads the labels, which has no place in clustering: it
    is left out. The number of clusters is found, not given: ``n_clusters`` is not read. The
    authors' learning rate falls to a tenth over the epochs; here it is constant.

    References
    ----------
    Bhowmick et al., *DGCLUSTER: a neural framework for attributed graph clustering via modularity
    maximization*, 2023, arXiv:2312.12697.
    """

    family, title, year = "simultaneous", "DGCluster", 2023
    paper = "DGCLUSTER: attributed graph clustering via modularity maximization"
    arxiv, needs = "2312.12697", ("features", "edges")
    cost = "O(epochs |E| d)"

    def __init__(
        self,
        channels: int | list[int] | None = None,
        dropout: float = 0.5,
        resolution: float = 1.0,
        threshold: float = 0.5,
        epochs: int = 300,
        lr: float = 1e-3,
    ) -> None:
        self.channels, self.dropout, self.resolution = channels, dropout, resolution
        self.threshold, self.epochs, self.lr = threshold, epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        inner = GCN(
            [256, 128, 64] if self.channels is None else self.channels,
            activation="selu",
            dropout=self.dropout,
            last_activation=False,
        )
        birch = {"n_clusters": None, "threshold": self.threshold}
        return Recipe(
            encoder=UnitSquares(inner),
            head=SklearnHead("sklearn.cluster:Birch", birch),
            objective=Modularity(self.resolution, of="embedding"),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr, weight_decay=1e-3, clip=0.1),
        )

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Network:
        """Compose and train; the number of clusters is found."""
        return fit_recipe(self.compose(graph, 1), graph, 1, run)
