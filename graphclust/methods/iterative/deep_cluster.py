"""DeepCluster: k-means labels the nodes, the encoder learns the labels, in turn."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GCN
from graphclust.encoders.base import widths_of
from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import Center, UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives import DropEdgesMaskFeatures
from graphclust.objectives.pseudo_labels import PseudoLabels
from graphclust.training import Iterative, Optimisation


class DeepCluster(DeepMethod, name="deep_cluster"):
    """Alternate between k-means of the embedding and learning its clusters as labels.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions.
    every : int
        Epochs between two runs of k-means.
    drop_edges, mask_features : float
        The views in which the labels are learnt.
    dim : int, optional
        Whitened principal directions that k-means reads; a sixteenth of the width by default, as
        in the paper (256 of 4,096).
    epochs : int
    lr : float
        Of the encoder; the classifier's is ten times that.

    Notes
    -----
    The paper is about images: graph convolutions take the place of its network, dropped edges
    and masked features that of cropping and flipping. It takes many more clusters than classes;
    here as many as are asked for, since the last k-means is the answer. As in the paper,
    k-means reads whitened unit rows, a cluster that loses its members gets one from a larger
    cluster, and the loss weighs all clusters alike, which together keep it from the trivial
    solution. The paper has no settings for graphs: the defaults are ours.

    References
    ----------
    Caron et al., *Deep clustering for unsupervised learning of visual features*, 2018,
    arXiv:1807.05520.
    """

    family, title, year, arxiv = "iterative", "DeepCluster", 2018, "1807.05520"
    paper = "Deep clustering for unsupervised learning of visual features"
    cost = "O(epochs |E| d + epochs n k d)"

    def __init__(
        self,
        channels: int | Sequence[int] = 512,
        every: int = 10,
        drop_edges: float = 0.3,
        mask_features: float = 0.3,
        dim: int | None = None,
        epochs: int = 200,
        lr: float = 1e-3,
    ) -> None:
        self.channels, self.every = channels, every
        self.drop_edges, self.mask_features = drop_edges, mask_features
        self.dim, self.epochs, self.lr = dim, epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        dim = self.dim or max(n_clusters, widths_of(self.channels)[-1] // 16)
        views = DropEdgesMaskFeatures(self.drop_edges, self.mask_features)
        return Recipe(
            encoder=GCN(self.channels),
            head=KMeans(),
            objective=PseudoLabels(views, lr=10 * self.lr),
            strategy=Iterative(every=self.every),
            optimisation=Optimisation(epochs=self.epochs, lr=self.lr),
            before=[UnitRows()],
            after=[Center(), Reduce(dim, whiten=1.0), UnitRows()],
        )
