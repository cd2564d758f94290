"""S3GC: scalable self-supervised graph clustering."""

from __future__ import annotations

from graphclust.encoders.hop_sum import HopSum
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.walk_contrast import WalkContrast
from graphclust.training import Multistage, Optimisation


class S3GC(DeepMethod, name="s3gc"):
    """Contrast the nodes of random walks with random nodes, then k-means.

    Parameters
    ----------
    channels : int
        Width of the embedding.
    steps : int
        Steps of the diffusion.
    walks, length : int
        Walks from each node in each step of training, and their number of steps.
    free_vectors : bool
        Whether each node has a learnt vector of its own beside its features, as in the paper;
        the method then knows the nodes of its training graph only.
    feature_norm : int
        1 for feature rows that sum to one, 2 for unit length.
    epochs : int
    lr : float

    Notes
    -----
    Without the learnt vectors, the default here, it can be applied to other graphs. One step of
    training takes walks from all nodes, as the reported Cora figures do.

    References
    ----------
    Devvrit et al., *S3GC: scalable self-supervised graph clustering*, 2022 (NeurIPS; not on
    arXiv).
    """

    family, title, year = "multistage", "S3GC", 2022
    paper = "S3GC: scalable self-supervised graph clustering"
    cost = "O(epochs (|E| + n walks) d)"

    def __init__(
        self,
        channels: int = 256,
        steps: int = 3,
        walks: int = 10,
        length: int = 2,
        free_vectors: bool = False,
        feature_norm: int = 1,
        epochs: int = 200,
        lr: float = 1e-2,
    ) -> None:
        self.channels, self.steps, self.walks, self.length = channels, steps, walks, length
        self.free_vectors, self.feature_norm = free_vectors, feature_norm
        self.epochs, self.lr = epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe for a graph of this many nodes."""
        return Recipe(
            encoder=HopSum(
                self.channels, self.steps, n_nodes=graph.n_nodes if self.free_vectors else 0
            ),
            head=KMeans(),
            objective=WalkContrast(self.walks, self.length),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[UnitRows(self.feature_norm)],
            after=[UnitRows()],
        )
