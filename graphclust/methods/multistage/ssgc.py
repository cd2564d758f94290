"""SSGC: average the features over several depths, then k-means."""

from __future__ import annotations

from graphclust.encoders import filters
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.training import Multistage


class SSGC(DeepMethod, name="ssgc"):
    """Cluster features that were smoothed over 1 .. T steps, by k-means.

    Parameters
    ----------
    steps : int
        T.
    alpha : float
        Share of the features themselves.
    restarts : int
        Starts of k-means.

    References
    ----------
    Zhu and Koniusz, *Simple spectral graph convolution*, 2021 (ICLR; not on arXiv).

    Notes
    -----
    Features are scaled to rows that sum to one, as the authors do for citation networks.
    """

    family, title, year = "multistage", "SSGC", 2021
    paper, cost = "Simple spectral graph convolution", "O(T |E| f + n f k)"

    def __init__(self, steps: int = 16, alpha: float = 0.05, restarts: int = 10) -> None:
        self.steps, self.alpha, self.restarts = steps, alpha, restarts

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=filters.SSGC(self.steps, self.alpha),
            head=KMeans(restarts=self.restarts),
            objective=None,
            strategy=Multistage(),
            before=[UnitRows(p=1)],
        )
