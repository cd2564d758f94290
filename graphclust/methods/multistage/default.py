"""The default: one configuration for every data set."""

from __future__ import annotations

from graphclust.encoders.diffusion_gcn import DiffusionGCN
from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads.tied_mixture import TiedGaussianMixture
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.discriminator import Discriminator
from graphclust.training import Multistage, Optimisation


class Default(DeepMethod, name="default"):
    """Deep graph infomax over a diffusion, three runs side by side, then a tied Gaussian mixture.

    Parameters
    ----------
    channels : int
        Width of the embedding of each run.
    runs : int
        Independent runs, whose embeddings are joined: the mixture sees what they agree on.
    epochs : int
    steps : int
        Depth of the diffusion.
    restart : float
        Share of a node's own features in each of its steps.
    dim : int, optional
        Leading directions of the joined embedding that are kept; by default three for each
        cluster, and at least 16.
    shrinkage : float
        How far the mixture's metric is drawn towards that of k-means, from 0 to 1.
    restarts : int
        Starts of k-means, from whose best the mixture starts.

    Notes
    -----
    One run's partition depends on its random start; the mean of several kernels depends on it
    less. Embeddings trained by infomax have a few long directions, along which k-means cuts; so
    directions are divided by the root of their length, and the mixture learns how wide clusters
    are in each. The settings are the same for all data; BENCHMARKS.md says what they were
    settled on.

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
        dim: int | None = None,
        shrinkage: float = 0.5,
        restarts: int = 30,
    ) -> None:
        self.channels, self.runs, self.epochs = channels, runs, epochs
        self.steps, self.restart = steps, restart
        self.dim, self.shrinkage, self.restarts = dim, shrinkage, restarts

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        dim = max(16, 3 * n_clusters) if self.dim is None else self.dim
        return Recipe(
            encoder=DiffusionGCN(self.channels * self.runs, self.steps, self.restart),
            head=TiedGaussianMixture(self.shrinkage, self.restarts),
            objective=Discriminator(self.runs),
            strategy=Multistage(),
            optimisation=Optimisation(epochs=self.epochs, lr=1e-3),
            before=[UnitRows()],
            after=[UnitRows(), Reduce(dim, whiten=0.5)],
        )
