"""SDCN: a feature auto-encoder and a graph convolution that train each other's clusters."""

from __future__ import annotations

from graphclust.encoders.delivery import Delivery
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads.dual import Dual
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.dual_self_training import DualSelfTraining
from graphclust.objectives.feature_error import FeatureError
from graphclust.training import Optimisation, Simultaneous


class SDCN(DeepMethod, name="sdcn"):
    r"""Rebuild the features first, then add the dual self-training.

    Parameters
    ----------
    channels : list of int
        Width of each layer of both halves, the code last.
    mix : float
        Share of the auto-encoder's layer in what each convolution reads.
    code : float
        Weight of the self-training of the code's memberships.
    convolution : float
        Weight of that of the convolution's memberships, which are the result.
    pretrain_epochs : int
    epochs : int
    lr : float
        Adam's learning rate.

    Notes
    -----
    The paper's layers are 500, 500, 2000 and 10 wide, and its auto-encoder is pretrained in
    batches of 256; here all nodes at once. Its error is divided by the number of entries of X,
    here by their size, which on sparse features weighs the error more. The authors' code prints
    the scores of every epoch; the last one counts here.

    References
    ----------
    Bo et al., *Structural deep clustering network*, 2020, arXiv:2002.01633.
    """

    family, title, year = "simultaneous", "SDCN", 2020
    paper = "Structural deep clustering network"
    arxiv, cost = "2002.01633", "O(epochs (|E| d + n d²))"

    def __init__(
        self,
        channels: list[int] | None = None,
        mix: float = 0.5,
        code: float = 0.1,
        convolution: float = 0.01,
        pretrain_epochs: int = 100,
        epochs: int = 200,
        lr: float = 1e-3,
    ) -> None:
        self.channels, self.mix, self.code, self.convolution = channels, mix, code, convolution
        self.pretrain_epochs, self.epochs, self.lr = pretrain_epochs, epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        widths = [256, 256, 512, 10] if self.channels is None else list(self.channels)
        rebuild = FeatureError(widths[-2::-1], columns=widths[-1])
        return Recipe(
            encoder=Delivery(widths, self.mix),
            head=Dual(),
            objective=rebuild + DualSelfTraining(self.code, self.convolution),
            strategy=Simultaneous(rebuild, Optimisation(self.pretrain_epochs, self.lr)),
            optimisation=Optimisation(self.epochs, self.lr),
            before=(UnitRows(),),
        )
