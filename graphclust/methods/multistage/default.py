"""The default: one configuration for every data set."""

from __future__ import annotations

from graphclust.encoders import GCN
from graphclust.encoders.transforms import Diffuse, Reduce, UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.discriminator import Discriminator
from graphclust.training import Multistage, Optimisation


class Default(DeepMethod, name="default"):
    """Deep graph infomax three times side by side, diffused, clustered by direction.

    Parameters
    ----------
    channels : int
        Width of the graph convolution of each run.
    runs : int
        Independent runs, whose embeddings are joined: k-means then sees what they agree on.
    epochs : int
    steps : int
        Depth of the diffusion of the embedding.
    restart : float
        Restart probability of the diffusion.
    dim : int
        Leading directions of the joined embedding that are kept.
    restarts : int
        Starts of k-means.

    Notes
    -----
    One run's partition depends on its random start; the mean of several kernels depends on it
    less. Personalised PageRank joins all depths of smoothing, so that none has to be chosen. The
    settings are the same for all data; BENCHMARKS.md says what they were settled on.

    References
    ----------
    Veličković et al., *Deep graph infomax*, 2019, arXiv:1809.10341; Klicpera, Bojchevski and
    Günnemann, *Predict then propagate*, 2019, arXiv:1810.05997.
    """

    family, title, year, arxiv = "multistage", "default", 2026, ""
    paper = "graphclust"
    cost = "O(epochs |E| d)"

    def __init__(
        self,
        channels: int = 256,
        runs: int = 3,
        epochs: int = 200,
        steps: int = 10,
        restart: float = 0.2,
        dim: int = 64,
        restarts: int = 30,
    ) -> None:
        self.channels, self.runs, self.epochs = channels, runs, epochs
        self.steps, self.restart = steps, restart
        self.dim, self.restarts = dim, restarts

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=GCN(self.channels * self.runs),
            head=KMeans(restarts=self.restarts, tol=1e-6),
            objective=Discriminator(self.runs),
            strategy=Multistage(),
            optimisation=Optimisation(epochs=self.epochs, lr=1e-3),
            before=[UnitRows()],
            after=[Diffuse(self.steps, self.restart), UnitRows(), Reduce(self.dim)],
        )
