"""GraphMAE: self-supervised masked graph autoencoders."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.feature_reconstruction import FeatureReconstruction
from graphclust.training import Multistage, Optimisation


class GraphMAE(DeepMethod, name="graphmae"):
    """Reconstruct the masked features of nodes from their neighbours, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions.
    mask : float
        Share of nodes whose features are hidden in a step.
    noise : float
        Share of these that show another node's features instead.
    gamma : float
        Exponent of the cosine error.
    dropout : float
        Of each layer's input.
    epochs : int
    lr : float
        Highest rate: it warms up over a tenth of the epochs, then falls along a cosine.
    weight_decay : float

    Notes
    -----
    The authors' encoder on citation graphs is a graph attention network of four heads, trained
    for 1,500 epochs; this one is a graph convolution, trained for fewer. See
    :class:`~graphclust.objectives.feature_reconstruction.FeatureReconstruction` for the decoder.
    The embedding's unit rows are clustered.

    References
    ----------
    Hou et al., *GraphMAE: self-supervised masked graph autoencoders*, 2022, arXiv:2205.10803.
    """

    family, title, year, arxiv = "multistage", "GraphMAE", 2022, "2205.10803"
    paper = "GraphMAE: self-supervised masked graph autoencoders"
    cost = "O(epochs (|E| d + n d²))"

    def __init__(
        self,
        channels: int | Sequence[int] = (512, 512),
        mask: float = 0.5,
        noise: float = 0.05,
        gamma: float = 3.0,
        dropout: float = 0.2,
        epochs: int = 300,
        lr: float = 1e-3,
        weight_decay: float = 2e-4,
    ) -> None:
        self.channels, self.mask, self.noise, self.gamma = channels, mask, noise, gamma
        self.dropout, self.epochs = dropout, epochs
        self.lr, self.weight_decay = lr, weight_decay

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=GCN(self.channels, dropout=self.dropout),
            head=KMeans(),
            objective=FeatureReconstruction(self.mask, self.noise, self.gamma),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr, self.weight_decay, schedule="cosine"),
            before=[UnitRows()],
            after=[UnitRows()],
        )
