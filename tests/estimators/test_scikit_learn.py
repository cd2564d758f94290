"""scikit-learn's own checks of an estimator, and its habits that they do not check."""

from __future__ import annotations

import copy
import pickle

import networkx as nx
import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import graphclust as gc
from graphclust.graphs.coerce import as_graph

QUICK = gc.methods.Default(channels=4, epochs=2)
EXPECTED = {
    "check_n_features_in_after_fitting": "score() takes labels, and has no features to count",
    "check_pipeline_consistency": "score() returns a dict of scores",
    "check_dtype_object": "objects that are no numbers are a ValueError, not a TypeError",
    "check_array_api_input": "needs SCIPY_ARRAY_API",
}


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [gc.NodeClusterer(2, QUICK, random_state=0)],
    expected_failed_checks=lambda _: EXPECTED,
    xfail_strict=False,
)
def test_scikit_learn_agrees(estimator, check) -> None:
    check(estimator)


def test_parameters_are_kept_as_given_and_unknown_ones_refused() -> None:
    encoder, objective = gc.encoders.GCN(8), gc.objectives.Modularity()
    model = gc.NodeClusterer("auto", "dmon", encoder=encoder, objective=objective, device="cpu")
    assert model.encoder is encoder and model.objective is objective
    assert model.get_params(deep=False) == {
        "n_clusters": "auto",
        "method": "dmon",
        "encoder": encoder,
        "head": None,
        "objective": objective,
        "device": "cpu",
        "random_state": None,
        "verbose": False,
    }
    assert model.set_params(n_clusters=3, method="dgi").n_clusters == 3
    with pytest.raises(ValueError, match="nclusters"):
        model.set_params(nclusters=3)
    with pytest.raises(TypeError):
        gc.NodeClusterer(3, nclusters=3)
    assert "method='dgi'" in repr(model) and "GCN(channels=8)" in repr(model)


def test_a_fit_alters_neither_its_input_nor_the_parts_it_was_given() -> None:
    graph = nx.karate_club_graph()
    before = copy.deepcopy((dict(graph.nodes(data=True)), list(graph.edges(data=True))))
    encoder, head = gc.encoders.GCN(8), gc.heads.Softmax()
    objective = gc.objectives.Modularity() + gc.objectives.Collapse()
    model = gc.NodeClusterer(2, encoder=encoder, head=head, objective=objective, random_state=0)
    first = model.fit_predict(graph)
    assert (dict(graph.nodes(data=True)), list(graph.edges(data=True))) == before
    assert not list(encoder.parameters()) and not list(head.parameters())
    assert np.array_equal(clone(model).fit_predict(graph), first)
    data = gc.load_dataset("karate")
    tensors = {key: value.clone() for key, value in data if isinstance(value, torch.Tensor)}
    model.fit(data)
    assert all(torch.equal(data[key], value) for key, value in tensors.items())
    x = np.random.default_rng(0).normal(size=(30, 3))
    kept = x.copy()
    gc.NodeClusterer(2, QUICK, random_state=0).fit(x)
    assert np.array_equal(x, kept)


def test_a_pipeline_ends_in_it() -> None:
    x, y = make_blobs(60, centers=3, cluster_std=0.2, random_state=0)
    pipeline = make_pipeline(StandardScaler(), gc.NodeClusterer(3, "kmeans", random_state=0))
    labels = pipeline.fit_predict(x)
    assert len(set(zip(labels.tolist(), y.tolist(), strict=True))) == 3
    assert pipeline.transform(x).shape == (60, 2)


def test_a_second_fit_forgets_the_first() -> None:
    model = gc.NodeClusterer(2, QUICK, random_state=0).fit(nx.karate_club_graph())
    x, _ = make_blobs(20, n_features=3, centers=2, random_state=0)
    again = model.fit(x)
    assert again.labels_.shape == (20,) and again.n_features_in_ == 3
    assert np.array_equal(again.predict(x), again.labels_)
    fresh = gc.NodeClusterer(2, QUICK, random_state=0).fit(x)
    assert np.array_equal(fresh.embedding_, again.embedding_)


def test_a_fit_that_fails_leaves_the_one_before() -> None:
    graph = nx.karate_club_graph()
    model = gc.NodeClusterer(2, QUICK, random_state=0).fit(graph)
    labels = model.labels_
    model.set_params(method=gc.methods.DMoN(8, lr=1e30, epochs=9), n_clusters=3)
    with pytest.raises(Exception, match="not finite"):
        model.fit(np.random.default_rng(0).normal(size=(20, 3)) * 1e6)
    assert model.labels_ is labels and np.array_equal(model.predict(graph), labels)


