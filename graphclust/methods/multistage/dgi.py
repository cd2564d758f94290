"""Deep Graph Infomax."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.discriminator import Discriminator
from graphclust.training import Multistage, Optimisation


class DGI(DeepMethod, name="dgi"):
    """Tell a graph's nodes from those of the graph with shuffled features, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions.
    epochs : int
    lr : float
    patience : int, optional
        Stop when the loss has not fallen for so many epochs.

    Notes
    -----
    The paper scales rows to sum to one and evaluates linear classifiers; here rows have unit
    length, and the embedding's unit rows are clustered. The last epoch's weights are taken, not
    those of the least loss.

    References
    ----------
    Veličković et al., *Deep graph infomax*, 2019, arXiv:1809.10341.
    """

    family, title, year, arxiv = "multistage", "DGI", 2019, "1809.10341"
    paper = "Deep graph infomax"
    cost = "O(epochs |E| d)"

    def __init__(
        self,
        channels: int | Sequence[int] = 512,
        epochs: int = 200,
        lr: float = 1e-3,
        patience: int | None = None,
    ) -> None:
        self.channels, self.epochs, self.lr, self.patience = channels, epochs, lr, patience

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=GCN(self.channels),
            head=KMeans(),
            objective=Discriminator(),
            strategy=Multistage(),
            optimisation=Optimisation(epochs=self.epochs, lr=self.lr, patience=self.patience),
            before=[UnitRows()],
            after=[UnitRows()],
        )
