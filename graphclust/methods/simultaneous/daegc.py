"""DAEGC: an attentional graph auto-encoder that trains its own clusters."""

from __future__ import annotations

from graphclust.encoders.gat import GAT
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import StudentT
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.adjacency_reconstruction import AdjacencyReconstruction
from graphclust.objectives.self_training import SelfTraining
from graphclust.training import Optimisation, Simultaneous


class DAEGC(DeepMethod, name="daegc"):
    r"""Rebuild the edges first, then rebuild them and sharpen the memberships together.

    Parameters
    ----------
    channels : list of int
        Width of each attention layer, over all heads.
    heads : int
    self_training : float
        Weight of the divergence from the sharpened memberships.
    every : int
        Epochs between two sharpenings.
    pretrain_epochs : int
    epochs : int
    pretrain_lr : float
        Adam's learning rate before the clusters are placed.
    lr : float
        And after.

    Notes
    -----
    The paper rebuilds the n x n adjacency; here all edges and as many sampled pairs stand for
    it, without bias. Its attention weighs pairs of nodes by a two-step transition probability;
    here attention is plain, over direct neighbours.

    References
    ----------
    Wang et al., *Attributed graph clustering: a deep attentional embedding approach*, 2019,
    arXiv:1906.06532.
    """

    family, title, year = "simultaneous", "DAEGC", 2019
    paper = "Attributed graph clustering: a deep attentional embedding approach"
    arxiv, cost = "1906.06532", "O(epochs (|E| d + n k d))"

    def __init__(
        self,
        channels: list[int] | None = None,
        heads: int = 4,
        self_training: float = 10.0,
        every: int = 5,
        pretrain_epochs: int = 200,
        epochs: int = 100,
        pretrain_lr: float = 1e-2,
        lr: float = 1e-3,
    ) -> None:
        self.channels, self.heads = channels, heads
        self.self_training, self.every = self_training, every
        self.pretrain_epochs, self.epochs = pretrain_epochs, epochs
        self.pretrain_lr, self.lr = pretrain_lr, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        rebuild = AdjacencyReconstruction()
        return Recipe(
            encoder=GAT([64, 64] if self.channels is None else self.channels, self.heads),
            head=StudentT(),
            objective=2.0 * rebuild + self.self_training * SelfTraining(self.every),
            strategy=Simultaneous(rebuild, Optimisation(self.pretrain_epochs, self.pretrain_lr)),
            optimisation=Optimisation(self.epochs, self.lr),
            before=(UnitRows(p=1),),
        )
