"""The one rule for edges, case by case and against a dense reference."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphclust.errors import InputError
from graphclust.graphs.edges import EdgeList, Nodes, assemble

edges_of_five = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 3)), max_size=30
)


def build(triples, n=5, weighted=True, orientation="directed", reads_direction=True):
    table = np.asarray(triples, dtype=np.float64).reshape(-1, 3)
    ends = table[:, :2].astype(np.int64)
    weight = table[:, 2] if weighted else None
    edges = EdgeList(ends[:, 0], ends[:, 1], weight, orientation)
    return assemble(edges, Nodes(n), reads_direction)


def dense(triples, n=5, weighted=True):
    out = np.zeros((n, n))
    for a, b, w in triples:
        if a != b:
            out[a, b] = out[a, b] + w if weighted else 1
    return out


@given(edges_of_five)
def test_weighted_edges_add_up(triples) -> None:
    given_matrix = dense(triples)
    graph = build(triples)
    ones = bool((given_matrix[given_matrix > 0] == 1).all())
    if np.array_equal(given_matrix, given_matrix.T):
        expected = given_matrix
    elif ones:
        expected = np.maximum(given_matrix, given_matrix.T)
    else:
        expected = given_matrix + given_matrix.T
    np.testing.assert_allclose(graph.adj.to_dense().numpy(), expected)


@given(edges_of_five)
def test_unweighted_edges_count_once(triples) -> None:
    matrix = dense(triples, weighted=False)
    graph = build(triples, weighted=False)
    np.testing.assert_array_equal(graph.adj.to_dense().numpy(), np.maximum(matrix, matrix.T))
    assert graph.adj.weight is None


@given(edges_of_five, st.sampled_from(["undirected", "directed", "unknown", "ignored"]))
def test_what_comes_out_is_always_symmetric_without_loops(triples, orientation) -> None:
    adj = build(triples, orientation=orientation).adj
    matrix = adj.to_dense().numpy()
    np.testing.assert_array_equal(matrix, matrix.T)
    assert not matrix.diagonal().any()
    assert adj.symmetric and (adj.values > 0).all()


def test_an_undirected_edge_weighs_the_same_both_ways() -> None:
    graph = build([(0, 1, 2.0), (1, 0, 3.0)], orientation="undirected")
    assert graph.adj.to_dense()[0, 1] == 5
    assert graph.notes == ("1 repeated edge merged (their weights added)",)


def test_what_was_dropped_is_told() -> None:
    graph = build([(0, 0, 1), (1, 1, 1), (0, 1, 0), (1, 2, 5), (2, 1, 5)])
    assert graph.notes == ("2 self-loops dropped", "1 edge of weight 0 dropped")
    assert graph.n_nodes == 5 and graph.n_edges == 1


def test_a_symmetric_matrix_stays_as_it_is() -> None:
    graph = build([(0, 1, 2.5), (1, 0, 2.5)], reads_direction=False)
    assert graph.adj.to_dense()[0, 1] == 2.5
    assert graph.directed is None


def test_direction_is_kept_for_who_reads_it_and_warned_of_otherwise() -> None:
    graph = build([(0, 1, 2.0), (1, 2, 1.0)])
    assert graph.directed is not None
    assert graph.directed.to_dense()[0, 1] == 2 and graph.directed.to_dense()[1, 0] == 0
    with pytest.warns(UserWarning, match="directed: it is read as A"):
        build([(0, 1, 2.0), (1, 2, 1.0)], reads_direction=False)
    with pytest.warns(UserWarning, match="union"):
        build([(0, 1, 1.0), (1, 2, 1.0)], reads_direction=False, weighted=False)


def test_a_list_is_directed_only_if_some_pairs_stand_both_ways() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one_way = build([(0, 1, 2), (1, 2, 1)], orientation="unknown", reads_direction=False)
        build([(0, 1, 2), (1, 2, 1)], orientation="ignored", reads_direction=False)
    assert one_way.adj.to_dense()[0, 1] == 2
    with pytest.warns(UserWarning, match="directed"):
        build([(0, 1, 2), (1, 0, 2), (1, 2, 1)], orientation="unknown", reads_direction=False)


@pytest.mark.parametrize("weight", [-1.0, np.nan, np.inf])
def test_impossible_weights_are_refused(weight) -> None:
    with pytest.raises(InputError, match="edge from 1 to 2 has weight"):
        build([(0, 1, 1.0), (1, 2, weight)])


@pytest.mark.parametrize("end", [-1, 5])
def test_an_end_out_of_range_is_named(end) -> None:
    with pytest.raises(InputError, match=f"edge 1 joins node 2 to node {end}, but there are 5"):
        build([(0, 1, 1.0), (2, end, 1.0)])


def test_an_empty_graph_is_refused_and_an_edgeless_one_is_not() -> None:
    with pytest.raises(InputError, match="is empty"):
        build([], n=0)
    graph = build([], n=3)
    assert graph.n_nodes == 3 and graph.n_edges == 0
