"""NodeClusterer: scikit-learn's habits, the user's ids, and the same answer every time."""

from __future__ import annotations

import csv
import json

import networkx as nx
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import adjusted_rand_score
from torch_geometric.nn import GraphSAGE

import graphclust as gc


def caveman() -> nx.Graph:
    """Return four cliques in a ring, nodes named by strings, with features."""
    graph = nx.relabel_nodes(nx.connected_caveman_graph(4, 8), lambda i: f"person {i}")
    generator = np.random.default_rng(0)
    for index, node in enumerate(graph):
        offset = np.eye(6)[index // 8]
        graph.nodes[node]["x"] = (offset + 0.1 * generator.normal(size=6)).tolist()
    return graph


def truth() -> np.ndarray:
    return np.repeat(np.arange(4), 8)


def test_fit_keeps_parameters_and_sets_fitted_attributes() -> None:
    model = gc.NodeClusterer(n_clusters=4, random_state=0)
    assert model.fit(caveman()) is model
    assert adjusted_rand_score(truth(), model.labels_) > 0.9
    assert model.labels_.shape == (32,)
    assert model.membership_.shape == (32, 4)
    assert np.allclose(model.membership_.sum(1), 1.0, atol=1e-5)
    assert model.embedding_.shape[0] == 32
    assert model.n_clusters_ == 4 and model.n_features_in_ == 6
    assert model.node_ids_[0] == "person 0"
    assert 3.5 < model.n_effective_clusters_ <= 4.0001
    assert clone(model).get_params()["n_clusters"] == 4


def test_same_seed_same_labels_and_labels_are_not_read() -> None:
    first = gc.NodeClusterer(4, random_state=3).fit(caveman())
    second = gc.NodeClusterer(4, random_state=3).fit(caveman(), y=truth())
    assert np.array_equal(first.labels_, second.labels_)
    assert np.array_equal(first.embedding_, second.embedding_)


def test_save_load_predict_is_identical_for_every_kind_of_input(tmp_path) -> None:
    features, _ = make_blobs(90, centers=3, random_state=0)
    plain = nx.relabel_nodes(nx.connected_caveman_graph(4, 8), lambda i: (i, "tuple"))
    for index, source in enumerate([caveman(), plain, features]):
        model = gc.NodeClusterer(3, random_state=1).fit(source)
        folder = model.save(tmp_path / f"run{index}")
        loaded = gc.load(folder)
        assert np.array_equal(loaded.predict(source), model.labels_)
        assert np.array_equal(loaded.labels_, model.labels_)
        assert np.array_equal(loaded.transform(source), model.embedding_)


@pytest.mark.parametrize("method", ["leiden", "louvain", "label_propagation", "spectral", "kmeans"])
def test_classical_methods_save_and_place_a_new_node(method, tmp_path) -> None:
    graph = caveman()
    model = gc.NodeClusterer(4, method, random_state=0).fit(graph)
    loaded = gc.load(model.save(tmp_path / "run"))
    assert np.array_equal(loaded.predict(graph), model.labels_)
    grown = graph.copy()
    grown.add_node("newcomer", x=grown.nodes["person 2"]["x"])
    grown.add_edges_from(("newcomer", f"person {i}") for i in (1, 2, 3))
    labels = dict(zip(grown, loaded.predict(grown), strict=True))
    assert labels["newcomer"] == labels["person 2"]


def test_new_nodes_and_other_graphs_with_the_same_features() -> None:
    graph = caveman()
    model = gc.NodeClusterer(4, random_state=0).fit(graph)
    grown = graph.copy()
    grown.add_node("newcomer", x=grown.nodes["person 12"]["x"])
    grown.add_edges_from(("newcomer", f"person {i}") for i in range(8, 16))
    labels = model.predict(grown)
    assert labels[-1] == labels[12]
    other = nx.relabel_nodes(caveman(), lambda name: name + " elsewhere")
    assert np.array_equal(model.predict(other), model.labels_)


def test_new_rows_of_an_array_join_the_fitted_ones() -> None:
    features, y = make_blobs(120, n_features=8, centers=3, random_state=2)
    model = gc.NodeClusterer(3, random_state=0).fit(features[:100])
    everything = np.concatenate([model.labels_, model.predict(features[100:])])
    assert adjusted_rand_score(y, everything) > 0.95
    assert model.predict(features[:5]).tolist() == model.labels_[:5].tolist()


def test_a_stock_pyg_model_is_an_encoder_and_comes_back(tmp_path) -> None:
    torch.manual_seed(0)
    encoder = GraphSAGE(6, 16, num_layers=2, out_channels=8)
    model = gc.NodeClusterer(
        4,
        encoder=encoder,
        objective=gc.objectives.Modularity() + gc.objectives.Collapse(),
        random_state=0,
    ).fit(caveman())
    folder = model.save(tmp_path / "run")
    with pytest.raises(gc.InputError, match="encoder="):
        gc.load(folder)
    loaded = gc.load(folder, encoder=GraphSAGE(6, 16, num_layers=2, out_channels=8))
    assert np.array_equal(loaded.predict(caveman()), model.labels_)


def test_a_scikit_learn_clusterer_is_a_head(tmp_path) -> None:
    model = gc.NodeClusterer(
        4, "dgi", head=AgglomerativeClustering(linkage="average"), random_state=0
    ).fit(caveman())
    assert adjusted_rand_score(truth(), model.labels_) > 0.9
    assert np.array_equal(gc.load(model.save(tmp_path / "r")).predict(caveman()), model.labels_)


def test_composition_trains_what_it_was_given() -> None:
    model = gc.NodeClusterer(
        4,
        encoder=gc.encoders.GCN([16, 8]),
        head=gc.heads.Softmax(init="kmeans"),
        objective=gc.objectives.Modularity() + 0.5 * gc.objectives.Collapse(),
        random_state=0,
    ).fit(caveman())
    assert {"modularity", "collapse", "loss"} <= set(model.history_)
    assert adjusted_rand_score(truth(), model.labels_) > 0.9


def test_automatic_number_of_clusters() -> None:
    model = gc.NodeClusterer(random_state=0).fit(caveman())
    assert model.n_clusters_ == 4


@pytest.mark.parametrize(
    "how",
    [
        {"method": gc.methods.DMoN(epochs=40)},
        {"method": gc.methods.Default(epochs=7)},
        {"head": gc.heads.KMeans(restarts=2), "method": gc.methods.DGI(epochs=7)},
        {"objective": gc.objectives.Modularity() + gc.objectives.Collapse()},
    ],
)
def test_losses_of_the_training_that_chose_k_are_not_the_methods(how) -> None:
    # The choice is made in the default method's embedding, trained for 100 epochs.
    chosen = gc.NodeClusterer("auto", random_state=0, **how).fit(caveman())
    told = gc.NodeClusterer(chosen.n_clusters_, random_state=0, **how).fit(caveman())
    shape = {name: len(values) for name, values in told.history_.items()}
    assert {name: len(values) for name, values in chosen.history_.items()} == shape


def test_cluster_in_one_line() -> None:
    labels = gc.cluster(caveman(), n_clusters=4)
    assert set(labels) == set(caveman())
    assert adjusted_rand_score(truth(), list(labels.values())) > 0.9


def test_run_folder_holds_what_the_contract_says(tmp_path) -> None:
    folder = gc.NodeClusterer(4, random_state=0).fit(caveman()).save(tmp_path / "run")
    names = {entry.name for entry in folder.iterdir()}
    assert names == {
        "labels.csv",
        "embedding.npy",
        "membership.npy",
        "metrics.json",
        "run.json",
        "model",
    }
    with (folder / "labels.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id", "label", "confidence"] and rows[1][0] == "person 0"
    metrics = json.loads((folder / "metrics.json").read_text())
    assert list(metrics) == [
        "method",
        "seed",
        "n_items",
        "n_edges",
        "n_clusters",
        "n_effective_clusters",
        "cluster_sizes",
        "seconds",
        "peak_memory_mb",
        "modularity",
        "conductance",
        "coverage",
        "silhouette",
    ]
    assert metrics["n_items"] == 32 and sum(metrics["cluster_sizes"]) == 32
    assert metrics["modularity"] == pytest.approx(
        nx.community.modularity(
            caveman(), [{n for i, n in enumerate(caveman()) if i // 8 == c} for c in range(4)]
        ),
        abs=0.05,
    )


def test_run_json_tells_what_the_fit_had(tmp_path) -> None:
    two_and_nothing = gc.NodeClusterer(3, "leiden").fit(
        nx.disjoint_union_all([nx.path_graph(4)] * 3)
    )
    facts = json.loads((two_and_nothing.save(tmp_path / "run") / "run.json").read_text())
    assert facts["device"] == ("cuda" if torch.cuda.is_available() else "cpu")
    assert facts["seed"] == two_and_nothing.seed_ and isinstance(facts["seed"], int)
    assert facts["threads"] == two_and_nothing.threads_ == 1
    assert facts["cluster_conductance"] == [0.0] * two_and_nothing.n_clusters_
    loaded = gc.load(tmp_path / "run")
    assert loaded.device == "auto" and loaded.threads_ == 1, "as it was asked for"


def test_saving_replaces_a_run_and_refuses_anything_else(tmp_path) -> None:
    model = gc.NodeClusterer(4, "spectral", random_state=0).fit(caveman())
    model.save(tmp_path / "run")
    model.save(tmp_path / "run")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(gc.InputError, match="not a run folder"):
        model.save(tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.tex").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "run"]


def test_a_flipped_bit_in_the_weights_is_noticed(tmp_path) -> None:
    folder = gc.NodeClusterer(4, random_state=0).fit(caveman()).save(tmp_path / "run")
    weights = folder / "model" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-3] ^= 1
    weights.write_bytes(bytes(content))
    with pytest.raises(gc.InputError, match="SHA-256"):
        gc.load(folder)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_clusters": 0}, "at least 1"),
        ({"n_clusters": 33}, "more than the 32"),
        ({"n_clusters": "seven"}, "auto"),
        ({"n_clusters": 4, "method": "dmom"}, "did you mean dmon"),
        ({"n_clusters": 4, "device": "tpu9"}, "device"),
        ({"n_clusters": 4, "random_state": -1}, "random_state"),
        ({"n_clusters": 4, "head": 3}, "head"),
        ({"n_clusters": 4, "encoder": 3}, "encoder"),
    ],
)
def test_wrong_arguments_say_what_to_do(arguments, message) -> None:
    with pytest.raises(gc.InputError, match=message):
        gc.NodeClusterer(**arguments).fit(caveman())


def test_wrong_graphs_say_what_to_do() -> None:
    with pytest.raises(gc.InputError, match="0 nodes"):
        gc.NodeClusterer(2).fit(nx.Graph())
    with pytest.raises(gc.InputError, match=r"(?i)nan"):
        gc.NodeClusterer(2).fit(np.array([[0.0, 1.0], [np.nan, 1.0], [1.0, 1.0]]))
    model = gc.NodeClusterer(4, random_state=0).fit(caveman())
    narrow = caveman()
    for node in narrow:
        narrow.nodes[node]["x"] = narrow.nodes[node]["x"][:3]
    with pytest.raises(gc.InputError, match="3 features"):
        model.predict(narrow)
    with pytest.raises(NotFittedError):
        gc.NodeClusterer(2).predict(caveman())


def test_isolated_nodes_loops_and_pieces_survive() -> None:
    graph = nx.disjoint_union(nx.complete_graph(8), nx.complete_graph(7))
    graph.add_nodes_from(["alone", "too"])
    graph.add_edge(0, 0)
    model = gc.NodeClusterer(2, random_state=0).fit(graph)
    assert len(model.labels_) == 17
    assert len(set(model.labels_[:8].tolist())) == 1
    assert any("self-loop" in note for note in model.notes_)


def test_direction_is_symmetrised_with_a_warning() -> None:
    with pytest.warns(UserWarning, match="directed"):
        gc.NodeClusterer(4, "spectral", random_state=0).fit(nx.DiGraph(caveman().edges))


def test_a_collapse_is_warned_about() -> None:
    same = np.zeros((40, 3), dtype=np.float32)
    with pytest.warns(ConvergenceWarning):
        gc.NodeClusterer(5, "kmeans", random_state=0).fit(same)
