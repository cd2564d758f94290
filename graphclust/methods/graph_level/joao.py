"""JOAO: graph contrast whose augmentations are chosen without labels."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import KMeans
from graphclust.methods.base import Recipe
from graphclust.methods.graph_level.encoder import joined_gin, standard_rows
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.objectives.graph_augmentation import AsItIs, graphcl_four
from graphclust.objectives.joint_augmentation import JointAugmentation
from graphclust.training import Graphs, Multistage, Optimisation


class JOAO(DeepGraphMethod, name="joao"):
    """Train an encoder by a contrast that chooses its augmentations, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of GIN's layers, which are joined.
    share : float
        Of nodes or edges that an augmentation changes.
    temperature : float
    gamma : float
        How strongly the chances of augmentations are drawn to even ones.
    epochs : int
    lr : float
        Adam's learning rate.
    batch_size : int
        Graphs of a batch.

    Notes
    -----
    See :class:`~graphclust.objectives.joint_augmentation.JointAugmentation`. The authors select
    gamma by the accuracy of a classifier; here it is one for all data.

    References
    ----------
    You et al., *Graph contrastive learning automated*, 2021, arXiv:2106.07594.
    """

    family, title, year, arxiv = "multistage", "JOAO", 2021, "2106.07594"
    paper = "Graph contrastive learning automated"
    cost = "O(epochs (|E| d + n d² + g b d)), b graphs a batch"

    def __init__(
        self,
        channels: int | Sequence[int] = (32, 32, 32),
        share: float = 0.2,
        temperature: float = 0.2,
        gamma: float = 0.1,
        epochs: int = 20,
        lr: float = 1e-2,
        batch_size: int = 128,
    ) -> None:
        self.channels, self.share, self.temperature = channels, share, temperature
        self.gamma, self.epochs, self.lr, self.batch_size = gamma, epochs, lr, batch_size

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        choices = [AsItIs(), *graphcl_four(self.share)]
        return Recipe(
            encoder=joined_gin(self.channels),
            head=KMeans(),
            objective=JointAugmentation(self.temperature, self.gamma, choices),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[MixedColumns()],
            after=standard_rows(),
            batches=Graphs(self.batch_size),
        )
