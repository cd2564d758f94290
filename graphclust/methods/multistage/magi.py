"""MAGI: modularity maximisation as contrastive learning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from torch import Tensor

from graphclust.encoders import GCN
from graphclust.encoders.transforms import Transform, UnitRows
from graphclust.graphs import Features, Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.covisit import Covisit, Positives, min_max_rows
from graphclust.sparse import CSR
from graphclust.training import Multistage, Optimisation


class MinMaxRows(Transform, name="min_max_rows"):
    """Shift and scale each row of an embedding to [0, 1], as MAGI's loss sees it."""

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the scaled rows, dense."""
        return min_max_rows(x if isinstance(x, Tensor) else x.to_dense())


class MAGI(DeepMethod, name="magi"):
    """Contrast nodes that random walks visit together with all others, then k-means.

    Parameters
    ----------
    channels : int or sequence of int
        Widths of the graph convolutions.
    temperature : float
    walks : pair of int
        Walks from each node, and their number of steps.
    form : "authors" or "benchmark"
        Whose form. The authors': convolutions with a leaky rectifier and dropout of 0.1, feature
        rows of unit length, frequent co-visits as positives. That of PyAGC's benchmark, whose
        honest figures are reported: no dropout, a last convolution without rectifier, feature
        rows that sum to one, every visited node a positive. See
        :class:`~graphclust.objectives.covisit.Covisit`.
    negatives : int or None
        Nodes that stand for all others in each step, ``None`` for all.
    epochs : int
    lr : float
    weight_decay : float

    Notes
    -----
    The authors cluster small graphs by the spectra of an n × n matrix of similarities; here the
    unit rows go to k-means, as in the reported honest figures. They take features as they are;
    here their rows are scaled. See :class:`~graphclust.objectives.covisit.Covisit` for the
    negatives.

    References
    ----------
    Liu et al., *Revisiting modularity maximization for graph clustering: a contrastive learning
    perspective*, 2024, arXiv:2406.14288.
    """

    family, title, year, arxiv = "multistage", "MAGI", 2024, "2406.14288"
    paper = "Revisiting modularity maximization for graph clustering"
    cost = "O(epochs (|E| + n m) d), m negatives"

    def __init__(
        self,
        channels: int | Sequence[int] = 512,
        temperature: float = 0.3,
        walks: tuple[int, int] = (100, 2),
        form: Literal["authors", "benchmark"] = "authors",
        negatives: int | None = 256,
        epochs: int = 400,
        lr: float = 5e-4,
        weight_decay: float = 1e-3,
    ) -> None:
        self.channels, self.temperature = channels, temperature
        self.walks, self.form, self.negatives = walks, form, negatives
        self.epochs, self.lr, self.weight_decay = epochs, lr, weight_decay

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        positives: Positives = "frequent" if self.form == "authors" else "visited"
        return Recipe(
            encoder=self._encoder(),
            head=KMeans(),
            objective=Covisit(self.temperature, *self.walks, self.negatives, positives),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr, self.weight_decay),
            before=[UnitRows(2 if self.form == "authors" else 1)],
            after=[MinMaxRows(), UnitRows()],
        )

    def _encoder(self) -> GCN:
        slope = "leaky_relu:0.5"
        if self.form == "authors":
            return GCN(self.channels, activation=slope, dropout=0.1)
        return GCN(self.channels, activation=slope, last_activation=False)
