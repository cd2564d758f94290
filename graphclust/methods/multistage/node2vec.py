"""node2vec: vectors that predict the nodes near by on biased walks, then k-means."""

from __future__ import annotations

from dataclasses import replace

import torch

from graphclust.encoders.free_vectors import FreeVectors
from graphclust.encoders.transforms import Transform, UnitRows
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.methods.base import DeepMethod, Recipe, fit_recipe
from graphclust.methods.classical.partition import Partition
from graphclust.objectives.skip_gram import SkipGram
from graphclust.training import Multistage, Optimisation, Run


class Node2Vec(DeepMethod, name="node2vec"):
    """Learn a vector a node from second-order random walks; features are not read.

    Parameters
    ----------
    channels : int
        Width of the vectors.
    length, window : int
        Steps of a walk, and how far apart on it two nodes predict each other.
    p, q : float
        Return and in-out parameter; 1 and 1 are plain walks (DeepWalk).
    unit_rows : bool
        Scale the vectors to unit length for k-means.
    epochs : int
        Walks from every node, and steps of the descent.
    lr : float

    Notes
    -----
    The paper walks 80 steps 10 times from every node and passes over the pairs one by one; here
    Adam takes all pairs of one shorter walk from every node at a time, 100 times. It clusters the
    vectors as they are. Nodes added later join the cluster of their neighbours.

    References
    ----------
    Grover and Leskovec, *node2vec: scalable feature learning for networks*, 2016,
    arXiv:1607.00653.
    """

    family, title, year, arxiv = "multistage", "node2vec", 2016, "1607.00653"
    paper = "node2vec: scalable feature learning for networks"
    needs, cost, inductive = ("edges", "k"), "O(epochs n length (length + window) d)", False

    def __init__(
        self,
        channels: int = 128,
        length: int = 20,
        window: int = 10,
        p: float = 1.0,
        q: float = 1.0,
        unit_rows: bool = False,
        epochs: int = 100,
        lr: float = 1e-2,
    ) -> None:
        self.channels, self.length, self.window = channels, length, window
        self.p, self.q, self.unit_rows = p, q, unit_rows
        self.epochs, self.lr = epochs, lr

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe for a graph of this many nodes."""
        after: list[Transform] = [UnitRows()] if self.unit_rows else []
        return Recipe(
            encoder=FreeVectors(self.channels, graph.n_nodes),
            head=KMeans(),
            objective=SkipGram(self.length, self.window, p=self.p, q=self.q),
            strategy=Multistage(),
            optimisation=Optimisation(self.epochs, self.lr),
            after=after,
        )

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Partition:  # type: ignore[override]
        """Train the vectors, cluster them, and keep the partition by node."""
        assert n_clusters is not None
        bare = replace(graph, x=torch.zeros(graph.n_nodes, 1, device=graph.adj.device))
        network = fit_recipe(self.compose(bare, n_clusters), bare, n_clusters, run)
        labels, _, z = network.infer(bare)
        return Partition.of(labels, graph, z)
