"""Vectors to kNN graphs: the search apart from the weighting of edges."""

from graphclust.neighbors.choice import Neighbors, find_neighbors
from graphclust.neighbors.graph import described_knn_graph, knn_graph
from graphclust.neighbors.precomputed import neighbors_in_distances
from graphclust.neighbors.search import knn_search
from graphclust.neighbors.weighting import neighbor_graph

__all__ = [
    "Neighbors",
    "described_knn_graph",
    "find_neighbors",
    "knn_graph",
    "knn_search",
    "neighbor_graph",
    "neighbors_in_distances",
]
