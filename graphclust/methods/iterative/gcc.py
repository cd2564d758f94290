"""GCC: smooth, then learn a subspace and the clusters in turn."""

from __future__ import annotations

from graphclust.encoders.diffusion import GCCFilter
from graphclust.encoders.transforms import TfIdf, Transform, UnitRows
from graphclust.graphs import Graph
from graphclust.heads.reduced_kmeans import ReducedKMeans
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.training import Multistage


class GCC(DeepMethod, name="gcc"):
    """Alternate between the subspace of the smoothed features and the clusters in it.

    Parameters
    ----------
    steps : int, optional
        Smoothing steps, the paper's p; left out, the paper's rule on the residual chooses it.
    tfidf : bool
        Weigh the features by how rare they are, as the authors do for binary words.
    alternations : int
        Turns at most; 0 stops after principal directions and k-means, its multistage form.
    restarts : int
        Starts of the first k-means.

    Notes
    -----
    The rule is label-free: the least p after which the residual hardly changes. The authors
    report that it finds 12 on Cora, 5 on CiteSeer and 150 on PubMed; the first two are found here.

    References
    ----------
    Fettal, Labiod and Nadif, *Efficient graph convolution for joint node representation learning
    and clustering*, 2022 (WSDM; not on arXiv).
    """

    family, title, year = "iterative", "GCC", 2022
    paper = "Efficient graph convolution for joint node representation learning and clustering"
    cost = "O(p (|E| f + n f k))"

    def __init__(
        self,
        steps: int | None = None,
        tfidf: bool = False,
        alternations: int = 30,
        restarts: int = 10,
    ) -> None:
        self.steps, self.tfidf = steps, tfidf
        self.alternations, self.restarts = alternations, restarts

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe; the head holds the whole alternation."""
        before: list[Transform] = [TfIdf(smooth=True)] if self.tfidf else []
        return Recipe(
            encoder=GCCFilter(self.steps, n_clusters),
            head=ReducedKMeans(self.alternations, self.restarts),
            objective=None,
            strategy=Multistage(),
            before=[*before, UnitRows()],
        )
