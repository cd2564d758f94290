"""NS4GC: reliable node similarity matrix guided contrastive graph clustering."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.augmentation import DropEdgesMaskFeatures
from graphclust.objectives.neighbor_alignment import NeighborAlignment
from graphclust.training import Multistage, Optimisation


class NS4GC(DeepMethod, name="ns4gc"):
    """Align nodes with their neighbours and with few others, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions.
    threshold, temperature : float
        Where, and how sharply, the similarity of non-neighbours begins to cost.
    drop_edges, mask_features : float
        Rates of both views.
    negatives : int
        Non-neighbours drawn for each node in each step.
    epochs : int
    lr : float

    Notes
    -----
    The authors' two weights are 1 on every data set, and so they are here; their weight decay is
    1e-5. They take the features as their library scales them; here rows have unit length. Edges
    fall whole, and non-neighbours are sampled (see
    :class:`~graphclust.objectives.neighbor_alignment.NeighborAlignment`). PyAGC's form of it,
    with masked entries and rows that sum to one, is in :mod:`graphclust.bench.rivals`.

    References
    ----------
    Liu et al., *Reliable node similarity matrix guided contrastive graph clustering*, 2024,
    arXiv:2408.03765.
    """

    family, title, year, arxiv = "multistage", "NS4GC", 2024, "2408.03765"
    paper = "Reliable node similarity matrix guided contrastive graph clustering"
    cost = "O(epochs (|E| + n r) d), r non-neighbours"

    def __init__(
        self,
        channels: int | Sequence[int] = (256, 64),
        threshold: float = 0.6,
        temperature: float = 0.1,
        drop_edges: float = 0.3,
        mask_features: float = 0.2,
        negatives: int = 8,
        epochs: int = 200,
        lr: float = 1e-3,
    ) -> None:
        self.channels, self.threshold, self.temperature = channels, threshold, temperature
        self.drop_edges, self.mask_features = drop_edges, mask_features
        self.negatives, self.epochs, self.lr = negatives, epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        view = DropEdgesMaskFeatures(self.drop_edges, self.mask_features)
        return Recipe(
            encoder=GCN(self.channels, activation="selu", last_activation=False),
            head=KMeans(),
            objective=NeighborAlignment(
                self.threshold,
                self.temperature,
                negatives=self.negatives,
                first=view,
                second=view,
            ),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr, weight_decay=1e-5),
            before=[UnitRows()],
            after=[UnitRows()],
        )
