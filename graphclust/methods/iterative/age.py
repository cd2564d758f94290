"""AGE: smooth the features, then learn from the most and least similar pairs."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders.affinity_rows import AffinityRows
from graphclust.encoders.scaled_linear import ScaledLinear
from graphclust.encoders.transforms import Smooth, Transform, UnitRows
from graphclust.graphs import Graph
from graphclust.heads.spectral import Spectral
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.objectives.ranked_pairs import RankedPairs
from graphclust.training import Multistage, Optimisation


class AGE(DeepMethod, name="age"):
    r"""Let similarities choose pairs and pairs train the similarities, then cluster spectrally.

    Parameters
    ----------
    channels : int
        Width of the linear map.
    steps : int
        Steps of Laplacian smoothing.
    positive, negative : (float, float)
        Share of all pairs that are positives, and share behind which pairs are negatives, at the
        start and at the end.
    every : int
        Epochs between two choices of pairs.
    scale_rows : bool
        Scale feature rows to unit length before smoothing; the authors do not.
    epochs : int
    lr : float

    Notes
    -----
    The filter is :math:`I - \kappa L` with :math:`\kappa = 2/3`, about one over the greatest
    eigenvalue of L. The encoder keeps its weights while pairs are chosen by its own similarities:
    that is the alternation, and it lives in the objective. The authors take the epoch whose
    clusters have the best Davies-Bouldin index, here the last one is taken; their spectral
    clustering of :math:`Z Z^\top` is done on the singular vectors of its factor.

    References
    ----------
    Cui et al., *Adaptive graph encoder for attributed graph embedding*, 2020, arXiv:2007.01594.
    """

    family, title, year, arxiv = "iterative", "AGE", 2020, "2007.01594"
    paper = "Adaptive graph encoder for attributed graph embedding"
    cost = "O(T |E| f + epochs n f d)"

    def __init__(
        self,
        channels: int = 500,
        steps: int = 8,
        positive: Sequence[float] = (0.0110, 0.0010),
        negative: Sequence[float] = (0.1, 0.5),
        every: int = 10,
        scale_rows: bool = True,
        epochs: int = 400,
        lr: float = 1e-3,
    ) -> None:
        self.channels, self.steps = channels, steps
        self.positive, self.negative = positive, negative
        self.every, self.scale_rows = every, scale_rows
        self.epochs, self.lr = epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        before: list[Transform] = [UnitRows()] if self.scale_rows else []
        return Recipe(
            encoder=ScaledLinear(self.channels),
            head=Spectral(unit_rows=False),
            objective=RankedPairs(self.positive, self.negative, self.every),
            strategy=Multistage(),
            optimisation=Optimisation(epochs=self.epochs, lr=self.lr),
            before=[*before, Smooth(self.steps, rate=2 / 3)],
            after=[AffinityRows()],
        )
