"""SAGSC: subspace clustering of filtered features, without the affinity."""

from __future__ import annotations

from graphclust.encoders.identity import Identity
from graphclust.encoders.quadratic_subspace import QuadraticSubspace
from graphclust.encoders.transforms import Smooth, TfIdf, Transform, UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.training import Multistage


class SAGSC(DeepMethod, name="sagsc"):
    r"""Filter the features, express each node by the others in a low rank, cluster the spectrum.

    Parameters
    ----------
    steps : int
        Propagations over the graph.
    tfidf : bool
        Whether features are weighted by how rare they are, as the authors' code does.
    bias : float
        Constant of the quadratic kernel.
    restarts : int
        Starts of k-means.

    Notes
    -----
    Nothing is trained: the self-expressive problem has a closed form. The filter is
    :math:`\hat D^{-1/2} (A + I) \hat D^{-1/2}`; the authors' code adds a second self-loop and
    divides rows by their sums.

    References
    ----------
    Fettal, Labiod and Nadif, *Scalable attributed-graph subspace clustering*, 2023 (AAAI; not on
    arXiv).
    """

    family, title, year = "simultaneous", "SAGSC", 2023
    paper = "Scalable attributed-graph subspace clustering"
    cost = "O(steps |E| f + n f k + n k⁴)"

    def __init__(
        self,
        steps: int = 5,
        tfidf: bool = True,
        bias: float = 2**-0.5,
        restarts: int = 10,
    ) -> None:
        self.steps, self.tfidf, self.bias, self.restarts = steps, tfidf, bias, restarts

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        weigh: tuple[Transform, ...] = (TfIdf(),) if self.tfidf else ()
        return Recipe(
            encoder=Identity(),
            head=KMeans(restarts=self.restarts),
            objective=None,
            strategy=Multistage(),
            before=(*weigh, UnitRows(), Smooth(self.steps)),
            after=(QuadraticSubspace(n_clusters, self.bias),),
        )
