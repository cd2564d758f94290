"""What holds for every clustering, however its nodes and its clusters are named."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphclust as gc
from graphclust.methods.classical.partition import join_neighbors
from graphclust.metrics import graph_scores, score
from graphclust.sparse import CSR

LABELS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=25)


@given(LABELS, st.permutations(range(4)), st.permutations(range(4)), st.data())
def test_scores_do_not_see_names_or_order(pairs: Any, p: Any, q: Any, data: Any) -> None:
    truth, found = (np.array(part) for part in zip(*pairs, strict=True))
    expected = score(truth, found)
    assert score(np.array(p)[truth], np.array(q)[found]) == pytest.approx(expected)
    words = np.array(["ant", "bee", "cow", "dog"])
    assert score(words[truth], found) == pytest.approx(expected)
    order = np.array(data.draw(st.permutations(range(len(truth)))))
    assert score(truth[order], found[order]) == pytest.approx(expected)
    assert all(value <= 1.0 + 1e-9 for value in expected.values())
    assert all(value == pytest.approx(1.0) for value in score(truth, truth).values())


@given(LABELS, st.permutations(range(4)), st.data())
def test_graph_scores_do_not_see_names_or_order(pairs: Any, p: Any, data: Any) -> None:
    labels = np.array([a for a, _ in pairs])
    n = len(labels)
    graph = nx.gnm_random_graph(n, min(2 * n, n * (n - 1) // 2), seed=sum(b for _, b in pairs))
    adjacency = nx.to_scipy_sparse_array(graph)
    expected = graph_scores(adjacency, labels)
    order = np.array(data.draw(st.permutations(range(n))))
    other = graph_scores(adjacency[order][:, order], np.array(p)[labels][order])
    for key in ("modularity", "conductance", "coverage"):
        assert other[key] == pytest.approx(expected[key], abs=1e-6, nan_ok=True)


@given(st.integers(2, 12), st.integers(0, 20), st.integers(0, 99), st.integers(1, 3))
def test_loose_nodes_join_what_they_are_tied_to(n: int, m: int, seed: int, k: int) -> None:
    import torch

    graph = nx.gnm_random_graph(n, min(m, n * (n - 1) // 2), seed=seed)
    labels = np.random.default_rng(seed).integers(-1, k, n)
    adj = CSR.from_scipy(nx.to_scipy_sparse_array(graph), symmetric=True, weighted=False)
    out = join_neighbors(adj, torch.from_numpy(labels), k).numpy()
    assert np.array_equal(out[labels >= 0], labels[labels >= 0])
    for part in nx.connected_components(graph):
        nodes = sorted(part)
        known = set(labels[nodes].tolist()) - {-1}
        assert set(out[nodes].tolist()) <= (known or {-1})


@pytest.mark.parametrize("method", ["kmeans", "spectral", "leiden"])
def test_permuted_nodes_get_permuted_clusters(method: str) -> None:
    graph = nx.connected_caveman_graph(4, 8)
    for node in graph:
        graph.nodes[node]["x"] = np.eye(4)[node // 8].tolist()
    order = np.random.default_rng(0).permutation(32).tolist()
    other = nx.Graph()
    other.add_nodes_from((node, graph.nodes[node]) for node in order)
    other.add_edges_from(graph.edges)
    first = gc.cluster(graph, 4, method)
    second = gc.cluster(other, 4, method)
    truth = [node // 8 for node in graph]
    for labels in (first, second):
        assert score(truth, [labels[node] for node in graph])["ari"] == pytest.approx(1.0)