@pytest.mark.parametrize("method", [QUICK, gc.methods.DMoN(8, epochs=2), "leiden"])
def test_pickled_and_copied_models_predict_the_same(method) -> None:
    graph = nx.karate_club_graph()
    model = gc.NodeClusterer(2, method, random_state=0).fit(graph)
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert np.array_equal(twin.predict(graph), model.labels_)


def test_seeds_of_every_kind_are_recorded(tmp_path) -> None:
    graph = nx.karate_club_graph()
    for index, seed in enumerate([np.int64(3), np.random.RandomState(3), None]):
        model = gc.NodeClusterer(np.int64(2), QUICK, random_state=seed).fit(graph)
        loaded = gc.load(model.save(tmp_path / str(index)))
        assert loaded.random_state == loaded.seed_ == model.seed_
        again = gc.NodeClusterer(2, QUICK, random_state=model.seed_).fit(graph)
        assert np.array_equal(again.embedding_, model.embedding_)
    for seed in (0.5, "3", True, -1, 2**64):
        with pytest.raises(gc.InputError, match="random_state"):
            gc.NodeClusterer(2, QUICK, random_state=seed).fit(graph)


class _Frame:
    """What a data frame is to numpy: something that gives an array when asked."""

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self.values if dtype is None else self.values.astype(dtype)


def test_matrices_of_every_kind_are_the_same_features() -> None:
    import scipy.sparse as sp

    x, _ = make_blobs(40, n_features=3, centers=2, random_state=0)
    x[np.abs(x) < 0.5] = 0.0
    x = x.astype(np.float32)
    expected = gc.NodeClusterer(2, QUICK, random_state=0).fit(x)
    kinds = [
        x.tolist(),
        tuple(map(tuple, x.tolist())),
        torch.from_numpy(x),
        torch.from_numpy(x).to_sparse(),
        sp.csr_array(x),
        sp.coo_matrix(x),
        _Frame(x),
        np.asfortranarray(x),
    ]
    for other in kinds:
        model = gc.NodeClusterer(2, QUICK, random_state=0).fit(other)
        assert np.array_equal(model.labels_, expected.labels_), type(other)
        assert np.array_equal(model.predict(other), expected.labels_)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (np.zeros((5, 2), dtype=complex), "Complex"),
        (np.array([["a", "b"], ["c", "d"]]), "not a matrix of numbers"),
        ([[1.0, 2.0], [3.0]], "not a matrix of numbers"),
        (np.zeros((0, 3)), "0 sample"),
        (np.zeros((5, 0)), "0 feature"),
        (np.zeros(5), "Reshape"),
        (np.zeros((2, 3, 4)), "Reshape"),
        (np.zeros((1, 3)), "n_samples = 1"),
        (np.array([[np.inf, 1.0], [1.0, 1.0]]), "inf"),
        (None, "load_dataset"),
        ("cora", "load_dataset"),
        (3, "load_dataset"),
    ],
)
def test_what_is_no_matrix_is_refused(source, words) -> None:
    with pytest.raises(gc.InputError, match=words):
        gc.NodeClusterer(2, QUICK).fit(source)


def test_scores_read_labels_of_every_kind() -> None:
    graph = nx.karate_club_graph()
    model = gc.NodeClusterer(2, "spectral", random_state=0).fit(graph)
    clubs = [graph.nodes[v]["club"] for v in graph]
    codes = np.asarray([club == "Officer" for club in clubs]).astype(int)
    expected = model.score(clubs)
    assert set(expected) == {"acc", "nmi", "ami", "ari", "f1"} and expected["acc"] > 0.9
    for other in (np.asarray(clubs), codes, torch.from_numpy(codes), codes[:, None], 7 - codes):
        assert model.score(other) == pytest.approx(expected)
    assert model.score(graph, clubs) == expected
    hidden = codes.copy()
    hidden[:10] = -1
    rest = gc.metrics.score(codes[10:], model.labels_[10:])
    assert model.score(hidden) == pytest.approx(rest), "nodes without a class do not count"
    for wrong in (codes[:5], graph, None):
        with pytest.raises(gc.InputError):
            model.score(wrong)


def test_a_loaded_model_is_saved_again_and_fitted_again(tmp_path) -> None:
    graph = nx.relabel_nodes(nx.karate_club_graph(), lambda v: (v, "member"))
    model = gc.NodeClusterer(2, QUICK, random_state=0).fit(graph)
    first = model.save(tmp_path / "first")
    second = gc.load(first).save(tmp_path / "second")
    for file in ("labels.csv", "metrics.json", "run.json", "model/model.json", "embedding.npy"):
        assert (first / file).read_bytes() == (second / file).read_bytes(), file
    assert np.array_equal(gc.load(second).predict(graph), model.labels_)
    other = gc.load(first).fit(nx.les_miserables_graph())
    third = gc.load(other.save(tmp_path / "third"))
    assert len(third.labels_) == 77 and as_graph(graph).n_nodes == 34
