"""The self-supervised methods find a planted partition, repeat themselves, and carry over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from graphclust.bench.runner import paper_settings
from graphclust.component import from_config, lookup
from graphclust.graphs import Graph
from graphclust.methods import InBatches
from graphclust.sparse import CSR
from graphclust.training import Neighbors, Run, Walks
from tests.methods.conftest import labels_of, planted

# Small widths and few epochs: the partition is easy, the test is of the recipe.
SETTINGS: dict[str, dict[str, Any]] = {
    "dgi": {"channels": 32, "epochs": 60, "lr": 5e-3},
    "grace": {"channels": [32, 16], "epochs": 40, "lr": 5e-3},
    "cca_ssg": {"channels": [32, 16], "epochs": 30, "lr": 5e-3},
    "bgrl": {"channels": [32, 16], "epochs": 60, "lr": 5e-3, "predictor": 32},
    "graphmae": {"channels": [32, 16], "epochs": 60, "lr": 5e-3},
    "ns4gc": {"channels": [32, 16], "epochs": 40, "lr": 5e-3},
    "magi": {"channels": 32, "epochs": 40, "lr": 5e-3, "walks": (20, 2)},
    "s3gc": {"channels": 16, "epochs": 40},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_finds_a_planted_partition_and_repeats_itself(name: str) -> None:
    graph, y = planted()
    method = lookup("method", name)(**SETTINGS[name])
    labels = labels_of(method, graph)
    assert adjusted_rand_score(y, labels) > 0.9
    assert np.array_equal(labels, labels_of(method, graph))


@pytest.mark.parametrize("name", SETTINGS)
def test_carries_over_to_another_graph(name: str) -> None:
    graph, _ = planted()
    other, y = planted(seed=1, per_block=40)
    method = lookup("method", name)(**SETTINGS[name])
    model = method.fit(graph, 3, Run.start(0, "cpu"))
    assert adjusted_rand_score(y, model.infer(other)[0].numpy()) > 0.8


@pytest.mark.parametrize("name", SETTINGS)
def test_survives_isolated_nodes_and_no_edges(name: str) -> None:
    graph, _ = planted()
    empty = torch.zeros(0, dtype=torch.int64)
    bare = Graph(CSR.from_edges(empty, empty, None, graph.adj.shape, symmetric=True), graph.x)
    method = lookup("method", name)(**{**SETTINGS[name], "epochs": 3})
    labels = labels_of(method, bare)
    assert labels.shape == (graph.n_nodes,)
    assert set(labels) <= {0, 1, 2}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_the_paper_are_settings_of_the_method(name: str) -> None:
    settings = paper_settings(name, "cora")
    assert settings is not None
    method = lookup("method", name)().replace(**settings)
    recipe = method.compose(planted()[0], 3)
    assert from_config(recipe.encoder.to_config()).to_config() == recipe.encoder.to_config()
    assert from_config(recipe.objective.to_config()).to_config() == recipe.objective.to_config()


def test_s3gc_with_free_vectors_clusters_its_own_nodes() -> None:
    graph, y = planted()
    method = lookup("method", "s3gc")(channels=16, epochs=100, free_vectors=True)
    assert adjusted_rand_score(y, labels_of(method, graph)) > 0.9


@pytest.mark.parametrize("name", ["magi", "s3gc"])
def test_covisits_are_learnt_from_batches(name: str) -> None:
    graph, y = planted()
    method = lookup("method", name)(**SETTINGS[name])
    for way in (Neighbors(60), Walks(60)) if name == "s3gc" else (Neighbors(60),):
        assert adjusted_rand_score(y, labels_of(InBatches(method, way), graph)) > 0.8


def test_magi_in_the_form_of_the_benchmark() -> None:
    graph, y = planted()
    method = lookup("method", "magi")(**SETTINGS["magi"], form="benchmark")
    assert adjusted_rand_score(y, labels_of(method, graph)) > 0.8
