"""GAE: a graph auto-encoder, then k-means."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.adjacency_reconstruction import AdjacencyReconstruction
from graphclust.training import Multistage, Optimisation


class GAE(DeepMethod, name="gae"):
    """Rebuild the edges from inner products of embeddings, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions; the last is linear.
    dropout : float
        Of each layer's input.
    epochs : int
    lr : float
        Adam's learning rate.

    Notes
    -----
    The authors rebuild the n x n adjacency; here all edges, all self-loops and as many sampled
    pairs stand for it, without bias. Their code reads features as they are; here rows
    have unit length, so that one learning rate suits features of any scale.

    References
    ----------
    Kipf and Welling, *Variational graph auto-encoders*, 2016, arXiv:1611.07308.
    """

    family, title, year, arxiv = "multistage", "GAE", 2016, "1611.07308"
    paper = "Variational graph auto-encoders"
    cost = "O(epochs |E| d)"

    def __init__(
        self,
        channels: int | Sequence[int] = (32, 16),
        dropout: float = 0.0,
        epochs: int = 200,
        lr: float = 1e-2,
    ) -> None:
        self.channels, self.dropout, self.epochs, self.lr = channels, dropout, epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=GCN(
                self.channels, activation="relu", dropout=self.dropout, last_activation=False
            ),
            head=KMeans(),
            objective=AdjacencyReconstruction(self_loops=1.0),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[UnitRows()],
        )
