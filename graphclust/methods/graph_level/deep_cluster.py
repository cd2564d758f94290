"""DeepCluster on graphs: k-means labels them, the encoder learns the labels, in turn."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders.base import widths_of
from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import Center, UnitRows
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import KMeans
from graphclust.methods.base import Recipe
from graphclust.methods.graph_level.encoder import joined_gin
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.objectives.graph_augmentation import OneOf, graphcl_four
from graphclust.objectives.pseudo_labels import PseudoLabels
from graphclust.training import Graphs, Iterative, Optimisation


class DeepCluster(DeepGraphMethod, name="deep_cluster"):
    """Alternate between k-means of the graphs and learning its clusters as labels.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of GIN's layers, which are joined.
    every : int
        Epochs between two runs of k-means.
    share : float
        Of nodes or edges that an augmentation changes.
    dim : int, optional
        Whitened principal directions that k-means reads; a sixteenth of the width by default, as
        in the paper.
    epochs : int
    lr : float
        Of the encoder; the classifier's is ten times that.
    batch_size : int
        Graphs of a batch.

    Notes
    -----
    The paper is about images: a graph network takes the place of its own, GraphCL's augmentations
    that of cropping and flipping. Otherwise as :class:`graphclust.methods.DeepCluster`, which see.

    References
    ----------
    Caron et al., *Deep clustering for unsupervised learning of visual features*, 2018,
    arXiv:1807.05520.
    """

    family, title, year, arxiv = "iterative", "DeepCluster", 2018, "1807.05520"
    paper = "Deep clustering for unsupervised learning of visual features"
    cost = "O(epochs (|E| d + n d²))"

    def __init__(
        self,
        channels: int | Sequence[int] = (32, 32, 32),
        every: int = 2,
        share: float = 0.2,
        dim: int | None = None,
        epochs: int = 20,
        lr: float = 1e-3,
        batch_size: int = 128,
    ) -> None:
        self.channels, self.every, self.share, self.dim = channels, every, share, dim
        self.epochs, self.lr, self.batch_size = epochs, lr, batch_size

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        dim = self.dim or max(n_clusters, sum(widths_of(self.channels)) // 16)
        return Recipe(
            encoder=joined_gin(self.channels),
            head=KMeans(),
            objective=PseudoLabels(OneOf(graphcl_four(self.share)), lr=10 * self.lr),
            strategy=Iterative(every=self.every),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[MixedColumns()],
            after=[Center(), Reduce(dim, whiten=1.0), UnitRows()],
            batches=Graphs(self.batch_size),
        )
