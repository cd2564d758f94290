"""A variational auto-encoder of graphs whose prior is a mixture: clusters are its components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import GaussianMixture
from graphclust.methods.base import Recipe
from graphclust.methods.graph_level.encoder import joined_gin
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.objectives.bag_reconstruction import BagReconstruction
from graphclust.objectives.mixture_prior import MixturePrior
from graphclust.readouts.variational import GraphVariational
from graphclust.training import Generative, Graphs, Optimisation


class VaDE(DeepGraphMethod, name="vade"):
    r"""Train a variational auto-encoder of whole graphs with a Gaussian mixture for a prior.

    .. math::
        \mathcal L = \mathcal L_{\text{bag}} + \frac1g \sum_g \mathrm{KL}\big(
          q(z_g, j) \,\Vert\, \pi_j\, \mathcal N(m_j, s_j^2) \big)

    It is pretrained by rebuilding alone, without a prior, as the paper has it; expectation
    maximisation on the means then places the mixture, and the bound is descended through encoder
    and mixture.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of GIN's layers, which are joined.
    latent : int
        Dimensions of the embedding.
    covariance : "diag" or "spherical"
        Of the components.
    pretrain_epochs, epochs : int
        Before and after the mixture is placed.
    lr : float
        Adam's learning rate.
    batch_size : int
        Graphs of a batch.

    Notes
    -----
    VaDE with a variational graph encoder, one distribution a graph; the paper is about images.
    Its 10 dimensions and its rate are the paper's, width and epochs ours.
    The decoder rebuilds what a graph holds, see
    :class:`~graphclust.objectives.bag_reconstruction.BagReconstruction`, not its edges one by one.

    References
    ----------
    Jiang et al., *Variational deep embedding*, 2017, arXiv:1611.05148; Kipf and Welling,
    *Variational graph auto-encoders*, 2016, arXiv:1611.07308.
    """

    family, title, year, arxiv = "generative", "VaDE over VGAE", 2017, "1611.05148"
    paper = "Variational deep embedding: an unsupervised and generative approach to clustering"
    cost = "O(epochs (|E| (d + f) + g k d))"

    def __init__(
        self,
        channels: int | Sequence[int] = (32, 32, 32),
        latent: int = 10,
        covariance: Literal["diag", "spherical"] = "diag",
        pretrain_epochs: int = 50,
        epochs: int = 50,
        lr: float = 2e-3,
        batch_size: int = 128,
    ) -> None:
        self.channels, self.latent, self.covariance = channels, latent, covariance
        self.pretrain_epochs, self.epochs = pretrain_epochs, epochs
        self.lr, self.batch_size = lr, batch_size

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        rebuild = BagReconstruction()
        return Recipe(
            encoder=GraphVariational(self.latent, joined_gin(self.channels, standardised=True)),
            head=GaussianMixture(self.covariance),
            objective=rebuild + MixturePrior(),
            strategy=Generative(rebuild, Optimisation(self.pretrain_epochs, self.lr)),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[MixedColumns()],
            batches=Graphs(self.batch_size),
        )
