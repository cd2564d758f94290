"""Every method on graphs that are small, in pieces, without edges or without features."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Data

import graphclust as gc
import graphclust.methods
from graphclust.component import registry

QUICK = {"epochs": 2, "pretrain_epochs": 2}


def data(n: int, edges: bool = True, x: bool = True) -> Data:
    """Return a random graph of n nodes, perhaps without edges or features."""
    generator = torch.Generator().manual_seed(0)
    out = Data()
    out.num_nodes = n
    graph = nx.gnm_random_graph(n, min(3 * n, n * (n - 1) // 2), seed=1)
    ends = torch.tensor(list(graph.edges) if edges else [], dtype=torch.long).reshape(-1, 2).T
    out.edge_index = torch.cat([ends, ends.flip(0)], dim=1)
    if x:
        out.x = torch.randn(n, 5, generator=generator)
    return out


def zeros() -> Data:
    out = data(12)
    out.x = torch.zeros(12, 5)
    return out


def pieces() -> nx.Graph:
    graph = nx.disjoint_union(nx.complete_graph(5), nx.path_graph(4))
    graph.add_nodes_from(["alone", "too"])
    graph.add_edge("alone", "alone")
    return graph


CASES = {
    "two nodes": (data(2), 2),
    "two nodes in one": (data(2), 1),
    "two nodes, no features": (data(2, x=False), 2),
    "a cluster a node": (data(12), 12),
    "one cluster": (data(12), 1),
    "no edges": (data(12, edges=False), 3),
    "no features": (data(12, x=False), 3),
    "features of zeros": (zeros(), 3),
    "pieces, isolated nodes, a loop": (pieces(), 3),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(registry("method")))
def test_every_method_survives(name: str) -> None:
    kind = registry("method")[name]
    method = kind(**{k: v for k, v in QUICK.items() if k in kind.argument_names()})
    for case, (graph, k) in CASES.items():
        if case == "no edges" and "features" not in kind.needs:
            with pytest.raises(gc.InputError, match="no edges"):
                gc.NodeClusterer(k, method, random_state=0).fit(graph)
            continue
        model = gc.NodeClusterer(k, method, random_state=0).fit(graph)
        n = len(model.labels_)
        assert n == (graph.num_nodes if isinstance(graph, Data) else len(graph)), case
        assert model.membership_.shape == (n, model.n_clusters_), case
        assert np.allclose(model.membership_.sum(1), 1.0, atol=1e-4), case
        assert np.isfinite(model.embedding_).all(), case
        assert model.labels_.min() >= -1 and model.labels_.max() < model.n_clusters_, case
        assert np.array_equal(model.predict(graph), model.labels_), case


def test_one_node_and_none_are_refused() -> None:
    for graph in (nx.empty_graph(1), data(1), np.ones((1, 3))):
        with pytest.raises(gc.InputError, match="n_samples = 1"):
            gc.NodeClusterer(1).fit(graph)
    with pytest.raises(gc.InputError, match="0 nodes"):
        gc.NodeClusterer(1).fit(nx.Graph())
    with pytest.raises(gc.InputError, match="neither edges nor features"):
        gc.NodeClusterer(2).fit(nx.empty_graph(5))


def test_a_graph_without_edges_says_what_was_read() -> None:
    model = gc.NodeClusterer(3, "kmeans", random_state=0).fit(data(12, edges=False))
    assert any("no edges" in note for note in model.notes_)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("method", ["default", "dgi", "dmon", "spectral"])
@pytest.mark.parametrize("featured", [True, False])
def test_a_number_of_clusters_is_chosen_for_any_method(method: str, featured: bool) -> None:
    graph = nx.connected_caveman_graph(4, 8)
    if featured:
        for node in graph:
            graph.nodes[node]["x"] = np.eye(4)[node // 8].tolist()
    kind = registry("method")[method]
    quick = kind(**{k: v for k, v in {"epochs": 20}.items() if k in kind.argument_names()})
    first = gc.NodeClusterer("auto", quick, random_state=0).fit(graph)
    second = gc.NodeClusterer("auto", quick, random_state=0).fit(graph)
    assert first.n_clusters_ == second.n_clusters_ == 4
    assert np.array_equal(first.labels_, second.labels_)
    epochs = 20 if "epochs" in kind.argument_names() else 0
    assert len(first.history_.get("loss", ())) in {epochs, 100}, "the method's own training"
    if method != "default":
        assert len(first.history_.get("loss", ())) == epochs


def test_nodes_may_be_anything_hashable() -> None:
    graph = nx.relabel_nodes(
        nx.connected_caveman_graph(2, 6), lambda i: [(i, "t"), frozenset({i}), f"s{i}", i][i % 4]
    )
    labels = gc.cluster(graph, 2, "spectral")
    assert set(labels) == set(graph)
    assert labels[(0, "t")] == labels[frozenset({1})] != labels[11 if 11 in labels else 7]


def test_a_multigraph_weighs_what_its_edges_weigh_together() -> None:
    several, one = nx.MultiGraph(), nx.Graph()
    for a, b in nx.connected_caveman_graph(3, 5).edges:
        several.add_edge(a, b, weight=1.0)
        several.add_edge(a, b, weight=0.5)
        one.add_edge(a, b, weight=1.5)
    first = gc.NodeClusterer(3, "spectral", random_state=0).fit(several)
    second = gc.NodeClusterer(3, "spectral", random_state=0).fit(one)
    assert np.array_equal(first.embedding_, second.embedding_)
