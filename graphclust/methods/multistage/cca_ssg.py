"""CCA-SSG: canonical correlation between two views."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.augmentation import DropEdgesMaskFeatures
from graphclust.objectives.cca import CCA
from graphclust.training import Multistage, Optimisation


class CCASSG(DeepMethod, name="cca_ssg"):
    """Make two views agree while each decorrelates its dimensions, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions.
    weight : float
        Weight of the decorrelation.
    drop_edges, mask_features : float
        Rates of both views.
    epochs : int
    lr : float

    Notes
    -----
    The paper takes features as they are and evaluates linear classifiers; here feature rows have
    unit length, edges fall whole, and the embedding's unit rows are clustered.

    References
    ----------
    Zhang et al., *From canonical correlation analysis to self-supervised graph neural networks*,
    2021, arXiv:2106.12484.
    """

    family, title, year, arxiv = "multistage", "CCA-SSG", 2021, "2106.12484"
    paper = "From canonical correlation analysis to self-supervised graph neural networks"
    cost = "O(epochs (|E| d + n d²))"

    def __init__(
        self,
        channels: int | Sequence[int] = (512, 512),
        weight: float = 1e-3,
        drop_edges: float = 0.4,
        mask_features: float = 0.1,
        epochs: int = 50,
        lr: float = 1e-3,
    ) -> None:
        self.channels, self.weight = channels, weight
        self.drop_edges, self.mask_features = drop_edges, mask_features
        self.epochs, self.lr = epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        view = DropEdgesMaskFeatures(self.drop_edges, self.mask_features)
        return Recipe(
            encoder=GCN(self.channels, activation="relu", last_activation=False),
            head=KMeans(),
            objective=CCA(self.weight, view, view),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[UnitRows()],
            after=[UnitRows()],
        )
