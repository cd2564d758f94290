"""Objects that hold a graph, turned into one."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
import torch
from torch_geometric.data import Data, HeteroData

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.coerce import as_graph, from_adjacency, labels_of
from graphclust.sparse import CSR

KARATE = nx.karate_club_graph()


def matrix(graph: Graph) -> np.ndarray:
    return graph.adj.to_dense().numpy()


def test_networkx_keeps_ids_weights_and_order() -> None:
    g = nx.Graph()
    g.add_node(("far", 1))
    g.add_edge("a", 2.5, weight=3)
    g.add_edge(2.5, frozenset({1}))
    graph = as_graph(g, name="mine")
    assert list(graph.node_ids) == [("far", 1), "a", 2.5, frozenset({1})]
    expected = nx.to_numpy_array(g)
    np.testing.assert_array_equal(matrix(graph), expected)
    assert graph.name == "mine"


def test_networkx_of_every_class() -> None:
    multi = nx.MultiGraph([(0, 1), (0, 1), (1, 2)])
    assert matrix(as_graph(multi))[0, 1] == 1
    weighted = nx.MultiGraph()
    weighted.add_edge(0, 1, weight=2)
    weighted.add_edge(1, 0, weight=3)
    assert matrix(as_graph(weighted))[0, 1] == 5
    with pytest.warns(UserWarning, match="directed"):
        as_graph(nx.DiGraph([(0, 1), (1, 2)]))
    graph = as_graph(nx.MultiDiGraph([(0, 1), (0, 1)]), reads_direction=True)
    assert graph.directed is not None and graph.n_edges == 1
    assert as_graph(nx.subgraph_view(KARATE, filter_node=lambda v: v < 10)).n_nodes == 10


def test_networkx_node_features() -> None:
    g = nx.path_graph(3)
    for v in g:
        g.nodes[v]["x"] = [v, 1.0]
    np.testing.assert_array_equal(as_graph(g).x.numpy(), [[0, 1], [1, 1], [2, 1]])
    del g.nodes[1]["x"]
    with pytest.raises(InputError, match="node 1 has no 'x'"):
        as_graph(g)
    g.nodes[1]["x"] = [1.0]
    with pytest.raises(InputError, match="shape"):
        as_graph(g)


def test_networkx_weight_that_is_no_number() -> None:
    g = nx.Graph()
    g.add_edge("a", "b", weight="heavy")
    with pytest.raises(InputError, match="from 'a' to 'b' has weight 'heavy'"):
        as_graph(g)


def test_igraph_equals_networkx() -> None:
    igraph = pytest.importorskip("igraph")
    names = [f"n{v}" for v in KARATE]
    g = igraph.Graph.from_networkx(KARATE)
    g.vs["name"] = names
    graph = as_graph(g)
    np.testing.assert_array_equal(matrix(graph), nx.to_numpy_array(KARATE))
    assert list(graph.node_ids) == names
    with pytest.warns(UserWarning, match="directed"):
        as_graph(igraph.Graph([(0, 1)], directed=True))


def test_data_with_weights_ids_and_isolated_nodes() -> None:
    index = torch.tensor([[0, 1], [1, 0]])
    data = Data(edge_index=index, edge_weight=torch.tensor([2.0, 2.0]), x=torch.ones(3, 2))
    data.ids = ["a", "b", "c"]
    graph = as_graph(data)
    assert graph.n_nodes == 3 and matrix(graph)[0, 1] == 2
    assert list(graph.node_ids) == ["a", "b", "c"]
    assert matrix(as_graph(Data(edge_index=index, edge_attr=torch.full((2, 1), 4.0))))[1, 0] == 4
    assert as_graph(Data(edge_index=index, edge_attr=torch.ones(2, 3))).adj.weight is None
    assert as_graph(Data(edge_index=index, num_nodes=9)).n_nodes == 9
    assert as_graph(Data(edge_index=index)).n_nodes == 2


def test_labels_never_enter_a_graph() -> None:
    data = Data(edge_index=torch.tensor([[0, 1], [1, 0]]), y=torch.tensor([3, 5]), num_nodes=2)
    graph = as_graph(data)
    assert not any(name == "y" for name in vars(graph))
    np.testing.assert_array_equal(labels_of(data), [3, 5])
    assert labels_of(Data()) is None
    data.y = torch.tensor([[1.0], [float("nan")]])
    np.testing.assert_array_equal(labels_of(data), [1, -1])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (Data(edge_index=torch.tensor([[0, 1, 2]])), "edge_index has shape"),
        (Data(edge_index=torch.tensor([[0], [7]]), x=torch.ones(3, 1)), "edge 0 joins node 0 to"),
        (
            Data(edge_index=torch.tensor([[0], [1]]), edge_weight=torch.ones(3)),
            "edge_weight has 3 entries for 1 edges",
        ),
        (Data(edge_index=torch.zeros(2, 0, dtype=torch.long)), "is empty"),
        (Data(x=torch.ones(3, 2), num_nodes=4), "3 rows for 4 nodes"),
        (Data(x=torch.ones(3, 2), ids=["a", "b"]), "2 ids for 3 nodes"),
        (Data(x=torch.ones(2, 2), ids=["a", "a"]), "one id of its own"),
        (HeteroData(), "HeteroData"),
        (nx.Graph(), "is empty"),
        (np.eye(3), "from_adjacency"),
        ("cora", "is not a graph"),
        (None, "is not a graph"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(data, message) -> None:
    with pytest.raises(InputError, match=message) as caught:
        as_graph(data)
    assert "\n" not in str(caught.value)


A = nx.to_scipy_sparse_array(KARATE, weight="weight", dtype=float)


@pytest.mark.parametrize(
    "adjacency",
    [
        A,
        sp.coo_matrix(A),
        A.toarray(),
        torch.tensor(A.toarray()),
        torch.tensor(A.toarray()).to_sparse(),
    ],
)
def test_from_adjacency_of_every_kind(adjacency) -> None:
    data = from_adjacency(adjacency, x=np.ones((34, 2)), y=range(34), ids=range(100, 134))
    graph = as_graph(data)
    np.testing.assert_array_equal(matrix(graph), A.toarray())
    assert graph.x.shape == (34, 2) and graph.node_ids[0] == 100
    assert labels_of(data)[33] == 33


def test_from_adjacency_keeps_sparse_features_sparse() -> None:
    x = sp.random(34, 300, density=0.02, random_state=0)
    graph = as_graph(from_adjacency(A, x=x))
    assert isinstance(graph.x, CSR)
    np.testing.assert_allclose(graph.x.to_dense().numpy(), x.toarray(), rtol=1e-6)


def test_from_adjacency_refuses_what_does_not_fit() -> None:
    with pytest.raises(InputError, match="square"):
        from_adjacency(np.ones((2, 3)))
    with pytest.raises(InputError, match="y has 3 entries for 34 nodes"):
        from_adjacency(A, y=[1, 2, 3])
    with pytest.raises(InputError, match="3 rows for 34 nodes"):
        from_adjacency(A, x=np.ones((3, 3)))
    with pytest.raises(InputError, match="square matrix"):
        from_adjacency(np.asarray([["a"]]))
    with pytest.raises(InputError, match="weight nan"):
        as_graph(from_adjacency(np.array([[0, np.nan], [np.nan, 0]])))
