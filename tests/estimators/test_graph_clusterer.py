"""GraphClusterer: the same habits as for nodes, and no graph is lost."""

from __future__ import annotations

import warnings

import networkx as nx
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import adjusted_rand_score
from torch_geometric.data import Data
from torch_geometric.nn import GraphConv
from torch_geometric.nn import Sequential as PyGSequential

import graphclust as gc
from graphclust.component import registry
from graphclust.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def shapes(each: int = 12) -> tuple[list[nx.Graph], np.ndarray]:
    """Return rings, stars and complete graphs of several sizes, named."""
    graphs = [
        make(n, name=f"{make.__name__} {n}")
        for make in (ring, star, clique)
        for n in range(5, 5 + each)
    ]
    return graphs, np.repeat(np.arange(3), each)


def ring(n: int, name: str) -> nx.Graph:
    return named(nx.cycle_graph(n), name)


def star(n: int, name: str) -> nx.Graph:
    return named(nx.star_graph(n - 1), name)


def clique(n: int, name: str) -> nx.Graph:
    return named(nx.complete_graph(n), name)


def named(graph: nx.Graph, name: str) -> nx.Graph:
    graph.graph["name"] = name
    return graph


def molecules() -> list[Data]:
    """Return small graphs with features of nodes and edges, ids and one without nodes."""
    out = []
    for number in range(20):
        n, kind = 4 + number % 5, number % 2
        i = torch.arange(n - 1)
        index = torch.cat([torch.stack([i, i + 1]), torch.stack([i + 1, i])], dim=1)
        x = torch.nn.functional.one_hot(torch.full((n,), 1 + kind), 3).float()
        attr = torch.full((index.shape[1], 2), float(kind))
        out.append(Data(x=x, edge_index=index, edge_attr=attr, id=f"m{number}"))
    none = torch.zeros(2, 0, dtype=torch.int64)
    out.append(Data(x=torch.zeros(0, 3), edge_index=none, edge_attr=torch.zeros(0, 2), id="empty"))
    out.append(Data(x=torch.ones(1, 3), edge_index=none, edge_attr=torch.zeros(0, 2), id="atom"))
    return out


def test_fit_keeps_parameters_and_sets_fitted_attributes() -> None:
    graphs, y = shapes()
    model = gc.GraphClusterer(3, "graph_statistics", random_state=0)
    assert model.fit(graphs) is model
    assert adjusted_rand_score(y, model.labels_) > 0.5
    assert model.labels_.shape == (36,) and model.membership_.shape == (36, 3)
    assert np.allclose(model.membership_.sum(1), 1.0, atol=1e-5)
    assert model.embedding_.shape[0] == 36 and model.n_clusters_ == 3
    assert model.graph_ids_[0] == "ring 5" and len(model.graph_ids_) == 36
    assert any("degree stands in" in note for note in model.notes_)
    assert set(model.score(y)) == {"acc", "nmi", "ami", "ari", "f1"}
    assert clone(model).get_params()["method"] == "graph_statistics"


def test_planted_shapes_are_found_by_the_default() -> None:
    graphs, y = shapes()
    assert gc.GraphClusterer(3, random_state=0).fit(graphs).score(y)["ari"] > 0.5


def test_graphs_without_nodes_keep_their_place_and_are_unassigned(tmp_path) -> None:
    graphs = molecules()
    model = gc.GraphClusterer(2, random_state=0).fit(graphs)
    assert model.graph_ids_[-2:] == ["empty", "atom"]
    assert model.labels_[-2] == -1 and model.labels_[-1] >= 0
    assert (model.labels_[:-2] >= 0).all()
    assert np.allclose(model.membership_[-2], 0.5)
    assert any("1 graphs without nodes" in note for note in model.notes_)
    loaded = gc.load(model.save(tmp_path / "run"))
    assert np.array_equal(loaded.predict(graphs), model.labels_)
    assert loaded.graph_ids_ == model.graph_ids_
    assert "-1,0.0000" in (tmp_path / "run" / "labels.csv").read_text()


def test_new_graphs_are_assigned_as_those_that_were_seen() -> None:
    graphs, _ = shapes()
    model = gc.GraphClusterer(3, "infograph", random_state=0).fit(graphs)
    order = [30, 2, 17]
    assert np.array_equal(model.predict([graphs[i] for i in order]), model.labels_[order])
    assert model.transform([ring(99, "new")]).shape == (1, model.embedding_.shape[1])
    assert model.predict_membership([star(40, "new")]).shape == (1, 3)
    with pytest.raises(InputError, match="2 features a node"):
        model.predict([Data(x=torch.ones(2, 2), edge_index=torch.tensor([[0, 1], [1, 0]]))])


