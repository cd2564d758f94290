"""Dink-Net: discriminate nodes, then dilate and shrink clusters."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GCN
from graphclust.encoders.local_global import LocalGlobal
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import StudentT
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.dilation_shrink import DilationShrink
from graphclust.objectives.node_discrimination import NodeDiscrimination
from graphclust.training import Optimisation, Simultaneous


class DinkNet(DeepMethod, name="dink_net"):
    """Tell true nodes from corrupted ones, place centres by k-means, then move both.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions.
    steps : int
        Smoothing steps of the embedding that is clustered.
    mask_features : float
        Share of the feature columns that are zeroed for the discrimination.
    discrimination : float
        Its weight beside dilation and shrinking.
    pretrain_epochs, epochs : int
        Of the discrimination alone, and of all three.
    pretrain_lr, lr : float

    Notes
    -----
    After the centres are placed, encoder and centres descend one loss together, which is the
    simultaneous strategy. In the paper's formulas the clustering losses reach the encoder, and so
    they do here; in the authors' code they do not (the embedding is detached, and the weight of
    the discrimination is 1e-10), so that only the centres move. That code keeps the epoch which
    scores best against the labels, in both stages; here the last one is taken. Memberships are
    those of Student's t, greatest for the nearest centre.

    References
    ----------
    Liu et al., *Dink-Net: neural clustering on large graphs*, 2023, arXiv:2305.18405.
    """

    family, title, year, arxiv = "iterative", "Dink-Net", 2023, "2305.18405"
    paper = "Dink-Net: neural clustering on large graphs"
    cost = "O(epochs (|E| d + n k d))"

    def __init__(
        self,
        channels: int | Sequence[int] = 512,
        steps: int = 5,
        mask_features: float = 0.2,
        discrimination: float = 1.0,
        pretrain_epochs: int = 200,
        pretrain_lr: float = 1e-3,
        epochs: int = 50,
        lr: float = 1e-4,
    ) -> None:
        self.channels, self.steps, self.mask_features = channels, steps, mask_features
        self.discrimination = discrimination
        self.pretrain_epochs, self.pretrain_lr = pretrain_epochs, pretrain_lr
        self.epochs, self.lr = epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        discriminate = NodeDiscrimination(self.mask_features)
        return Recipe(
            encoder=LocalGlobal(GCN(self.channels), self.steps),
            head=StudentT(),
            # One object in both stages, so that its projection goes on as it was learnt.
            objective=DilationShrink() + self.discrimination * discriminate,
            strategy=Simultaneous(
                pretrain=discriminate,
                pretrain_optimisation=Optimisation(self.pretrain_epochs, self.pretrain_lr),
            ),
            optimisation=Optimisation(self.epochs, self.lr),
            before=[UnitRows()],
        )
