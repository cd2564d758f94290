"""Deep graph-level clustering: infomax and self-training of one embedding."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import StudentT
from graphclust.methods.base import Recipe
from graphclust.methods.graph_level.encoder import joined_gin
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.objectives.graph_infomax import GraphInfomax
from graphclust.objectives.self_training import SelfTraining
from graphclust.training import Graphs, Optimisation, Simultaneous


class DGLC(DeepGraphMethod, name="dglc"):
    r"""Descend infomax of graphs and self-training of their memberships together.

    .. math:: \mathcal L = \mathcal L_{\text{graphs know their nodes}}
        + w \, \mathrm{KL}(p \,\Vert\, q)

    with q the memberships by Student's t around learnt centres and p their sharpened copy.
    Infomax alone comes first; k-means of its embedding places the centres.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of GIN's layers, which are joined.
    self_training : float
        The w above.
    pretrain_epochs : int
    epochs : int
    lr : float
        Adam's learning rate.
    batch_size : int
        Graphs of a batch.

    Notes
    -----
    In the manner of the paper: infomax between graphs and their nodes, held by a clustering
    module whose sharpened memberships are the pseudo-labels. Its network, weights and epochs are
    ours, one setting for all data; the last epoch counts.

    References
    ----------
    Cai et al., *Deep graph-level clustering using pseudo-label-guided mutual information
    maximization network*, 2023, arXiv:2302.02369.
    """

    family, title, year, arxiv = "simultaneous", "DGLC", 2023, "2302.02369"
    paper = (
        "Deep graph-level clustering using pseudo-label-guided mutual information maximization "
        "network"
    )
    cost = "O(epochs (|E| + n b + g k) d), b graphs a batch"

    def __init__(
        self,
        channels: int | Sequence[int] = (32, 32, 32),
        self_training: float = 1.0,
        pretrain_epochs: int = 20,
        epochs: int = 10,
        lr: float = 1e-3,
        batch_size: int = 128,
    ) -> None:
        self.channels, self.self_training = channels, self_training
        self.pretrain_epochs, self.epochs = pretrain_epochs, epochs
        self.lr, self.batch_size = lr, batch_size

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        infomax = GraphInfomax()
        return Recipe(
            encoder=joined_gin(self.channels, standardised=True),
            head=StudentT(),
            objective=infomax + self.self_training * SelfTraining(),
            strategy=Simultaneous(infomax, Optimisation(self.pretrain_epochs, self.lr)),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[MixedColumns()],
            batches=Graphs(self.batch_size),
        )
