"""Many graphs as one: what becomes of edges, features and graphs without either."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Batch, Data

from graphclust.errors import InputError
from graphclust.graphs.blocks import Blocks
from graphclust.graphs.graph_sets import loaded_graphs
from graphclust.graphs.many import as_graph_set
from graphclust.objectives.graph_augmentation import (
    DropNodes,
    MaskAttributes,
    OneOf,
    PerturbEdges,
    Subgraph,
)


def ring(n: int, **more) -> Data:
    """Return a ring with features, each edge described by the sum of its ends."""
    i = torch.arange(n)
    j = (i + 1) % n
    index = torch.cat([torch.stack([i, j]), torch.stack([j, i])], dim=1)
    attr = (index[0] + index[1]).float()[:, None]
    return Data(x=i.float()[:, None], edge_index=index, edge_attr=attr, **more)


def rings() -> list[Data]:
    return [ring(n, id=f"ring {n}") for n in (5, 3, 7)]


def test_nodes_edges_ids_and_edge_features_stay_with_their_graph() -> None:
    graphs = as_graph_set(rings())
    assert graphs.n_items == len(graphs) == 3
    assert list(graphs.item_ids) == ["ring 5", "ring 3", "ring 7"]
    assert graphs.adj.sizes.tolist() == [5, 3, 7]
    assert graphs.n_edges == 15
    adj = graphs.adj
    inside = torch.arange(graphs.n_nodes) - adj.ptr[adj.graph_of]
    ends = inside[adj.row.long()] + inside[adj.col.long()]
    assert torch.equal(adj.edge_attr[:, 0], ends.float())
    assert bool((adj.graph_of[adj.row.long()] == adj.graph_of[adj.col.long()]).all())


def test_chosen_graphs_are_the_same_graphs() -> None:
    graphs = as_graph_set(rings())
    some = graphs.choose(torch.tensor([2, 0]))
    assert list(some.item_ids) == ["ring 7", "ring 5"]
    alone = as_graph_set([rings()[2], rings()[0]])
    assert torch.equal(some.adj.to_dense(), alone.adj.to_dense())
    assert torch.equal(some.x, alone.x)
    assert torch.equal(some.adj.edge_attr, alone.adj.edge_attr)
    assert torch.equal(graphs[1].adj.to_dense(), 1 - torch.eye(3))


def test_a_batch_a_list_and_networkx_graphs_are_read_alike() -> None:
    plain = [Data(edge_index=ring(n).edge_index, num_nodes=n) for n in (4, 6)]
    wanted = as_graph_set(plain).adj.to_dense()
    assert torch.equal(as_graph_set(Batch.from_data_list(plain)).adj.to_dense(), wanted)
    cycles = [nx.cycle_graph(4), nx.cycle_graph(6)]
    read = as_graph_set(cycles).adj.to_dense()
    assert torch.equal(read, wanted)


def test_empty_edgeless_and_single_graphs_keep_their_place() -> None:
    none = torch.zeros(2, 0, dtype=torch.int64)
    empty = Data(x=torch.zeros(0, 1), edge_index=none)
    single = Data(x=torch.ones(1, 1), edge_index=none)
    loose = Data(x=torch.ones(4, 1), edge_index=none)
    graphs = as_graph_set([empty, single, Data(x=ring(3).x, edge_index=ring(3).edge_index), loose])
    assert graphs.adj.sizes.tolist() == [0, 1, 3, 4]
    assert graphs.adj.counts.tolist() == [0, 2, 2, 2, 0, 0, 0, 0]
    assert as_graph_set([nx.Graph(), nx.path_graph(2)]).adj.sizes.tolist() == [0, 2]


def test_loops_go_and_edges_given_once_go_both_ways() -> None:
    index = torch.tensor([[0, 1, 2, 0], [1, 2, 2, 1]])
    attr = torch.tensor([[5.0], [6.0], [7.0], [8.0]])
    graphs = as_graph_set([Data(x=torch.ones(3, 1), edge_index=index, edge_attr=attr)] * 2)
    assert graphs.n_edges == 4
    assert graphs.adj.edge_attr[:4, 0].tolist() == [5.0, 5.0, 6.0, 6.0]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (ring(3), "one graph was given"),
        (nx.path_graph(3), "one graph was given"),
        (np.ones((3, 3)), "no list of graphs"),
        ([], "0 graphs"),
        ([ring(3), Data(edge_index=ring(3).edge_index, num_nodes=3)], "graph 1 has no node"),
        ([ring(3), Data(x=torch.ones(3, 2), edge_index=ring(3).edge_index)], "graph 1 has 2 node"),
        ([Data(x=torch.ones(2, 1), edge_index=ring(3).edge_index)], "names node 2"),
        ([3], "is not a graph"),
    ],
)
def test_what_is_no_set_of_graphs_is_refused_in_words(source, words) -> None:
    with pytest.raises(InputError, match=words):
        as_graph_set(source)


def test_classes_travel_beside_the_graphs() -> None:
    graphs = [ring(3, y=torch.tensor([1])), ring(4, y=torch.tensor([0])), ring(5)]
    loaded = loaded_graphs(graphs, "rings")
    assert loaded.y.tolist() == [1, 0, -1]
    assert loaded.n_classes == 2
    assert loaded_graphs(rings(), "rings").y is None


@pytest.mark.parametrize(
    "view", [DropNodes(), PerturbEdges(), MaskAttributes(), Subgraph(), OneOf()]
)
def test_views_keep_every_graph_and_are_graphs(view) -> None:
    graphs = as_graph_set([*rings(), Data(x=torch.ones(1, 1), edge_index=torch.zeros(2, 0).long(),
                                          edge_attr=torch.zeros(0, 1))])  # fmt: skip
    for seed in range(5):
        x, adj = view.apply(graphs.x, graphs.adj, torch.Generator().manual_seed(seed))
        assert isinstance(adj, Blocks)
        assert adj.n_graphs == 4 and bool((adj.sizes >= 1).all())
        assert x.shape[0] == adj.shape[0] == int(adj.ptr[-1])
        dense = adj.to_dense()
        assert torch.equal(dense, dense.T) and float(dense.diagonal().sum()) == 0
        assert bool((adj.graph_of[adj.row.long()] == adj.graph_of[adj.col.long()]).all())
        assert adj.edge_attr.shape[0] == adj.nnz


def test_a_view_drops_the_share_that_it_says() -> None:
    graphs = as_graph_set([ring(100), ring(50)])
    draw = torch.Generator().manual_seed(0)
    assert DropNodes(0.2).apply(graphs.x, graphs.adj, draw)[1].sizes.tolist() == [80, 40]
    _, adj = Subgraph(0.5).apply(graphs.x, graphs.adj, draw)
    assert adj.sizes.tolist() == [50, 25]
    assert adj.nnz // 2 == 50 + 25 - 2  # a part of a ring that hangs together
    _, adj = PerturbEdges(0.3).apply(graphs.x, graphs.adj, draw)
    kept = float((adj.to_dense() * graphs.adj.to_dense()).sum()) / graphs.adj.nnz
    assert 0.6 < kept < 0.8
    assert 0.9 < adj.nnz / graphs.adj.nnz <= 1.0
