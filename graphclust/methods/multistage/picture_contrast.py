"""Pictures by a convolutional network that was taught by their graph and by changes of them."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders.convolution import Convolution
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads.tied_mixture import TiedGaussianMixture
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.picture_contrast import PictureContrast
from graphclust.training import Multistage, Optimisation


class ContrastOfPictures(DeepMethod, name="picture_contrast"):
    """Train a small convolutional network on the pictures and their graph, then cluster.

    For graphs whose rows are pictures, such as ``adapters.from_images(folder, "pixels")`` gives.
    No weights are fetched: the network learns that a picture stays what it is when it is turned,
    moved and stretched a little, and that it is like its neighbours in the graph. The embedding's
    unit rows are clustered by a Gaussian mixture of one covariance.

    Parameters
    ----------
    channels : sequence of int
        Of the network's stages; the last is the width of the embedding.
    epochs : int
        Steps, each of them over one batch.
    size : int
        Pictures of a batch.
    temperature : float
    turn, move, stretch : float
        How far pictures are changed.
    lr : float

    Notes
    -----
    The references evaluate linear classifiers, on networks some hundred times as large. On rows
    of which nothing says that they are pictures, the network reads lines of one pixel's height.
    On digits and USPS, in some hundred steps, it stays behind the clustering of the graph itself
    (``default``, ``leiden_at_k``): take those first.

    References
    ----------
    Chen et al., *A simple framework for contrastive learning of visual representations*, 2020,
    arXiv:2002.05709; Dwibedi et al., *With a little help from my friends*, 2021,
    arXiv:2104.14548.
    """

    family, title, year, arxiv = "multistage", "contrast of pictures", 2020, "2002.05709"
    paper = "A simple framework for contrastive learning of visual representations"
    cost = "O(epochs b s² c²), b pictures of s² pixels"

    def __init__(
        self,
        channels: Sequence[int] = (16, 32, 64, 64),
        epochs: int = 400,
        size: int = 256,
        temperature: float = 0.2,
        turn: float = 15.0,
        move: float = 0.1,
        stretch: float = 0.15,
        lr: float = 2e-3,
    ) -> None:
        self.channels, self.epochs, self.size = channels, epochs, size
        self.temperature, self.lr = temperature, lr
        self.turn, self.move, self.stretch = turn, move, stretch

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=Convolution(self.channels, graph.grid),
            head=TiedGaussianMixture(),
            objective=PictureContrast(
                graph.grid, self.size, self.temperature, self.turn, self.move, self.stretch
            ),
            strategy=Multistage(),
            optimisation=Optimisation(epochs=self.epochs, lr=self.lr, schedule="cosine"),
            after=[UnitRows()],
        )