def test_own_parts_replace_a_methods_or_make_one() -> None:
    graphs, _ = shapes()
    composed = gc.GraphClusterer(
        3, encoder=gc.encoders.GIN([8]), readout="mean",
        objective=gc.objectives.GraphInfomax(), random_state=0,
    ).fit(graphs)  # fmt: skip
    assert composed.embedding_.shape == (36, 8)
    assert len(composed.history_["loss"]) == 50
    encoder = gc.encoders.GAT([8], heads=2)
    adapted = gc.GraphClusterer(3, "infograph", encoder, readout="max", random_state=0)
    assert adapted.fit(graphs).embedding_.shape == (36, 8)
    jointly = gc.GraphClusterer(
        3, encoder=gc.encoders.GCN([8]), random_state=0,
        objective=gc.objectives.GraphContrast() + gc.objectives.MutualInformation(),
    ).fit(graphs)  # fmt: skip
    assert jointly.membership_.shape == (36, 3)
    assert "mutual_information" in jointly.history_


def test_a_pyg_model_is_an_encoder(tmp_path) -> None:
    graphs = [g for g in molecules() if g.id != "empty"]
    layers = [(GraphConv(3, 8), "x, edge_index -> x"), torch.nn.ReLU()]
    net = PyGSequential("x, edge_index", layers)
    model = gc.GraphClusterer(2, "untrained_gin", encoder=net, random_state=0).fit(graphs)
    assert model.embedding_.shape == (21, 8)
    loaded = gc.load(model.save(tmp_path / "run"), encoder=net)
    assert np.array_equal(loaded.predict(graphs), model.labels_)


def test_edge_features_are_read_where_the_encoder_can() -> None:
    graphs = [g for g in molecules() if g.id not in ("empty", "atom")]
    for graph in graphs:
        graph.x = torch.ones(graph.x.shape[0], 1)  # only the edges tell the two kinds apart
        kind = graph.edge_attr[:, :1]
        graph.edge_attr = torch.cat([kind, 1 - kind], dim=1)
    y = np.array([int(g.edge_attr[0, 0]) for g in graphs])
    fits = {
        name: gc.GraphClusterer(2, "untrained_gin", encoder=encoder, random_state=0).fit(graphs)
        for name, encoder in (("gine", gc.encoders.GINE([16])), ("gin", gc.encoders.GIN([16])))
    }
    assert fits["gine"].score(y)["ari"] > 0.9
    assert fits["gin"].score(y)["ari"] < 0.5


def test_the_number_is_chosen_and_a_seed_repeats() -> None:
    graphs, _ = shapes(8)
    one, two = (gc.GraphClusterer(random_state=5).fit(graphs) for _ in range(2))
    assert 2 <= one.n_clusters_ <= 12
    assert np.array_equal(one.labels_, two.labels_)
    other = gc.GraphClusterer(method="wl", random_state=5).fit(graphs)
    assert other.n_clusters_ == one.n_clusters_


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"method": "dmon"}, "no graph_method named 'dmon'"),
        ({"method": gc.methods.DMoN()}, "method of whole graphs"),
        ({"readout": "sums"}, "no readout named 'sums'.*sum"),
        ({"method": "wl", "readout": "sum"}, "no encoder and readout to replace"),
        ({"objective": gc.objectives.Modularity()}, "nodes of one graph"),
        ({"n_clusters": 99}, "more than the 36 items"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(arguments, words) -> None:
    with pytest.raises(InputError, match=words):
        gc.GraphClusterer(**{"n_clusters": 3, **arguments}).fit(shapes()[0])


def test_one_graph_or_none_is_refused_and_an_unfitted_one_says_so() -> None:
    with pytest.raises(InputError, match="two graphs with nodes"):
        gc.GraphClusterer(2).fit([ring(5, "a"), nx.Graph()])
    with pytest.raises(InputError, match="use NodeClusterer"):
        gc.GraphClusterer(2).fit(ring(5, "a"))
    with pytest.raises(NotFittedError, match="GraphClusterer"):
        gc.GraphClusterer(2).predict(shapes()[0])


def test_every_method_of_graphs_is_of_a_family_and_all_families_are_there() -> None:
    known = registry("graph_method").values()
    assert {m.family for m in known} == set(gc.methods.FAMILIES)
    for method in known:
        assert method.title and method.paper and method.cost.startswith("O(")
        assert len(method.argument_names()) <= 8
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gc.methods.graph_level.InfoGraph(epochs=3).epochs == 3
