"""InfoGraph: graphs know their own nodes from those of others."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import KMeans
from graphclust.methods.base import Recipe
from graphclust.methods.graph_level.encoder import joined_gin, standard_rows
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.objectives.graph_infomax import GraphInfomax
from graphclust.training import Graphs, Multistage, Optimisation


class InfoGraph(DeepGraphMethod, name="infograph"):
    """Train an encoder by the information between graphs and their nodes, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of GIN's layers, which are joined.
    epochs : int
    lr : float
        Adam's learning rate.
    batch_size : int
        Graphs of a batch.

    Notes
    -----
    Sum readout, network, weights at the start and optimiser of the authors' code for the TU
    collection; of the depths and rates that they try, 3 and 0.01. They classify the vectors; here
    columns are standardised, and unit rows clustered. The last epoch counts.

    References
    ----------
    Sun et al., *InfoGraph: unsupervised and semi-supervised graph-level representation learning
    via mutual information maximization*, 2020, arXiv:1908.01000.
    """

    family, title, year, arxiv = "multistage", "InfoGraph", 2020, "1908.01000"
    paper = (
        "InfoGraph: unsupervised and semi-supervised graph-level representation learning via "
        "mutual information maximization"
    )
    cost = "O(epochs (|E| + n b) d), b graphs a batch"

    def __init__(
        self,
        channels: int | Sequence[int] = (32, 32, 32),
        epochs: int = 20,
        lr: float = 1e-2,
        batch_size: int = 128,
    ) -> None:
        self.channels, self.epochs, self.lr = channels, epochs, lr
        self.batch_size = batch_size

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=joined_gin(self.channels),
            head=KMeans(),
            objective=GraphInfomax(),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[MixedColumns()],
            after=standard_rows(),
            batches=Graphs(self.batch_size),
        )
