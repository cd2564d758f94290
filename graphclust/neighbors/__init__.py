"""Vectors to kNN graphs: the search apart from the weighting of edges."""

from graphclust.neighbors.graph import knn_graph
from graphclust.neighbors.search import knn_search
from graphclust.neighbors.weighting import neighbor_graph

__all__ = ["knn_graph", "knn_search", "neighbor_graph"]
