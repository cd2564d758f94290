"""MAGI: modularity maximisation as contrastive learning."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from graphclust.encoders import GCN
from graphclust.encoders.transforms import Transform, UnitRows
from graphclust.graphs import Features, Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.covisit import Covisit, min_max_rows
from graphclust.sparse import CSR
from graphclust.training import Multistage, Optimisation


class MinMaxRows(Transform, name="min_max_rows"):
    """Shift and scale each row of an embedding to [0, 1], as MAGI's loss sees it."""

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the scaled rows, dense."""
        return min_max_rows(x if isinstance(x, Tensor) else x.to_dense())


class MAGI(DeepMethod, name="magi"):
    """Contrast nodes that random walks visit together with all others, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions.
    temperature : float
    walks, length : int
        Walks from each node, once, and their number of steps.
    negatives : int or None
        Nodes that stand for all others in each step, ``None`` for all.
    epochs : int
    lr : float
    weight_decay : float

    Notes
    -----
    The authors cluster small graphs by the spectra of an n × n matrix of similarities; here the
    unit rows go to k-means, as in the reported honest figures. They take features as they are;
    here rows have unit length. See :class:`~graphclust.objectives.covisit.Covisit` for the
    negatives.

    References
    ----------
    Liu et al., *Revisiting modularity maximization for graph clustering: a contrastive learning
    perspective*, 2024, arXiv:2406.14288.
    """

    family, title, year, arxiv = "multistage", "MAGI", 2024, "2406.14288"
    paper = "Revisiting modularity maximization for graph clustering"
    cost = "O(epochs (|E| + n m) d), m negatives"

    def __init__(
        self,
        channels: int | Sequence[int] = 512,
        temperature: float = 0.3,
        walks: int = 100,
        length: int = 2,
        negatives: int | None = 256,
        epochs: int = 400,
        lr: float = 5e-4,
        weight_decay: float = 1e-3,
    ) -> None:
        self.channels, self.temperature = channels, temperature
        self.walks, self.length, self.negatives = walks, length, negatives
        self.epochs, self.lr, self.weight_decay = epochs, lr, weight_decay

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=GCN(self.channels, activation="leaky_relu:0.5", dropout=0.1),
            head=KMeans(),
            objective=Covisit(self.temperature, self.walks, self.length, self.negatives),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr, self.weight_decay),
            before=[UnitRows()],
            after=[MinMaxRows(), UnitRows()],
        )
