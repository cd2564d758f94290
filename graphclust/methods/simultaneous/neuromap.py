"""Neuromap: the map equation descended through a graph convolution."""

from __future__ import annotations

from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import Softmax
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.collapse import Collapse
from graphclust.objectives.map_equation import MapEquation
from graphclust.training import Optimisation, Simultaneous


class Neuromap(DeepMethod, name="neuromap"):
    r"""Shorten the description of a random walk over soft memberships.

    Parameters
    ----------
    channels : int or list of int
        Width of each convolution.
    activation : str
        Non-linearity between the convolutions.
    dropout : float
        Dropout on the input of each convolution.
    collapse : float
        Weight of DMoN's collapse regulariser; 0 leaves it out, as in the paper.
    offset : bool
        Whether the memberships' linear layer has an offset for each cluster; the reported
        honest figures are of one without.
    feature_norm : int
        1 for feature rows that sum to one, 2 for unit length. Rows that sum to one are short, and
        from short rows memberships hardly leave the even start.
    epochs : int
    lr : float
        Adam's learning rate.

    Notes
    -----
    The map equation chooses how many clusters to use, ``n_clusters`` at most. The regulariser
    is not in the paper; without it, memberships that start out soft join into one cluster (on
    Cora for every seed tried).

    References
    ----------
    Blöcker, Tan and Scholtes, *The map equation goes neural*, 2024, arXiv:2310.01144.
    """

    family, title, year = "simultaneous", "Neuromap", 2024
    paper = "The map equation goes neural"
    arxiv, cost = "2310.01144", "O(epochs |E| (d + k))"

    def __init__(
        self,
        channels: int | list[int] = 64,
        activation: str = "selu",
        dropout: float = 0.0,
        collapse: float = 5.0,
        offset: bool = True,
        feature_norm: int = 2,
        epochs: int = 1000,
        lr: float = 1e-3,
    ) -> None:
        self.channels, self.activation, self.dropout = channels, activation, dropout
        self.collapse, self.offset = collapse, offset
        self.feature_norm, self.epochs, self.lr = feature_norm, epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        objective = MapEquation() + self.collapse * Collapse() if self.collapse else MapEquation()
        return Recipe(
            encoder=GCN(
                self.channels,
                activation=self.activation,
                dropout=self.dropout,
                last_activation=False,
            ),
            head=Softmax(offset=self.offset),
            objective=objective,
            strategy=Simultaneous(),
            optimisation=Optimisation(self.epochs, self.lr, weight_decay=1e-5),
            before=(UnitRows(self.feature_norm),),
        )
