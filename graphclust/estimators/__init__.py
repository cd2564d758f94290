"""Estimators with scikit-learn's habits."""

from graphclust.estimators.cluster import cluster
from graphclust.estimators.graph_clusterer import GraphClusterer
from graphclust.estimators.loading import load
from graphclust.estimators.node_clusterer import DEFAULT_METHOD, NodeClusterer

__all__ = ["DEFAULT_METHOD", "GraphClusterer", "NodeClusterer", "cluster", "load"]
