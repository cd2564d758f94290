"""SSGC: average the features over several depths, then k-means."""

from __future__ import annotations

from graphclust.encoders import filters
from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.training import Multistage


class SSGC(DeepMethod, name="ssgc"):
    """Cluster features that were smoothed over 0 .. T steps, by k-means.

    Parameters
    ----------
    steps : int
        T.
    alpha : float
        Share of the features themselves.
    self_loops : float
        Weight of each node's own features in a step.
    feature_norm : 0, 1 or 2
        Scale feature rows first: 1 to sum one, 2 to unit length, 0 not at all.
    dim : int
        Principal directions that are kept for k-means, at least as many as clusters.
    restarts : int
        Starts of k-means.

    Notes
    -----
    As in the authors' code for clustering, smoothed rows are reduced to 16 singular directions
    and scaled to unit length. They choose T where the spread inside clusters first rises; here
    it is a setting.

    References
    ----------
    Zhu and Koniusz, *Simple spectral graph convolution*, 2021 (ICLR; not on arXiv).
    """

    family, title, year = "multistage", "SSGC", 2021
    paper, cost = "Simple spectral graph convolution", "O(T |E| f + n f k)"

    def __init__(
        self,
        steps: int = 16,
        alpha: float = 0.05,
        self_loops: float = 1.0,
        feature_norm: int = 2,
        dim: int = 16,
        restarts: int = 10,
    ) -> None:
        self.steps, self.alpha, self.self_loops = steps, alpha, self_loops
        self.feature_norm, self.dim, self.restarts = feature_norm, dim, restarts

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=filters.SSGC(self.steps, self.alpha, self.self_loops),
            head=KMeans(restarts=self.restarts),
            objective=None,
            strategy=Multistage(),
            before=[UnitRows(self.feature_norm)] if self.feature_norm else [],
            after=[Reduce(max(self.dim, n_clusters)), UnitRows()],
        )
