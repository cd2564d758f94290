"""GraphCL: two augmented views of a graph agree."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import KMeans
from graphclust.methods.base import Recipe
from graphclust.methods.graph_level.encoder import joined_gin, standard_rows
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.objectives.graph_augmentation import OneOf, graphcl_four
from graphclust.objectives.graph_contrast import GraphContrast
from graphclust.training import Graphs, Multistage, Optimisation


class GraphCL(DeepGraphMethod, name="graphcl"):
    """Train an encoder by the contrast of augmented graphs, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of GIN's layers, which are joined.
    share : float
        Of nodes or edges that an augmentation changes.
    temperature : float
    epochs : int
    lr : float
        Adam's learning rate.
    batch_size : int
        Graphs of a batch.

    Notes
    -----
    Node dropping, edge perturbation, attribute masking and subgraphs, one of them drawn for each
    view of a batch. The paper picks pairs by data set, with labels; here all are as likely. Sum
    readout and the authors' settings for the TU collection. The last epoch counts.

    References
    ----------
    You et al., *Graph contrastive learning with augmentations*, 2020, arXiv:2010.13902.
    """

    family, title, year, arxiv = "multistage", "GraphCL", 2020, "2010.13902"
    paper = "Graph contrastive learning with augmentations"
    cost = "O(epochs (|E| d + n d² + g b d)), b graphs a batch"

    def __init__(
        self,
        channels: int | Sequence[int] = (32, 32, 32),
        share: float = 0.2,
        temperature: float = 0.2,
        epochs: int = 20,
        lr: float = 1e-2,
        batch_size: int = 128,
    ) -> None:
        self.channels, self.share, self.temperature = channels, share, temperature
        self.epochs, self.lr, self.batch_size = epochs, lr, batch_size

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        views = [OneOf(graphcl_four(self.share)) for _ in range(2)]
        return Recipe(
            encoder=joined_gin(self.channels),
            head=KMeans(),
            objective=GraphContrast(self.temperature, *views),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[MixedColumns()],
            after=standard_rows(),
            batches=Graphs(self.batch_size),
        )
