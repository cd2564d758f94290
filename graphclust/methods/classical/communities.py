"""Community detection by kept libraries: Louvain, Leiden, label propagation."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from graphclust.graphs import Graph
from graphclust.graphs.communities import label_propagation, leiden, louvain
from graphclust.graphs.structural import spectral_embedding
from graphclust.methods.base import Method
from graphclust.methods.classical.partition import Partition
from graphclust.randomness import spawn_seed
from graphclust.training import Run

_EMBEDDING_DIM = 32


class Leiden(Method, name="leiden"):
    """Communities of high modularity, each of them connected; their number is found.

    Parameters
    ----------
    resolution : float
        Greater values give more and smaller communities.

    References
    ----------
    Traag, Waltman and van Eck, *From Louvain to Leiden*, 2019, arXiv:1810.08473.
    """

    family, title, year, arxiv = "classical", "Leiden", 2019, "1810.08473"
    paper = "From Louvain to Leiden: guaranteeing well-connected communities"
    needs, cost, inductive = ("edges",), "O(|E|)", False

    def __init__(self, resolution: float = 1.0) -> None:
        self.resolution = resolution

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Partition:
        """Find the communities; ``n_clusters`` is not read."""
        labels = leiden(graph.adj, self.resolution, spawn_seed(run.generator))
        return Partition.of(labels, graph, picture(graph, run))


class Louvain(Method, name="louvain"):
    """Communities of high modularity by local moves; reads direction (Dugué's modularity).

    Parameters
    ----------
    resolution : float
        Greater values give more and smaller communities.

    References
    ----------
    Blondel et al., *Fast unfolding of communities in large networks*, 2008, arXiv:0803.0476.
    """

    family, title, year, arxiv = "classical", "Louvain", 2008, "0803.0476"
    paper = "Fast unfolding of communities in large networks"
    needs, cost, inductive, reads_direction = ("edges",), "O(|E|)", False, True

    def __init__(self, resolution: float = 1.0) -> None:
        self.resolution = resolution

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Partition:
        """Find the communities; ``n_clusters`` is not read."""
        directed = graph.directed is not None
        adj = graph.directed if graph.directed is not None else graph.adj
        labels = louvain(adj, self.resolution, spawn_seed(run.generator), directed=directed)
        return Partition.of(labels, graph, picture(graph, run))


class LabelPropagation(Method, name="label_propagation"):
    """Every node repeatedly takes the label that most of its neighbours have.

    References
    ----------
    Raghavan, Albert and Kumara, *Near linear time algorithm to detect community structures in
    large-scale networks*, 2007, arXiv:0709.2938.
    """

    family, title, year, arxiv = "classical", "label propagation", 2007, "0709.2938"
    paper = "Near linear time algorithm to detect community structures in large-scale networks"
    needs, cost, inductive = ("edges",), "O(|E|)", False

    def __init__(self) -> None:
        pass

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Partition:
        """Find the communities; ``n_clusters`` is not read."""
        labels = np.unique(label_propagation(graph.adj), return_inverse=True)[1]
        return Partition.of(labels, graph, picture(graph, run))


def picture(graph: Graph, run: Run) -> Tensor:
    """Return spectral coordinates, so that a partition without an embedding can be drawn."""
    return spectral_embedding(graph.adj, min(_EMBEDDING_DIM, graph.n_nodes), run.generator)
