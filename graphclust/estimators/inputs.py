"""What a user may hand to an estimator, turned into a graph; arrays are features."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
import torch

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.coerce import as_graph
from graphclust.graphs.node_features import node_features
from graphclust.neighbors import knn_graph
from graphclust.sparse import CSR

NEIGHBORS = 15


def to_graph(source: Any, reads_direction: bool = False) -> Graph:
    """Return the graph of a Data, networkx or igraph object, or the kNN graph of an array.

    Raises
    ------
    InputError
        If there is nothing in it, or a value that is not finite.
    """
    if isinstance(source, Graph):
        return source
    if isinstance(source, (np.ndarray, list, torch.Tensor)) or sp.issparse(source):
        return features_graph(source)
    return as_graph(source, reads_direction=reads_direction)


def features_graph(source: Any) -> Graph:
    """Return the kNN graph of a matrix of features, its rows as node features."""
    x = feature_tensor(source)
    k = min(NEIGHBORS, x.shape[0] - 1)
    if k < 1:
        adj = CSR.from_scipy(sp.csr_array((x.shape[0], x.shape[0])), symmetric=True)
    else:
        adj = knn_graph(x, k=k)
    return Graph(adj, x, name="array", notes=(f"kNN graph of {x.shape[0]} rows, k = {k}",))


def feature_tensor(source: Any) -> torch.Tensor:
    """Return a matrix of features as a finite float32 tensor, dense.

    Raises
    ------
    InputError
        If it is not a matrix of finite numbers with a row and a column.
    """
    x = node_features(source, None, "array")
    if x is None or 0 in x.shape:
        raise InputError(f"the features are empty (shape {np.shape(source)}): give a row an item")
    return x.to_dense() if isinstance(x, CSR) else x
