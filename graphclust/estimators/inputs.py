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
from graphclust.graphs.rows import graph_of_rows
from graphclust.graphs.stores import GraphStore
from graphclust.sparse import CSR


def to_graph(source: Any, reads_direction: bool = False) -> Graph:
    """Return the graph of a Data, networkx or igraph object or a store, or an array's kNN graph.

    Raises
    ------
    InputError
        If there is nothing in it, or a value that is not finite.
    """
    if isinstance(source, Graph):
        return source
    if isinstance(source, GraphStore):
        return source.graph(reads_direction)
    if is_matrix(source):
        return features_graph(source)
    return as_graph(source, reads_direction=reads_direction)


def is_matrix(source: Any) -> bool:
    """Whether an object is an array, a data frame, a list of rows or a sparse matrix."""
    return (
        isinstance(source, (list, tuple, torch.Tensor))
        or sp.issparse(source)
        or hasattr(source, "__array__")
    )


def features_graph(source: Any) -> Graph:
    """Return the kNN graph of a matrix of features, its rows as node features."""
    return graph_of_rows(feature_tensor(source))


def feature_tensor(source: Any) -> torch.Tensor:
    """Return a matrix of features as a finite float32 tensor, dense.

    Raises
    ------
    InputError
        If it is not a matrix of finite numbers with a row and a column.
    """
    if isinstance(source, CSR):
        source = source.to_scipy()
    if not isinstance(source, torch.Tensor) and not sp.issparse(source):
        source = _array(source)
    shape = tuple(source.shape)
    if len(shape) == 1 and shape[0]:
        raise InputError(
            f"the features have shape {shape}, but a row for each item is needed. Reshape your "
            "data: X.reshape(-1, 1) is one feature of many items"
        )
    if 0 in shape:
        what = "sample" if shape[0] == 0 else "feature"
        raise InputError(
            f"the features are empty: 0 {what}(s) (shape={shape}) while a minimum of 1 is "
            "required. Give a row an item"
        )
    x = node_features(source, None, "array")
    assert x is not None
    return x.to_dense() if isinstance(x, CSR) else x


def _array(source: Any) -> Any:
    try:
        return np.asarray(source)
    except ValueError as error:  # rows of unlike length
        raise InputError(f"the features are not a matrix of numbers ({error})") from error
