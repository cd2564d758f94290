"""GRACE: deep graph contrastive representation learning."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.augmentation import DropEdgesMaskFeatures
from graphclust.objectives.infonce import InfoNCE
from graphclust.training import Multistage, Optimisation


class GRACE(DeepMethod, name="grace"):
    """Find each node among all others in a second view of the graph, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions; the last is the projector's too.
    temperature : float
    drop_edges, mask_features : pair of float
        Rates of the two views.
    negatives : int or None
        Nodes that stand for all others in each step, ``None`` for all.
    epochs : int
    lr : float
    weight_decay : float

    Notes
    -----
    The paper scales rows to sum to one, drops each direction of an edge on its own and evaluates
    linear classifiers; here rows have unit length, edges fall whole, and the embedding's unit
    rows are clustered. See :class:`~graphclust.objectives.infonce.InfoNCE` for the negatives.

    References
    ----------
    Zhu et al., *Deep graph contrastive representation learning*, 2020, arXiv:2006.04131.
    """

    family, title, year, arxiv = "multistage", "GRACE", 2020, "2006.04131"
    paper = "Deep graph contrastive representation learning"
    cost = "O(epochs (|E| + n m) d), m negatives"

    def __init__(
        self,
        channels: int | Sequence[int] = (256, 128),
        temperature: float = 0.4,
        drop_edges: tuple[float, float] = (0.2, 0.4),
        mask_features: tuple[float, float] = (0.3, 0.4),
        negatives: int | None = 512,
        epochs: int = 200,
        lr: float = 5e-4,
        weight_decay: float = 1e-5,
    ) -> None:
        self.channels, self.temperature, self.negatives = channels, temperature, negatives
        self.drop_edges, self.mask_features = drop_edges, mask_features
        self.epochs, self.lr, self.weight_decay = epochs, lr, weight_decay

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        first, second = map(DropEdgesMaskFeatures, self.drop_edges, self.mask_features)
        width = self.channels if isinstance(self.channels, int) else self.channels[-1]
        return Recipe(
            encoder=GCN(self.channels, activation="relu"),
            head=KMeans(),
            objective=InfoNCE(self.temperature, first, second, width, self.negatives),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr, self.weight_decay),
            before=[UnitRows()],
            after=[UnitRows()],
        )
