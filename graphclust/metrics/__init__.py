"""Scores of a partition: pure functions on arrays, equal to scikit-learn's and networkx's.

Against ground truth: :func:`accuracy`, :func:`macro_f1`, :func:`nmi`, :func:`ami`, :func:`ari`,
all at once in :func:`score`. On the graph alone: :func:`modularity`, :func:`conductance`,
:func:`coverage`, all at once in :func:`graph_scores`. On the embedding alone:
:func:`silhouette`. On the sizes alone: :func:`effective_number_of_clusters`, :func:`cluster_sizes`.

Cluster names mean nothing to any of them, except that -1 means unassigned; each function says
what it does with such items. No function changes what it is given.
"""

from graphclust.metrics.contingency import Contingency, contingency
from graphclust.metrics.cuts import cluster_conductance, conductance, coverage
from graphclust.metrics.information import ami, nmi
from graphclust.metrics.matching import accuracy, macro_f1, match
from graphclust.metrics.modularity import modularity
from graphclust.metrics.pairs import ari
from graphclust.metrics.silhouette import silhouette
from graphclust.metrics.sizes import cluster_sizes, effective_number_of_clusters
from graphclust.metrics.summary import graph_scores, score

__all__ = [
    "Contingency",
    "accuracy",
    "ami",
    "ari",
    "cluster_conductance",
    "cluster_sizes",
    "conductance",
    "contingency",
    "coverage",
    "effective_number_of_clusters",
    "graph_scores",
    "macro_f1",
    "match",
    "modularity",
    "nmi",
    "score",
    "silhouette",
]
