"""The default: one configuration for every data set."""

from __future__ import annotations

import math

from graphclust.encoders.adaptive_smoothing import AdaptiveSmooth
from graphclust.encoders.diffusion_gcn import DiffusionGCN
from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import Transform, UnitRows
from graphclust.graphs import Graph
from graphclust.heads.tied_mixture import TiedGaussianMixture
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.methods.classical.many_scales import ManyScales
from graphclust.methods.multistage.smooth_consensus import SmoothConsensus
from graphclust.objectives.discriminator import Discriminator
from graphclust.sparse import CSR
from graphclust.training import Multistage, Optimisation, Rows, Run
from graphclust.training.network import Model

# Columns that batches of rows may have.
_WIDE = 512
# Rows of more than so many times the median length are assigned, not fitted to.
_LONGEST = 2.0


class Default(DeepMethod, name="default"):
    """Deep graph infomax over a diffusion, three runs side by side, then a tied Gaussian mixture.

    Parameters
    ----------
    channels : int
        Width of the embedding of each run.
    runs : int
        Independent runs, whose embeddings are joined: the mixture sees what they agree on.
    epochs : int
        Steps of the optimiser.
    steps : int
        Depth of the diffusion.
    restart : float
        Share of a node's own features in each of its steps.
    shrinkage : float
        How far the mixture's metric is drawn towards that of k-means, from 0 to 1.
    restarts : int
        Starts of k-means, from whose best the mixture starts.
    batch_size : int
        Graphs of more nodes are trained on batches of so many, see below.

    Notes
    -----
    Where the edges are the neighbour graph of vectors (a table, an array, texts), they say nothing
    that the vectors do not say, and infomax has little to learn from them: there the default is
    :class:`~graphclust.methods.ManyScales`, of texts :class:`~graphclust.methods.SmoothConsensus`,
    and the settings above are not read. Otherwise:

    One run's partition depends on its random start; the mean of several kernels depends on it
    less. Embeddings trained by infomax have a few long directions, along which k-means cuts; so
    directions are divided by the root of their length, and the mixture learns how wide clusters
    are in each. How often the embedding is averaged over neighbours before that is decided on the
    graph, by modularity: half a step where features are good, more where they are mostly noise.
    As many directions are kept as three times the clusters but no more than 36 beyond them, and at
    least 16. Rows of more than twice the median length, where they are few, are assigned but not
    fitted to: nodes without edges would take clusters of one node each.

    On a graph of more than ``batch_size`` nodes, features of more than 512 columns are turned into
    their 512 leading singular directions; they are diffused once, and each step reads a batch of
    rows of the result, in as many steps as on a small graph: what the training costs then hardly
    grows with the graph. The settings are the same for all data; they count as tuned on the data
    that BENCHMARKS.md names.

    References
    ----------
    Veličković et al., *Deep graph infomax*, 2019, arXiv:1809.10341; Klicpera, Weißenberger and
    Günnemann, *Diffusion improves graph learning*, 2019, arXiv:1911.05485; Celeux and Govaert,
    *Gaussian parsimonious clustering models*, 1995.
    """

    family, title, year, arxiv = "multistage", "default", 2026, ""
    paper = "graphclust"
    cost = "O(epochs |E| d)"

    def __init__(
        self,
        channels: int = 256,
        runs: int = 3,
        epochs: int = 200,
        steps: int = 3,
        restart: float = 0.2,
        shrinkage: float = 0.7,
        restarts: int = 30,
        batch_size: int = 8192,
    ) -> None:
        self.channels, self.runs, self.epochs = channels, runs, epochs
        self.steps, self.restart = steps, restart
        self.shrinkage, self.restarts = shrinkage, restarts
        self.batch_size = batch_size

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Model:
        """Train on a graph; cluster one process's neighbour graph of vectors at many scales."""
        if graph.of_rows and graph.ranks is None:
            of_vectors = SmoothConsensus if graph.of_texts else ManyScales
            return of_vectors().fit(graph, n_clusters, run)
        return super().fit(graph, n_clusters, run)

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        # k - 1 directions tell k clusters apart; what is spare beyond some three dozen is noise.
        dim = max(16, min(3 * n_clusters, n_clusters + 36))
        before: list[Transform] = [UnitRows()]
        epochs, batches = self.epochs, None
        if graph.n_nodes > self.batch_size:
            if isinstance(graph.x, CSR) or graph.n_features > _WIDE:
                before.append(Reduce(_WIDE))
            batches = Rows(self.batch_size)
            epochs = math.ceil(self.epochs / math.ceil(graph.n_nodes / self.batch_size))
        return Recipe(
            encoder=DiffusionGCN(self.channels * self.runs, self.steps, self.restart),
            head=TiedGaussianMixture(self.shrinkage, self.restarts, longest=_LONGEST),
            objective=Discriminator(self.runs),
            strategy=Multistage(),
            optimisation=Optimisation(epochs=epochs, lr=1e-3),
            before=before,
            after=[
                Reduce(max(64, dim)),
                AdaptiveSmooth(n_clusters, dim),
                UnitRows(),
                Reduce(dim, whiten=0.5),
            ],
            batches=batches,
        )
