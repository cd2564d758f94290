"""JBGNN: many message passing layers, and balance as the only loss."""

from __future__ import annotations

from graphclust.encoders.lazy_gcn import LazyGCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import Softmax
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.just_balance import JustBalance
from graphclust.training import Optimisation, Simultaneous


class JBGNN(DeepMethod, name="jbgnn"):
    r"""Just balance the memberships behind a deep, lazy graph convolution.

    Parameters
    ----------
    channels : int
        Width of every convolution.
    layers : int
        Number of convolutions.
    dense : int
        Width of the dense layer between them and the memberships.
    delta : float
        How far each convolution moves towards the neighbours' mean.
    feature_norm : int
        1 for feature rows that sum to one, 2 for unit length. Rows that sum to one are short, and
        from short rows memberships hardly leave the even start.
    epochs : int
    lr : float
        Adam's learning rate.

    References
    ----------
    Bianchi, *Simplifying clustering with graph neural networks*, 2022, arXiv:2207.08779.
    """

    family, title, year = "simultaneous", "JBGNN", 2022
    paper = "Simplifying clustering with graph neural networks"
    arxiv, cost = "2207.08779", "O(epochs layers |E| d)"

    def __init__(
        self,
        channels: int = 64,
        layers: int = 10,
        dense: int = 16,
        delta: float = 0.85,
        feature_norm: int = 2,
        epochs: int = 2000,
        lr: float = 1e-4,
    ) -> None:
        self.channels, self.layers, self.dense = channels, layers, dense
        self.delta, self.feature_norm = delta, feature_norm
        self.epochs, self.lr = epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=LazyGCN([self.channels] * self.layers, [self.dense], self.delta),
            head=Softmax(),
            objective=JustBalance(),
            strategy=Simultaneous(),
            optimisation=Optimisation(self.epochs, self.lr),
            before=(UnitRows(self.feature_norm),),
        )
