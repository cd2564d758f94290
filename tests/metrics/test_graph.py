"""Graph metrics beside networkx, and the rules where networkx has none."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphclust.errors import InputError
from graphclust.metrics import (
    cluster_conductance,
    conductance,
    coverage,
    graph_scores,
    modularity,
)

patient = settings(deadline=None, max_examples=60)
Case = tuple[nx.Graph, np.ndarray]


@st.composite
def weighted_graphs(draw: st.DrawFn) -> Case:
    """Graphs with weights, self-loops, isolated nodes and several components."""
    n = draw(st.integers(2, 12))
    node, weight = st.integers(0, n - 1), st.sampled_from([0.25, 0.5, 1.0, 2.0, 3.5])
    edges = draw(st.lists(st.tuples(node, node, weight), min_size=1, max_size=25))
    labels = draw(st.lists(st.integers(-1, 3), min_size=n, max_size=n))
    graph = nx.empty_graph(n)
    graph.add_weighted_edges_from(edges)
    return graph, np.array(labels)


def adjacency(graph: nx.Graph) -> sp.csr_array:
    return nx.to_scipy_sparse_array(graph, nodelist=range(len(graph)), format="csr")


def communities(labels: np.ndarray) -> list[set[int]]:
    """The clusters as sets; an unassigned node stands alone."""
    groups = [set(np.flatnonzero(labels == c).tolist()) for c in np.unique(labels[labels >= 0])]
    return groups + [{i} for i in np.flatnonzero(labels < 0).tolist()]


@patient
@given(weighted_graphs(), st.sampled_from([0.0, 0.5, 1.0, 2.0]))
def test_modularity_equals_networkx(case: Case, resolution: float) -> None:
    graph, labels = case
    expected = nx.community.modularity(
        graph, communities(labels), weight="weight", resolution=resolution
    )
    assert modularity(adjacency(graph), labels, resolution) == pytest.approx(expected, abs=1e-9)


@patient
@given(weighted_graphs())
def test_conductance_equals_networkx(case: Case) -> None:
    graph, labels = case
    expected = []
    for group in communities(labels)[: np.unique(labels[labels >= 0]).size]:
        rest = set(graph) - group
        cut = nx.cut_size(graph, group, rest, weight="weight") if rest else 0
        # networkx divides 0 by 0 where no edge leaves; the rule here is 0.
        expected.append(nx.conductance(graph, group, weight="weight") if cut else 0.0)
    found = cluster_conductance(adjacency(graph), labels)
    assert found == pytest.approx(expected, abs=1e-9)
    if expected:
        assert conductance(adjacency(graph), labels) == pytest.approx(np.mean(expected))
        assert conductance(adjacency(graph), labels, "max") == pytest.approx(max(expected))


@patient
@given(weighted_graphs())
def test_coverage_equals_networkx_and_brute_force(case: Case) -> None:
    graph, labels = case
    alone = np.where(labels < 0, -1 - np.arange(labels.size), labels)
    inside = sum(w for u, v, w in graph.edges(data="weight") if alone[u] == alone[v])
    total = sum(w for _, _, w in graph.edges(data="weight"))
    assert coverage(adjacency(graph), labels) == pytest.approx(inside / total)
    counts = adjacency(graph).copy()
    counts.data[:] = 1.0
    expected = nx.community.partition_quality(graph, communities(labels))[0]
    assert coverage(counts, labels) == pytest.approx(expected)


@patient
@given(weighted_graphs(), st.randoms(use_true_random=False))
def test_names_and_order_mean_nothing(case: Case, random: object) -> None:
    graph, labels = case
    order = list(range(labels.size))
    random.shuffle(order)  # type: ignore[attr-defined]
    matrix = adjacency(graph)
    renamed = np.where(labels == -1, -1, np.array([7, -3, 0, 2])[labels])
    before = graph_scores(matrix, labels)
    assert graph_scores(matrix, renamed) == pytest.approx(before, abs=1e-12)
    assert graph_scores(matrix[order][:, order], labels[order]) == pytest.approx(before, abs=1e-12)


@patient
@given(weighted_graphs())
def test_inputs_are_left_alone(case: Case) -> None:
    graph, labels = case
    matrix = adjacency(graph)
    for array in (matrix.data, matrix.indices, matrix.indptr, labels):
        array.flags.writeable = False
    graph_scores(matrix, labels)


def test_one_self_loop_of_weight_two() -> None:
    """By hand: m = 1 + 2, degrees 1 + 2 * 2 = 5 and 1, all in one cluster or apart."""
    matrix = sp.csr_array(np.array([[2.0, 1.0], [1.0, 0.0]]))
    assert modularity(matrix, [0, 1]) == pytest.approx(2 / 3 - (5 / 6) ** 2 - (1 / 6) ** 2)
    assert modularity(matrix, [0, 0]) == pytest.approx(0.0)
    assert coverage(matrix, [0, 1]) == pytest.approx(2 / 3)
    assert cluster_conductance(matrix, [0, 1]).tolist() == [1.0, 1.0]


def test_karate_club_halves() -> None:
    graph = nx.karate_club_graph()
    labels = [int(graph.nodes[v]["club"] == "Officer") for v in graph]
    groups = communities(np.array(labels))
    assert modularity(adjacency(graph), labels) == pytest.approx(
        nx.community.modularity(graph, groups)
    )


def test_graphs_without_edges_have_no_cut() -> None:
    scores = graph_scores(sp.csr_array((3, 3)), [0, 1, -1])
    assert scores == {
        "modularity": 0.0,
        "conductance": 0.0,
        "conductance_max": 0.0,
        "coverage": 1.0,
    }
    assert graph_scores(sp.csr_array((3, 3)), [-1, -1, -1])["conductance"] == 0.0


def test_single_precision_and_integer_weights() -> None:
    matrix = adjacency(nx.karate_club_graph())
    labels = np.arange(34) % 3
    expected = graph_scores(matrix.astype(np.float64), labels)
    assert graph_scores(matrix.astype(np.float32), labels) == pytest.approx(expected)
    assert graph_scores(matrix.astype(np.int32), labels) == pytest.approx(expected)
    assert graph_scores(sp.coo_matrix(matrix), labels) == pytest.approx(expected)


def ring(n: int) -> sp.csr_array:
    """A directed ring: rows and columns have equal sums, and yet it is not symmetric."""
    return sp.csr_array((np.ones(n), (np.arange(n), (np.arange(n) + 1) % n)), shape=(n, n))


@pytest.mark.parametrize(
    ("matrix", "labels", "message"),
    [
        (np.eye(2), [0, 1], "scipy sparse"),
        (sp.csr_array((2, 3)), [0, 1], "square"),
        (sp.csr_array((2, 2)), [0, 1, 1], "3 entries and the graph 2 nodes"),
        (sp.csr_array(-np.eye(2)), [0, 1], "negative"),
        (sp.csr_array(np.diag([np.nan, 1])), [0, 1], "NaN"),
        (sp.csr_array(1j * np.eye(2)), [0, 1], "real numbers"),
        (ring(3), [0, 1, 1], "not symmetric"),
        (ring(1000), np.zeros(1000), "not symmetric"),
    ],
)
def test_errors_say_what_to_do(matrix: object, labels: object, message: str) -> None:
    for metric in (modularity, cluster_conductance, conductance, coverage, graph_scores):
        with pytest.raises(InputError, match=message):
            metric(matrix, labels)


@pytest.mark.parametrize("resolution", [-1.0, np.nan, np.inf])
def test_resolution_must_be_a_number_of_at_least_zero(resolution: float) -> None:
    with pytest.raises(InputError, match="resolution"):
        modularity(sp.csr_array((2, 2)), [0, 1], resolution)
