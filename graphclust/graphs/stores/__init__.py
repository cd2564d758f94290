"""Graphs on disk: written by a streaming importer, read whole or in blocks."""

from graphclust.graphs.stores.folder import GraphStore, is_store, open_store
from graphclust.graphs.stores.importing import import_edges

__all__ = ["GraphStore", "import_edges", "is_store", "open_store"]
