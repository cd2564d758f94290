"""Anything that holds a graph, turned into one.

``edges`` and ``node_features`` hold the rules; ``coerce`` reads objects, ``readers`` files,
``datasets`` named data sets; ``generators`` make graphs, ``structural`` makes features.
"""

from graphclust.graphs.graph import Features, Graph

__all__ = ["Features", "Graph"]
