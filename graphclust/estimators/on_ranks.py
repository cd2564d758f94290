"""Fits that several processes share: which there can be, and what each of them is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graphclust.component import Component
from graphclust.errors import InputError
from graphclust.estimators.clusters import check_n_clusters
from graphclust.graphs import Graph
from graphclust.graphs.loaded import fingerprint
from graphclust.methods import Method
from graphclust.methods.base import DeepMethod
from graphclust.ranks import agree, find_ranks
from graphclust.training import Multistage, Run, Simultaneous
from graphclust.training.steps import check_ranks

# What a recipe is checked with where the number of clusters is yet to be chosen.
_PROVISIONAL = 2


def shared(graph: Graph, method: Method, n_clusters: Any, run: Run) -> Graph:
    """Return the graph as one that the run's ranks share; itself where one process has the run.

    Raises
    ------
    InputError
        If the method, or a graph on disk, cannot be shared, or ranks were given different things.
    """
    ranks = run.ranks
    if ranks is None:
        return graph
    agree(
        ranks,
        {
            "method": method.to_config(),
            "n_clusters": str(n_clusters),
            "data": fingerprint(graph),
            "device": run.device.type,
            "seed": run.generator.initial_seed(),
            "checkpoint": run.checkpoint is not None,
        },
    )
    if graph.adj.streamed:
        raise InputError(
            f"{graph.name} is read from disk in blocks, which one process does: start it without "
            "torchrun, or allow more memory by --memory (memory= of open_store)"
        )
    if graph.n_nodes < ranks.size:
        raise InputError(
            f"{graph.name} has {graph.n_nodes} nodes for {ranks.size} ranks: start as many at most"
        )
    _check_method(method, graph, n_clusters)
    return replace(graph, ranks=ranks)


def shared_for_prediction(graph: Graph, method: Method, n_clusters: int) -> Graph:
    """Return a graph as one that the process's ranks share, if there are any and it can be.

    Where it cannot, each rank predicts all of it by itself, which gives the same.

    Raises
    ------
    InputError
        If ranks were given different graphs.
    """
    ranks = find_ranks()
    if ranks is None:
        return graph
    agree(ranks, {"data": fingerprint(graph), "method": method.to_config()})
    if graph.adj.streamed or graph.n_nodes < ranks.size:
        return graph
    try:
        _check_method(method, graph, min(n_clusters, graph.n_nodes))
    except InputError:
        return graph
    return replace(graph, ranks=ranks)


def _check_method(method: Method, graph: Graph, n_clusters: Any) -> None:
    advice = (
        "start it in one process, without torchrun, or take a method that ranks share, such as "
        "dmon, mincut, dgi, default, ssgc or kmeans"
    )
    if not isinstance(method, DeepMethod) or "k" not in method.needs:
        raise InputError(f"{method.name} cannot be shared by several ranks: {advice}")
    k = _PROVISIONAL if n_clusters == "auto" else check_n_clusters(n_clusters, graph.n_nodes)
    recipe = method.compose(graph, k)
    strategy: Component = recipe.strategy
    turns = type(strategy) in (Multistage, Simultaneous)
    if not turns or getattr(strategy, "pretrain", None) is not None:
        raise InputError(
            f"{method.name} cannot be shared by several ranks, since its encoder and head take "
            f"turns ({strategy.name}): {advice}"
        )
    check_ranks(recipe.objective, recipe.encoder, recipe.batches)
