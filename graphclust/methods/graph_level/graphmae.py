"""GraphMAE on many graphs: rebuild hidden nodes, read the graphs out, k-means."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import KMeans
from graphclust.methods.base import Recipe
from graphclust.methods.graph_level.encoder import joined_gin, standard_rows
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.objectives.feature_reconstruction import FeatureReconstruction
from graphclust.training import Graphs, Multistage, Optimisation


class GraphMAE(DeepGraphMethod, name="graphmae"):
    """Train an encoder by rebuilding the features of hidden nodes, then k-means of the graphs.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of GIN's layers, which are joined.
    mask : float
        Share of nodes that are hidden.
    gamma : float
        Exponent of the scaled cosine error.
    epochs : int
    lr : float
        Adam's learning rate.
    batch_size : int
        Graphs of a batch.

    Notes
    -----
    For graph classification the authors choose mask, readout, width and epochs by data set, with
    labels; here one setting, the sum readout and 20 epochs. The decoder is a graph convolution,
    where theirs is a GIN layer. See
    :class:`~graphclust.objectives.feature_reconstruction.FeatureReconstruction`.

    References
    ----------
    Hou et al., *GraphMAE: self-supervised masked graph autoencoders*, 2022, arXiv:2205.10803.
    """

    family, title, year, arxiv = "multistage", "GraphMAE", 2022, "2205.10803"
    paper = "GraphMAE: self-supervised masked graph autoencoders"
    cost = "O(epochs (|E| d + n d²))"

    def __init__(
        self,
        channels: int | Sequence[int] = (32, 32, 32),
        mask: float = 0.5,
        gamma: float = 2.0,
        epochs: int = 20,
        lr: float = 1e-3,
        batch_size: int = 128,
    ) -> None:
        self.channels, self.mask, self.gamma = channels, mask, gamma
        self.epochs, self.lr, self.batch_size = epochs, lr, batch_size

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=joined_gin(self.channels),
            head=KMeans(),
            objective=FeatureReconstruction(self.mask, gamma=self.gamma),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[MixedColumns()],
            after=standard_rows(),
            batches=Graphs(self.batch_size),
        )
