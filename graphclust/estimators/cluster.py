"""One line: a graph in, a label for every node out."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from graphclust.estimators.node_clusterer import DEFAULT_METHOD, NodeClusterer
from graphclust.methods import Method


def cluster(
    source: Any,
    n_clusters: int | str = "auto",
    method: str | Method = DEFAULT_METHOD,
    random_state: int | None = 0,
) -> dict[Hashable, int]:
    """Cluster the nodes of a graph.

    Parameters
    ----------
    source : networkx or igraph graph, Data, or matrix of features
    n_clusters : int or "auto"
    method : str or Method
    random_state : int, optional

    Returns
    -------
    dict
        The cluster of each node, by the user's own id; -1 is unassigned.

    Examples
    --------
    >>> import networkx as nx
    >>> import graphclust as gc
    >>> labels = gc.cluster(nx.karate_club_graph(), n_clusters=2, method="spectral")
    >>> labels[0] != labels[33]
    True
    """
    model = NodeClusterer(n_clusters, method, random_state=random_state).fit(source)
    return dict(zip(model.node_ids_, model.labels_.tolist(), strict=True))
