"""What every method promises, over the registry; two epochs each, for it is the wiring."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import torch

import graphclust as gc
from graphclust.component import from_config, registry
from graphclust.methods import FAMILIES
from graphclust.training import Run

# Two epochs may well collapse; that is warned of, and not what is tested.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def clusterer(name: str, kit, seed: int = 0) -> gc.NodeClusterer:
    method = kit.quick(registry("method")[name]())
    return gc.NodeClusterer(kit.K, method, random_state=seed, device="cpu")


def test_it_says_what_it_is(a_method) -> None:
    method = registry("method")[a_method]
    assert method.family in FAMILIES
    assert method.title and method.paper
    assert 1900 < method.year <= date.today().year + 1
    assert method.cost.startswith("O(")
    assert method.arxiv == "" or re.fullmatch(r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}", method.arxiv)
    assert set(method.needs) <= {"features", "edges", "k"} and method.needs
    assert method.__doc__ and method.__doc__.strip()
    assert len(method.argument_names()) <= 8


def test_config_round_trip(a_method, kit) -> None:
    for method in (registry("method")[a_method](), kit.quick(registry("method")[a_method]())):
        again = from_config(method.to_config())
        assert type(again) is type(method)
        assert again.to_config() == method.to_config()


def test_labels_are_in_range_and_memberships_sum_to_one(a_method, kit) -> None:
    graph, _ = kit.planted()
    model = clusterer(a_method, kit).fit(graph)
    n, k = graph.n_nodes, model.n_clusters_
    assert model.labels_.shape == (n,)
    assert model.labels_.min() >= -1 and model.labels_.max() < k
    if "k" in registry("method")[a_method].needs:
        assert k == kit.K
    assert model.membership_.shape == (n, k)
    assert np.allclose(model.membership_[model.labels_ >= 0].sum(1), 1.0, atol=1e-4)
    assert np.isfinite(model.embedding_).all()


def test_same_seed_same_labels(a_method, kit) -> None:
    graph, _ = kit.planted()
    one, two = (clusterer(a_method, kit, seed=4).fit(graph) for _ in range(2))
    assert np.array_equal(one.labels_, two.labels_)
    assert np.array_equal(one.embedding_, two.embedding_)


def test_the_global_random_state_is_neither_read_nor_moved(a_method, kit) -> None:
    graph, _ = kit.planted()
    labels = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        random.seed(seed)
        before = torch.get_rng_state(), random.getstate(), repr(np.random.get_state())  # noqa: NPY002
        labels.append(clusterer(a_method, kit).fit(graph).labels_)
        assert torch.equal(torch.get_rng_state(), before[0])
        assert random.getstate() == before[1]
        assert repr(np.random.get_state()) == before[2]  # noqa: NPY002
    assert np.array_equal(*labels)


def test_save_load_predict_is_identical(a_method, kit, tmp_path) -> None:
    graph, _ = kit.planted()
    model = clusterer(a_method, kit).fit(graph)
    loaded = gc.load(model.save(tmp_path / "run"))
    assert np.array_equal(model.predict(graph), model.labels_)
    assert np.array_equal(loaded.labels_, model.labels_)
    assert np.array_equal(loaded.predict(graph), model.labels_)
    assert np.array_equal(loaded.transform(graph), model.transform(graph))
    assert np.array_equal(loaded.predict_membership(graph), model.predict_membership(graph))


@pytest.mark.parametrize("kind", ["weighted", "disconnected", "edgeless", "featureless"])
def test_odd_graphs_are_clustered_or_refused_in_words(a_method, kind, kit) -> None:
    graph, _ = kit.planted("plain" if kind == "featureless" else kind)
    if kind == "featureless":
        graph = replace(graph, x=None)
    try:
        labels = clusterer(a_method, kit).fit_predict(graph)
    except gc.InputError:
        # A method may need edges or features, but weights and pieces are no reason.
        if kind in ("weighted", "disconnected"):
            raise
        return
    assert labels.shape == (graph.n_nodes,)
    assert labels.min() >= -1


def test_nothing_of_nodes_times_nodes_is_made(a_method, kit, big) -> None:
    method = kit.narrow(kit.quick(registry("method")[a_method]()))
    with kit.nothing_quadratic():
        labels = method.fit(big, 4, Run.start(0, "cpu")).infer(big)[0]
    assert labels.shape == (kit.MANY,)
