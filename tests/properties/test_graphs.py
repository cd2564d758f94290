"""What holds for every graph, however it is brought in."""

from __future__ import annotations

import gzip
import tempfile
import warnings
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import numpy as np
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import graphclust as gc
from graphclust.graphs.coerce import as_graph, from_adjacency
from graphclust.graphs.readers import read_source
from graphclust.methods.classical.partition import json_id, positions
from graphclust.sparse import CSR

NAMES = st.one_of(
    st.integers(-5, 40),
    st.text("abcäß -'", min_size=1, max_size=4),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.frozensets(st.integers(0, 3), max_size=2),
)


@st.composite
def graphs(draw: Any, names: Any = NAMES, directed: bool | None = None, least: int = 1) -> Any:
    """Draw a networkx graph of any class: self-loops, parallel edges, isolated nodes, weights."""
    nodes = draw(st.lists(names, min_size=least, max_size=9, unique=True))
    is_directed = draw(st.booleans()) if directed is None else directed
    several = draw(st.booleans())
    kind = {
        (False, False): nx.Graph,
        (True, False): nx.DiGraph,
        (False, True): nx.MultiGraph,
        (True, True): nx.MultiDiGraph,
    }[is_directed, several]
    graph = kind()
    graph.add_nodes_from(nodes)
    ends = st.tuples(st.sampled_from(nodes), st.sampled_from(nodes))
    weighted = draw(st.booleans())
    for a, b in draw(st.lists(ends, max_size=20)):
        if weighted:
            graph.add_edge(a, b, weight=draw(st.sampled_from([0.5, 1.0, 2.0, 7.25])))
        else:
            graph.add_edge(a, b)
    return graph


def read(source: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # direction is lost on purpose
        return as_graph(source)


def dense(source: Any) -> np.ndarray:
    return read(source).adj.to_dense().numpy()


@given(graphs())
def test_every_node_once_no_loop_symmetric_and_as_networkx_has_it(graph: Any) -> None:
    out = read(graph)
    assert list(out.node_ids) == list(graph)
    matrix = out.adj.to_dense().numpy()
    assert np.array_equal(matrix, matrix.T) and not matrix.diagonal().any()
    weighted = any(w is not None for *_, w in graph.edges(data="weight"))
    expected = nx.to_numpy_array(graph)
    np.fill_diagonal(expected, 0.0)
    if not weighted:
        expected = (expected > 0).astype(float)
    if graph.is_directed() and not np.array_equal(expected, expected.T):
        expected = expected + expected.T
        expected = expected if weighted else (expected > 0).astype(float)
    np.testing.assert_allclose(matrix, expected)


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_nodes_permutes_rows_and_nothing_else(graph: Any, random: Any) -> None:
    order = list(graph)
    random.shuffle(order)
    other = graph.__class__()
    other.add_nodes_from(order)
    other.add_edges_from(graph.edges(data=True))
    at = [order.index(node) for node in graph]
    np.testing.assert_allclose(dense(other)[np.ix_(at, at)], dense(graph))


@given(graphs(st.integers(0, 40)), st.randoms(use_true_random=False))
def test_new_names_change_the_ids_alone(graph: Any, random: Any) -> None:
    renamed = nx.relabel_nodes(graph, {node: ("node", node) for node in graph})
    assert [("node", node) for node in graph] == list(read(renamed).node_ids)
    np.testing.assert_array_equal(dense(renamed), dense(graph))


@given(graphs(st.integers(0, 40), directed=False))
def test_every_way_in_gives_the_same_matrix(graph: Any) -> None:
    plain = nx.Graph()
    plain.add_nodes_from(graph)
    plain.add_edges_from((a, b) for a, b, *_ in graph.edges)
    expected = dense(plain)
    matrix = nx.to_scipy_sparse_array(plain)
    ways: list[Any] = [
        igraph.Graph.from_networkx(plain),
        from_adjacency(matrix),
        from_adjacency(matrix.toarray()),
        from_adjacency(torch.from_numpy(matrix.toarray())),
        from_adjacency(torch.from_numpy(matrix.toarray()).to_sparse()),
        gc.graphs.loaded.Loaded(read(plain)).to_data(),
        read(plain),
    ]
    for source in ways:
        np.testing.assert_array_equal(dense(source), expected)


@given(graphs(st.integers(0, 40)))
def test_degrees_are_the_sums_of_rows(graph: Any) -> None:
    out = read(graph)
    np.testing.assert_allclose(out.adj.degree.numpy(), out.adj.to_dense().sum(1).numpy(), rtol=1e-6)
    total = float(out.adj.degree.sum())
    kept = [(a, b) for a, b, *_ in graph.edges if a != b]
    assert (total == 0) == (not kept)


@given(
    st.integers(1, 7),
    st.integers(1, 7),
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 9)), max_size=25),
)
def test_compressed_rows_come_back_as_they_were(n: int, m: int, entries: list) -> None:
    inside = [(i, j, v) for i, j, v in entries if i < n and j < m]
    row, col, value = (
        (np.array(part) for part in zip(*inside, strict=True)) if inside else ([],) * 3
    )
    matrix = sp.csr_array(sp.coo_array((np.asarray(value, float), (row, col)), shape=(n, m)))
    out = CSR.from_scipy(matrix)
    assert out.shape == (n, m) and out.nnz == matrix.nnz
    np.testing.assert_array_equal(out.to_scipy().toarray(), matrix.toarray())
    np.testing.assert_array_equal(out.to_dense().numpy(), matrix.toarray())
    np.testing.assert_array_equal(out.transpose().to_dense().numpy(), matrix.toarray().T)
    np.testing.assert_array_equal(out.transpose().transpose().to_dense(), out.to_dense())
    rebuilt = CSR.from_edges(out.row, out.col, out.weight, out.shape)
    np.testing.assert_array_equal(rebuilt.to_dense(), out.to_dense())
    rows = torch.arange(n).flip(0)
    np.testing.assert_array_equal(out.take_rows(rows).to_dense(), out.to_dense().flip(0))


