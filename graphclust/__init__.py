"""Deep clustering of graphs, and of anything that can be brought in as a graph.

>>> import networkx as nx
>>> import graphclust as gc
>>> labels = gc.cluster(nx.les_miserables_graph(), n_clusters=5, method="spectral")
>>> labels["Valjean"] == labels["Cosette"]
True
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Looked up on first use, so that importing the package (and `graphclust --help`) stays instant.
_LAZY = {
    "NodeClusterer": "graphclust.estimators",
    "cluster": "graphclust.estimators",
    "load": "graphclust.estimators",
    "load_dataset": "graphclust.graphs.datasets",
    "from_adjacency": "graphclust.graphs.coerce",
    "import_edges": "graphclust.graphs.stores",
    "open_store": "graphclust.graphs.stores",
    "InputError": "graphclust.errors",
}
_MODULES = (
    "bench",
    "encoders",
    "estimators",
    "graphs",
    "heads",
    "methods",
    "metrics",
    "neighbors",
    "objectives",
    "ranks",
    "report",
    "selection",
    "sparse",
    "training",
)

if TYPE_CHECKING:
    from graphclust.errors import InputError as InputError
    from graphclust.estimators import NodeClusterer as NodeClusterer
    from graphclust.estimators import cluster as cluster
    from graphclust.estimators import load as load
    from graphclust.graphs.coerce import from_adjacency as from_adjacency
    from graphclust.graphs.datasets import load_dataset as load_dataset
    from graphclust.graphs.stores import import_edges as import_edges
    from graphclust.graphs.stores import open_store as open_store

__all__ = ["__version__", *sorted(_LAZY), *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = getattr(import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
