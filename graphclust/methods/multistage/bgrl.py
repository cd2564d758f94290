"""BGRL: bootstrapped graph latents."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.augmentation import DropEdgesMaskFeatures
from graphclust.objectives.bootstrap import Bootstrap
from graphclust.training import Multistage, Optimisation


class BGRL(DeepMethod, name="bgrl"):
    """Predict the other view as a slowly following encoder sees it, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions, each with batch normalisation.
    momentum : float
        Share of its old weights that the following encoder keeps in a step, at the start.
    drop_edges, mask_features : pair of float
        Rates of the two views.
    predictor : int
        Hidden width of the predictor.
    epochs : int
    lr : float
        Highest rate: it warms up over a tenth of the epochs, then falls along a cosine.
    weight_decay : float

    Notes
    -----
    The authors train for 10,000 epochs and give no settings for citation graphs; these are
    WikiCS's widths and GRACE's views with fewer, larger steps. Their layers' convolution biases
    are kept. The embedding's unit rows are clustered.

    References
    ----------
    Thakoor et al., *Large-scale representation learning on graphs via bootstrapping*, 2022,
    arXiv:2102.06514.
    """

    family, title, year, arxiv = "multistage", "BGRL", 2022, "2102.06514"
    paper = "Large-scale representation learning on graphs via bootstrapping"
    cost = "O(epochs (|E| d + n d²))"

    def __init__(
        self,
        channels: int | Sequence[int] = (512, 256),
        momentum: float = 0.99,
        drop_edges: tuple[float, float] = (0.2, 0.4),
        mask_features: tuple[float, float] = (0.3, 0.4),
        predictor: int = 512,
        epochs: int = 300,
        lr: float = 1e-3,
        weight_decay: float = 1e-5,
    ) -> None:
        self.channels, self.momentum, self.predictor = channels, momentum, predictor
        self.drop_edges, self.mask_features = drop_edges, mask_features
        self.epochs, self.lr, self.weight_decay = epochs, lr, weight_decay

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        first, second = map(DropEdgesMaskFeatures, self.drop_edges, self.mask_features)
        return Recipe(
            encoder=GCN(self.channels, batch_norm=True),
            head=KMeans(),
            objective=Bootstrap(self.momentum, first, second, self.predictor),
            strategy=Multistage(),
            optimisation=Optimisation(
                self.epochs, self.lr, self.weight_decay, optimizer="adamw", schedule="cosine"
            ),
            before=[UnitRows()],
            after=[UnitRows()],
        )
