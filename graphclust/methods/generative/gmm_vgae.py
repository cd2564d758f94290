"""GMM-VGAE, VaDE and VGAECD on a graph: the clusters are components of the embedding's density."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from graphclust.encoders import GCN, Variational
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import GaussianMixture
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.adjacency_reconstruction import AdjacencyReconstruction
from graphclust.objectives.mixture_prior import MixturePrior
from graphclust.objectives.normal_prior import NormalPrior
from graphclust.training import Generative, Optimisation


class GMMVGAE(DeepMethod, name="gmm_vgae"):
    r"""Train a variational graph auto-encoder whose prior is a Gaussian mixture.

    .. math::
        \mathcal L = \mathcal L_{\text{edges}} + \frac{w}{n} \cdot \frac1n \sum_i \mathrm{KL}\big(
          q(z_i, j) \,\Vert\, \pi_j\, \mathcal N(m_j, s_j^2) \big)

    It is pretrained with the standard normal for a prior; expectation maximisation on the means
    then places the mixture, and the bound is descended through encoder and mixture.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions that means and variances share.
    latent : int
        Dimensions of the embedding.
    covariance : "diag" or "spherical"
        Of the components.
    divergence : float
        The w above; 1 is the bound itself.
    pretrain_epochs, epochs : int
        Before and after the mixture is placed.
    lr : float
        Adam's learning rate.

    Notes
    -----
    VGAECD has the same bound, with spherical components; both are VaDE's with a graph
    convolution for encoder and inner products for decoder. The papers rebuild the n x n
    adjacency; here all edges, all self-loops and as many sampled pairs stand for it, without
    bias, edges and other pairs weighing the same, as in VGAE. A public reimplementation pretrains
    without divergence, keeps the epoch that scores best against the labels, and gives the
    divergence 100 times the bound's weight; here the bound's own, and the last epoch. Where much
    of the graph lies in small components, broad components of the mixture gather it.

    References
    ----------
    Hui, Zhu and Hu, *Collaborative graph convolutional networks: unsupervised learning meets
    semi-supervised learning*, 2020 (AAAI; not on arXiv); Choong, Liu and Murata, *Learning
    community structure with variational autoencoder*, 2018 (ICDM); Jiang et al., *Variational
    deep embedding*, 2017, arXiv:1611.05148.
    """

    family, title, year = "generative", "GMM-VGAE", 2020
    paper = (
        "Collaborative graph convolutional networks: "
        "unsupervised learning meets semi-supervised learning"
    )
    cost = "O(epochs (|E| d + n k d))"

    def __init__(
        self,
        channels: int | Sequence[int] = 32,
        latent: int = 16,
        covariance: Literal["diag", "spherical"] = "diag",
        divergence: float = 1.0,
        pretrain_epochs: int = 200,
        epochs: int = 200,
        lr: float = 1e-2,
    ) -> None:
        self.channels, self.latent, self.covariance = channels, latent, covariance
        self.divergence, self.pretrain_epochs = divergence, pretrain_epochs
        self.epochs, self.lr = epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        # The bound sums n divergences and n * n pairs, of which the reconstruction is the mean.
        weight = self.divergence / max(1, graph.n_nodes)
        rebuild = AdjacencyReconstruction(self_loops=1.0)
        return Recipe(
            encoder=Variational(self.latent, GCN(self.channels, activation="relu")),
            head=GaussianMixture(self.covariance),
            objective=rebuild + weight * MixturePrior(),
            strategy=Generative(
                rebuild + weight * NormalPrior(), Optimisation(self.pretrain_epochs, self.lr)
            ),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[UnitRows()],
        )
