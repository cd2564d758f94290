"""Anything that holds a graph, turned into one."""

from graphclust.graphs.graph import Features, Graph

__all__ = ["Features", "Graph"]
