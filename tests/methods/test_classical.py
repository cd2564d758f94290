"""Leiden at k: as many communities as asked for, whatever resolution that takes."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

import graphclust as gc
from graphclust.graphs.coerce import as_graph
from graphclust.graphs.communities import leiden
from graphclust.methods.classical import leiden_at_k
from graphclust.methods.classical.leiden_at_k import communities_at, communities_from, merged
from graphclust.metrics import score


def cliques(number: int, size: int = 6):
    return as_graph(nx.connected_caveman_graph(number, size)).adj


@pytest.mark.parametrize("k", [2, 3, 6, 12])
def test_it_gives_k(k) -> None:
    found = communities_at(cliques(12), k, seed=0)
    assert set(found.tolist()) == set(range(k))


def test_a_search_goes_on_where_another_ended(monkeypatch) -> None:
    adj, tried = cliques(12), []

    def counted(adj, resolution: float, seed: int) -> np.ndarray:
        tried.append(resolution)
        return leiden(adj, resolution, seed)

    monkeypatch.setattr(leiden_at_k, "leiden", counted)
    found, resolution = communities_from(adj, 6, 0, 1.0)
    assert len(tried) > 1
    tried.clear()
    again, same = communities_from(adj, 6, 0, resolution)
    assert tried == [resolution] == [same]
    assert np.array_equal(found, again)


def test_whole_cliques_are_found_and_joined_whole() -> None:
    truth = np.arange(12 * 6) // 6
    assert score(truth, communities_at(cliques(12), 12, seed=0))["ari"] == 1.0
    for labels in communities_at(cliques(12), 4, seed=0).reshape(12, 6):
        assert len(set(labels.tolist())) == 1


def test_components_are_not_joined() -> None:
    graph = nx.disjoint_union_all([nx.complete_graph(4)] * 5)
    found = communities_at(as_graph(graph).adj, 2, seed=0)
    assert len(set(found.tolist())) == 5


def test_merging_takes_the_pair_that_costs_least() -> None:
    # Two pairs of cliques: much between the two of a pair, little between the pairs.
    graph = nx.disjoint_union_all([nx.complete_graph(5)] * 4)
    graph.add_edges_from([(i, 5 + i) for i in range(4)] + [(10 + i, 15 + i) for i in range(4)])
    graph.add_edge(0, 10)
    labels = np.arange(20) // 5
    assert merged(as_graph(graph).adj, labels, 2).tolist() == [0] * 10 + [1] * 10


def test_by_name_and_the_same_for_the_same_seed() -> None:
    model = gc.NodeClusterer(3, "leiden_at_k", random_state=3)
    G = nx.les_miserables_graph()
    first = model.fit_predict(G)
    assert model.n_clusters_ == 3
    assert np.array_equal(first, gc.NodeClusterer(3, "leiden_at_k", random_state=3).fit_predict(G))
