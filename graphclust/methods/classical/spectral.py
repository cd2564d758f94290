"""Spectral clustering of the graph itself."""

from __future__ import annotations

import torch
from torch.nn.functional import normalize

from graphclust.graphs import Graph
from graphclust.graphs.structural import spectral_embedding
from graphclust.methods.base import Method
from graphclust.methods.classical.partition import Partition
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.training import Run


class Spectral(Method, name="spectral"):
    """k-means on the unit rows of the leading eigenvectors of the normalised adjacency.

    Parameters
    ----------
    restarts : int
        Starts of k-means.

    References
    ----------
    Ng, Jordan and Weiss, *On spectral clustering: analysis and an algorithm*, 2001.

    Notes
    -----
    A self-loop is added to every node (regularised spectral clustering, Amini et al. 2013,
    arXiv:1207.2340), and the eigenvectors come from subspace iteration over the sparse product:
    O(|E| k) a step, nothing of size n x n.
    """

    family, title, year = "classical", "spectral", 2001
    paper = "On spectral clustering: analysis and an algorithm"
    needs, cost, inductive = ("edges", "k"), "O(|E| k)", False

    def __init__(self, restarts: int = 10) -> None:
        self.restarts = restarts

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Partition:
        """Embed and cluster."""
        assert n_clusters is not None
        z = normalize(spectral_embedding(graph.adj, n_clusters, run.generator), dim=1)
        centers = lloyd(z, n_clusters, run.generator, restarts=self.restarts)
        labels = nearest_center(z, centers)[0]
        found = torch.unique(labels, return_inverse=True)[1]
        return Partition.of(found, graph, z)
