"""S2CAG and M-S2CAG: spectral subspace clustering of smoothed features."""

from __future__ import annotations

from graphclust.encoders.affinity_rows import AffinityRows
from graphclust.encoders.diffusion import PageRankFilter
from graphclust.encoders.transforms import TfIdf, Transform, UnitRows
from graphclust.graphs import Graph
from graphclust.heads.subspace_rotation import SubspaceRotation
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.training import Multistage


class S2CAG(DeepMethod, name="s2cag"):
    """Rotate the leading singular vectors of the diffused features until they are clusters.

    Parameters
    ----------
    steps : int
        Steps of the diffusion, T.
    alpha : float
        Weight of one more step; above 1, deep steps weigh more.
    tfidf : bool
        Weigh the features by how rare they are first.
    iterations : int
        Power iterations of the decomposition, the paper's tau.

    Notes
    -----
    The authors tune T and alpha for each data set. Features are made unit rows, then scaled by
    their affinity to all others, as in their code.

    References
    ----------
    Lin, Yang, Zheng and Ke, *Spectral subspace clustering for attributed graphs*, 2024,
    arXiv:2411.11074.
    """

    family, title, year, arxiv = "multistage", "S2CAG", 2024, "2411.11074"
    paper = "Spectral subspace clustering for attributed graphs"
    cost = "O(T |E| f + n f k)"

    def __init__(
        self, steps: int = 10, alpha: float = 0.9, tfidf: bool = False, iterations: int = 7
    ) -> None:
        self.steps, self.alpha, self.tfidf, self.iterations = steps, alpha, tfidf, iterations

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return _recipe(self.steps, self.alpha, self.tfidf, SubspaceRotation(None, self.iterations))


class MS2CAG(DeepMethod, name="m_s2cag"):
    """The same on the leading vectors of a modularity-like matrix.

    Parameters
    ----------
    steps, alpha, tfidf, iterations
        As for S2CAG.
    gamma : float
        Weight of the null model.

    References
    ----------
    Lin, Yang, Zheng and Ke, *Spectral subspace clustering for attributed graphs*, 2024,
    arXiv:2411.11074.
    """

    family, title, year, arxiv = "multistage", "M-S2CAG", 2024, "2411.11074"
    paper = "Spectral subspace clustering for attributed graphs"
    cost = "O(T |E| f + n f k)"

    def __init__(
        self,
        steps: int = 10,
        alpha: float = 0.9,
        gamma: float = 1.0,
        tfidf: bool = False,
        iterations: int = 50,
    ) -> None:
        self.steps, self.alpha, self.gamma = steps, alpha, gamma
        self.tfidf, self.iterations = tfidf, iterations

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        head = SubspaceRotation(self.gamma, self.iterations)
        return _recipe(self.steps, self.alpha, self.tfidf, head)


def _recipe(steps: int, alpha: float, tfidf: bool, head: SubspaceRotation) -> Recipe:
    before: list[Transform] = [TfIdf(smooth=True)] if tfidf else []
    return Recipe(
        encoder=PageRankFilter(steps, alpha),
        head=head,
        objective=None,
        strategy=Multistage(),
        before=[*before, UnitRows(), AffinityRows()],
    )
