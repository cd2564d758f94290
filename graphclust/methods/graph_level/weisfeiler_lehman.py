"""Weisfeiler-Lehman subtree histograms and k-means: the baseline of graph kernels."""

from __future__ import annotations

from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import KMeans
from graphclust.methods.base import Recipe
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.readouts.weisfeiler_lehman import WeisfeilerLehman
from graphclust.training import Multistage


class WL(DeepGraphMethod, name="wl"):
    """Count subtree patterns, unit rows, leading directions, then k-means.

    Parameters
    ----------
    rounds : int
        Depth of the patterns.
    dim : int
        Singular directions that k-means reads.

    References
    ----------
    Shervashidze et al., *Weisfeiler-Lehman graph kernels*, 2011 (JMLR).
    """

    family, title, year = "classical", "Weisfeiler-Lehman", 2011
    paper = "Weisfeiler-Lehman graph kernels"
    needs = ("edges", "k")
    cost = "O(rounds |E| + g k dim)"

    def __init__(self, rounds: int = 3, dim: int = 64) -> None:
        self.rounds, self.dim = rounds, dim

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe."""
        return Recipe(
            encoder=WeisfeilerLehman(self.rounds, self.dim),
            head=KMeans(),
            objective=None,
            strategy=Multistage(),
        )
