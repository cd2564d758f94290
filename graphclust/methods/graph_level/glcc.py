"""GLCC: contrast of instances and of clusters over a neighbour graph between graphs."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import Softmax
from graphclust.methods.base import Recipe
from graphclust.methods.graph_level.encoder import joined_gin
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.objectives.affinity_contrast import AffinityContrast
from graphclust.objectives.graph_augmentation import OneOf, graphcl_four
from graphclust.objectives.graph_contrast import GraphContrast
from graphclust.training import Graphs, Optimisation, Simultaneous


class GLCC(DeepGraphMethod, name="glcc"):
    """Contrast graphs first, then graphs and clusters with their neighbours.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of GIN's layers, which are joined.
    neighbors : int
        Nearest graphs that count as a graph's own.
    share : float
        Of nodes or edges that an augmentation changes.
    pretrain_epochs : int
        Of GraphCL's contrast, whose k-means places the head.
    epochs : int
    lr : float
        Adam's learning rate.
    batch_size : int
        Graphs of a batch.

    Notes
    -----
    In the manner of the paper; what differs is told by
    :class:`~graphclust.objectives.affinity_contrast.AffinityContrast`. Weights, epochs and the
    pretraining are ours, one setting for all data.

    References
    ----------
    Ju et al., *GLCC: a general framework for graph-level clustering*, 2023, arXiv:2210.11879.
    """

    family, title, year, arxiv = "simultaneous", "GLCC", 2023, "2210.11879"
    paper = "GLCC: a general framework for graph-level clustering"
    cost = "O(epochs (|E| d + n d² + g b d)), b graphs a batch"

    def __init__(
        self,
        channels: int | Sequence[int] = (32, 32, 32),
        neighbors: int = 5,
        share: float = 0.2,
        pretrain_epochs: int = 20,
        epochs: int = 20,
        lr: float = 1e-3,
        batch_size: int = 128,
    ) -> None:
        self.channels, self.neighbors, self.share = channels, neighbors, share
        self.pretrain_epochs, self.epochs = pretrain_epochs, epochs
        self.lr, self.batch_size = lr, batch_size

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        views = [OneOf(graphcl_four(self.share)) for _ in range(2)]
        return Recipe(
            encoder=joined_gin(self.channels, standardised=True),
            head=Softmax(init="kmeans"),
            objective=AffinityContrast(self.neighbors, *views),
            strategy=Simultaneous(
                GraphContrast(0.2, *views), Optimisation(self.pretrain_epochs, self.lr)
            ),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[MixedColumns()],
            batches=Graphs(self.batch_size),
        )
