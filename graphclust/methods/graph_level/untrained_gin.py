"""A graph isomorphism network as it starts: what the architecture alone tells."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import KMeans
from graphclust.methods.base import Recipe
from graphclust.methods.graph_level.encoder import joined_gin, standard_rows
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.training import Multistage


class UntrainedGIN(DeepGraphMethod, name="untrained_gin"):
    """Read graphs out of random layers, then k-means of the unit rows.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of GIN's layers, which are joined.

    References
    ----------
    Xu et al., *How powerful are graph neural networks?*, 2019, arXiv:1810.00826.
    """

    family, title, year, arxiv = "classical", "untrained GIN", 2019, "1810.00826"
    paper = "How powerful are graph neural networks?"
    cost = "O(|E| d + n d²)"

    def __init__(self, channels: int | Sequence[int] = (32, 32, 32)) -> None:
        self.channels = channels

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=joined_gin(self.channels),
            head=KMeans(),
            objective=None,
            strategy=Multistage(),
            before=[MixedColumns()],
            after=standard_rows(),
        )
