"""DMoN: modularity of soft memberships, held apart by their sizes."""

from __future__ import annotations

from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import Softmax
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.collapse import Collapse
from graphclust.objectives.modularity import Modularity
from graphclust.training import Optimisation, Simultaneous


class DMoN(DeepMethod, name="dmon"):
    r"""Descend modularity and the collapse regulariser through a graph convolution.

    Parameters
    ----------
    channels : int or list of int
        Width of each convolution.
    activation : str
        Non-linearity between and after the convolutions; ``"none"`` for a linear encoder.
    skip : bool
        Whether each convolution has a skip of its own.
    dropout : float
        Dropout on the logits of the memberships.
    collapse : float
        Weight of the collapse regulariser.
    feature_norm : int
        1 for feature rows that sum to one, 2 for unit length. Rows that sum to one are short, and
        from short rows memberships hardly leave the even start.
    epochs : int
    lr : float
        Adam's learning rate.

    Notes
    -----
    The paper's encoder keeps a skip and no self-loops; here self-loops stay where ``skip`` is
    off. The paper's data have rows that sum to one, which is ``feature_norm=1``.

    References
    ----------
    Tsitsulin et al., *Graph clustering with graph neural networks*, 2023, arXiv:2006.16904.
    """

    family, title, year = "simultaneous", "DMoN", 2023
    paper = "Graph clustering with graph neural networks"
    arxiv, cost = "2006.16904", "O(epochs |E| (d + k))"

    def __init__(
        self,
        channels: int | list[int] = 64,
        activation: str = "selu",
        skip: bool = True,
        dropout: float = 0.0,
        collapse: float = 1.0,
        feature_norm: int = 2,
        epochs: int = 1000,
        lr: float = 1e-3,
    ) -> None:
        self.channels, self.activation, self.skip = channels, activation, skip
        self.dropout, self.collapse = dropout, collapse
        self.feature_norm, self.epochs, self.lr = feature_norm, epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        encoder = GCN(
            self.channels,
            activation=self.activation,
            self_loops=0.0 if self.skip else 1.0,
            skip=self.skip,
        )
        return Recipe(
            encoder=encoder,
            head=Softmax(dropout=self.dropout),
            objective=Modularity() + self.collapse * Collapse(),
            strategy=Simultaneous(),
            optimisation=Optimisation(self.epochs, self.lr, weight_decay=1e-5),
            before=(UnitRows(self.feature_norm),),
        )
