"""The simultaneous methods find a planted partition, repeat themselves, and carry over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from sklearn.metrics import adjusted_rand_score

from graphclust.bench.runner import paper_settings
from graphclust.component import from_config, lookup
from graphclust.encoders.quadratic_subspace import QuadraticSubspace, quadratic_features
from graphclust.graphs import Graph
from graphclust.sparse import CSR
from graphclust.training import Run
from tests.methods.conftest import labels_of, planted

# Small widths and few epochs: the partition is easy, the test is of the recipe.
SETTINGS: dict[str, dict[str, Any]] = {
    "dmon": {"channels": 16, "epochs": 200, "lr": 1e-2},
    "mincut": {"channels": 16, "epochs": 200, "lr": 1e-2},
    "neuromap": {"channels": 16, "epochs": 200, "lr": 1e-2},
    "jbgnn": {"channels": 32, "layers": 6, "epochs": 400, "lr": 3e-3},
    "dgcluster": {"channels": [32, 16], "epochs": 150, "lr": 1e-2, "threshold": 0.7},
    "daegc": {"channels": [16, 16], "pretrain_epochs": 60, "epochs": 20},
    "sdcn": {"channels": [32, 5], "pretrain_epochs": 60, "epochs": 200, "lr": 1e-2},
    "sagsc": {"steps": 2},
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
    few = {k: v for k, v in SETTINGS[name].items() if k not in ("epochs", "pretrain_epochs")}
    method = lookup("method", name)(**few)
    if "epochs" in method.get_params():
        method = method.replace(epochs=3)
    labels = labels_of(method, bare)
    assert labels.shape == (graph.n_nodes,)
    assert labels.min() >= 0


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - {"sdcn"}))
def test_settings_of_the_paper_are_settings_of_the_method(name: str) -> None:
    settings = paper_settings(name, "cora")
    assert settings is not None
    method = lookup("method", name)().replace(**settings)
    recipe = method.compose(planted()[0], 3)
    parts = [recipe.encoder, recipe.head, *recipe.before, *recipe.after]
    if recipe.objective is not None:
        parts.append(recipe.objective)
    for part in parts:
        assert from_config(part.to_config()).to_config() == part.to_config()


def test_quadratic_features_are_a_kernel() -> None:
    u = torch.randn(9, 4, generator=torch.Generator().manual_seed(0)).double()
    mapped = quadratic_features(u, 0.7)
    assert mapped.shape == (9, 15)
    torch.testing.assert_close(mapped @ mapped.T, (u @ u.T + 0.7) ** 2)


def test_quadratic_subspace_is_the_spectrum_of_the_affinity() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(25, 12, generator=generator)
    adj = CSR.from_scipy(sp.csr_array((25, 25)), symmetric=True)
    z = QuadraticSubspace(3).fit(x, adj, generator)(x, adj)
    u = torch.linalg.svd(x - x.mean(0))[0][:, :3]
    affinity = (u @ u.T + 2**-0.5) ** 2
    scale = affinity.sum(1).rsqrt()
    vectors = torch.linalg.eigh(scale[:, None] * affinity * scale)[1].flip(1)[:, 1:4]
    torch.testing.assert_close((z.T @ vectors).abs(), torch.eye(3), atol=1e-3, rtol=0)
