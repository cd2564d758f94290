"""MinCut: relaxed normalised cut of soft memberships, kept orthogonal."""

from __future__ import annotations

from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import Softmax
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.min_cut import MinCut as Cut
from graphclust.objectives.min_cut import Orthogonality
from graphclust.training import Optimisation, Simultaneous


class MinCut(DeepMethod, name="mincut"):
    r"""Descend the relaxed cut and the orthogonality of the memberships together.

    Parameters
    ----------
    channels : int or list of int
        Width of each convolution.
    activation : str
        Non-linearity between the convolutions.
    dropout : float
        Dropout on the input of each convolution.
    orthogonality : float
        Weight of the orthogonality.
    squared : bool
        Whether the orthogonality is squared, which is smooth near 0; the paper's is not.
    feature_norm : int
        1 for feature rows that sum to one, 2 for unit length. Rows that sum to one are short, and
        from short rows memberships hardly leave the even start.
    epochs : int
    lr : float
        Adam's learning rate.

    References
    ----------
    Bianchi, Grattarola and Alippi, *Spectral clustering with graph neural networks for graph
    pooling*, 2020, arXiv:1907.00481.
    """

    family, title, year = "simultaneous", "MinCut", 2020
    paper = "Spectral clustering with graph neural networks for graph pooling"
    arxiv, cost = "1907.00481", "O(epochs (|E| (d + k) + n k²))"

    def __init__(
        self,
        channels: int | list[int] = 64,
        activation: str = "selu",
        dropout: float = 0.0,
        orthogonality: float = 1.0,
        squared: bool = False,
        feature_norm: int = 2,
        epochs: int = 1000,
        lr: float = 1e-3,
    ) -> None:
        self.channels, self.activation, self.dropout = channels, activation, dropout
        self.orthogonality, self.squared = orthogonality, squared
        self.feature_norm, self.epochs, self.lr = feature_norm, epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=GCN(
                self.channels,
                activation=self.activation,
                dropout=self.dropout,
                last_activation=False,
            ),
            head=Softmax(),
            objective=Cut() + self.orthogonality * Orthogonality(self.squared),
            strategy=Simultaneous(),
            optimisation=Optimisation(self.epochs, self.lr, weight_decay=1e-5),
            before=(UnitRows(self.feature_norm),),
        )
