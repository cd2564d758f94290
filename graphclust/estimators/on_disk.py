"""Fits on graphs that are read from disk in blocks: which there can be, and what they leave."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.encoders.decoupled import Decoupled
from graphclust.encoders.in_blocks import refusal
from graphclust.encoders.layered import Layered
from graphclust.errors import InputError
from graphclust.estimators.clusters import check_n_clusters
from graphclust.graphs import Graph
from graphclust.methods import Method
from graphclust.methods.base import DeepMethod, Recipe
from graphclust.ondisk import StoredRows
from graphclust.training import Iterative, Rows

# Entries from which on metrics read blocks of rows.
_MANY = 1 << 24


def check_streams(method: Method, graph: Graph, n_clusters: Any) -> None:
    """Refuse, before anything is computed, what cannot be done without the graph in memory.

    A method can if it is a recipe whose parts split by rows or by columns, see
    :mod:`graphclust.encoders.in_blocks`, and that trains nothing; or in batches an encoder of
    layers, or one that propagates once, in batches of rows. Its head must take rows on disk.

    Raises
    ------
    InputError
        Naming the part that needs the whole graph, or what is missing.
    """
    if not isinstance(method, DeepMethod):
        raise refusal(method)
    if graph.x is None:
        raise InputError(
            f"{graph.name} has no features, and they can only be made from its edges in memory: "
            "import it with --features, or allow more by --memory (memory= of open_store)"
        )
    if n_clusters == "auto":
        raise InputError(
            f"n_clusters='auto' is chosen with all of {graph.name} in memory, which is larger than "
            "what is allowed: give their number, or allow more by --memory (memory= of open_store)"
        )
    recipe = method.compose(graph, check_n_clusters(n_clusters, graph.n_nodes))
    parts: list[Any] = [*recipe.before, recipe.encoder, *recipe.after]
    if recipe.objective is not None:
        _check_trains(method, recipe)
        parts.remove(recipe.encoder)
    for part in parts:
        if part.splits == "whole":
            raise refusal(part)
    if not recipe.head.streams:
        raise refusal(recipe.head)


def _check_trains(method: Method, recipe: Recipe) -> None:
    if recipe.batches is None and isinstance(recipe.encoder, Layered):
        raise InputError(
            f"{method.shown_name} (method) trains on the whole graph, and the store is larger than "
            "what is allowed: train it in batches of nodes (--set batch_size=4096, "
            "methods.InBatches), or allow more by --memory (memory= of open_store)"
        )
    kind: type = Decoupled if isinstance(recipe.batches, Rows) else Layered
    if not isinstance(recipe.encoder, kind) or isinstance(recipe.strategy, Iterative):
        raise refusal(method)


def as_array(values: Any) -> NDArray[np.float32]:
    """Return a tensor as an array, and rows on disk as a memory-mapped one."""
    if isinstance(values, StoredRows):
        return values.array()
    out: NDArray[np.float32] = values.float().cpu().numpy()
    return out


def row_blocks(adj: Any) -> Any:
    """Return an adjacency as the metrics take it: a scipy matrix, or blocks of its rows.

    Of many entries, what a metric makes of each would take several times their memory.
    """
    return adj.row_blocks() if adj.streamed or adj.nnz > _MANY else adj.to_scipy()
