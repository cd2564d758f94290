"""ARGVA and ARGA: a graph auto-encoder whose embedding an adversary keeps normal."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GCN, Encoder, Variational
from graphclust.encoders.base import widths_of
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import GaussianMixture, KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.adjacency_reconstruction import AdjacencyReconstruction
from graphclust.objectives.adversarial_regularisation import AdversarialRegularisation
from graphclust.objectives.base import Objective
from graphclust.objectives.normal_prior import NormalPrior
from graphclust.training import Multistage, Optimisation


class ARGVA(DeepMethod, name="argva"):
    """Rebuild the edges from an embedding that passes for normal, then find its clusters.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions before the embedding.
    latent : int
        Dimensions of the embedding.
    discriminator : sequence of int
        Widths of the adversary's hidden layers.
    variational : bool
        Whether the embedding is a distribution a node (ARGVA) or a vector (ARGA).
    mixture : bool
        Whether a Gaussian mixture is fitted to the embedding; k-means otherwise, as in the paper.
    epochs : int
    lr, adversary_lr : float
        Adam's learning rates of the auto-encoder and of the adversary, which takes one step
        before each of the auto-encoder's.

    Notes
    -----
    In the authors' code an iteration is five steps of the auto-encoder at a rate of about 1e-3,
    one of the adversary, and one of the encoder against it. Here it is one step each, the
    auto-encoder's at five times the rate. The ratio matters: an adversary that moves as fast as
    the encoder wins, and the embedding follows it away from the edges. The authors rebuild the
    n x n adjacency, read features as they are, and add noise to ARGA's hidden layer; here all
    edges and as many sampled pairs, rows of unit length, and no noise.

    References
    ----------
    Pan et al., *Adversarially regularized graph autoencoder for graph embedding*, 2018,
    arXiv:1802.04407.
    """

    family, title, year, arxiv = "generative", "ARGVA", 2018, "1802.04407"
    paper = "Adversarially regularized graph autoencoder for graph embedding"
    cost = "O(epochs (|E| d + n d h))"

    def __init__(
        self,
        channels: int | Sequence[int] = 32,
        latent: int = 16,
        discriminator: Sequence[int] = (16, 64),
        variational: bool = True,
        mixture: bool = False,
        epochs: int = 200,
        lr: float = 5e-3,
        adversary_lr: float = 1e-3,
    ) -> None:
        self.channels, self.latent, self.discriminator = channels, latent, discriminator
        self.variational, self.mixture = variational, mixture
        self.epochs, self.lr, self.adversary_lr = epochs, lr, adversary_lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        adversary = AdversarialRegularisation(self.discriminator, self.adversary_lr)
        objective: Objective = AdjacencyReconstruction(self_loops=1.0) + adversary
        widths = widths_of(self.channels)
        encoder: Encoder = GCN([*widths, self.latent], activation="relu", last_activation=False)
        if self.variational:
            encoder = Variational(self.latent, GCN(widths, activation="relu"))
            # The bound's own weight: it sums n divergences and n * n pairs.
            objective = objective + (1.0 / max(1, graph.n_nodes)) * NormalPrior()
        return Recipe(
            encoder=encoder,
            head=GaussianMixture() if self.mixture else KMeans(),
            objective=objective,
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[UnitRows()],
        )
