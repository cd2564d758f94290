"""What a partition saves in describing a graph, beside the formula written out."""

from __future__ import annotations

import math
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphclust.selection import evidence


def by_hand(graph: nx.Graph, labels: list[int]) -> float:
    """The formula, from the graph's edges one by one."""
    n, k, m = len(graph), len(set(labels)), graph.number_of_edges()
    inside = sum(labels[u] == labels[v] for u, v in graph.edges)
    volumes = [sum(d for v, d in graph.degree if labels[v] == c) for c in set(labels)]
    offered = (2 * m) ** 2 / 2
    offered_inside = sum(v**2 for v in volumes) / 2
    sizes = [labels.count(c) for c in set(labels)]
    gain = sum(
        count * math.log(count / space)
        for count, space in ((inside, offered_inside), (m - inside, offered - offered_inside))
        if count
    ) - m * math.log(m / offered)
    code = math.log(m + 1) + math.log(math.factorial(n)) + math.log(math.comb(n - 1, k - 1))
    return gain - code + sum(math.log(math.factorial(s)) for s in sizes) - math.log(n)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(3, 14), st.integers(2, 4))
def test_equals_the_formula(seed: int, n: int, k: int) -> None:
    generator = np.random.default_rng(seed)
    graph = nx.gnm_random_graph(n, 2 * n, seed=seed)
    labels = generator.integers(k, size=n)
    labels[:2] = 0, 1
    matrix = nx.to_scipy_sparse_array(graph, format="csr")
    expected = by_hand(graph, labels.tolist())
    assert evidence(matrix, labels) == pytest.approx(expected, abs=1e-8)
    names = np.array([9, 4, 7, 2])
    assert evidence(matrix, names[labels]) == pytest.approx(expected, abs=1e-8)
    assert evidence(matrix * 1000.0, labels) == pytest.approx(expected, abs=1e-6)


def test_nothing_is_saved_by_one_cluster_or_without_edges() -> None:
    assert evidence(nx.to_scipy_sparse_array(nx.karate_club_graph()), [0] * 34) == 0.0
    assert evidence(sp.csr_array((4, 4)), [0, 0, 1, 1]) == 0.0


def test_communities_are_worth_more_the_more_edges_they_hold() -> None:
    labels = np.arange(200) // 50
    values = [
        evidence(
            nx.to_scipy_sparse_array(nx.planted_partition_graph(4, 50, p, 0.02, seed=0)), labels
        )
        for p in (0.02, 0.1, 0.2, 0.4)
    ]
    assert all(a < b for a, b in pairwise(values))
    assert values[0] < 0 < values[-1]


def test_unassigned_nodes_stand_alone() -> None:
    matrix = nx.to_scipy_sparse_array(nx.karate_club_graph())
    labels = np.arange(34) % 3
    alone = labels.copy()
    labels[[3, 7]] = -1
    alone[[3, 7]] = 5, 6
    assert evidence(matrix, labels) == pytest.approx(evidence(matrix, alone))