WORDS = st.text("abcxyzäß_-.", min_size=1, max_size=5).filter(lambda w: w[0].isalpha())


@settings(max_examples=40)
@given(
    graphs(st.one_of(WORDS, st.just("q")), directed=False, least=2),
    st.sampled_from([(".csv", ","), (".tsv", "\t"), (".txt", " "), (".csv", ";")]),
    st.booleans(),
    st.booleans(),
)
def test_an_edge_list_comes_back_as_it_was(
    graph: Any, form: tuple[str, str], header: bool, zipped: bool
) -> None:
    suffix, delimiter = form
    if not any(a != b for a, b, *_ in graph.edges):
        return
    rows = [(a, b, d.get("weight")) for a, b, d in graph.edges(data=True)]
    if any(w is not None for *_, w in rows):
        header = header and delimiter != " "
    lines = [delimiter.join(str(v) for v in row if v is not None) for row in rows]
    if header:
        lines.insert(
            0, delimiter.join(["source", "target", "weight"][: lines[0].count(delimiter) + 1])
        )
    content = ("\n".join(lines) + "\n").encode()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parallel edges may stand in both directions
        path = Path(folder, f"g{suffix}{'.gz' if zipped else ''}")
        path.write_bytes(gzip.compress(content) if zipped else content)
        loaded = read_source(path, kind="graph").graph
    touched = graph.edge_subgraph(graph.edges) if not graph.is_multigraph() else graph
    listed = [node for edge in touched.edges for node in edge[:2]]
    assert set(loaded.node_ids) == set(listed)
    order = list(loaded.node_ids)
    expected = dense(graph.subgraph(order))
    at = [list(graph.subgraph(order)).index(node) for node in order]
    np.testing.assert_allclose(loaded.adj.to_dense().numpy(), expected[np.ix_(at, at)])


@given(st.lists(NAMES, min_size=1, max_size=8, unique=True), st.data())
def test_ids_are_found_again_after_json(names: list[Hashable], data: Any) -> None:
    known = [json_id(name) for name in names]
    asked = data.draw(st.lists(st.sampled_from(names), max_size=8))
    assert positions(asked, known, len(known)).tolist() == [names.index(a) for a in asked]
    assert positions(["not among them"], known, len(known)).tolist() == [-1]
