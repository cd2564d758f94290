"""The iterative and closed-form methods find a planted partition, repeat themselves, and last."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
import torch
from sklearn.metrics import adjusted_rand_score

import graphclust as gc
from graphclust.bench.runner import paper_settings
from graphclust.component import from_config, lookup
from graphclust.graphs import Graph
from graphclust.methods import Method
from graphclust.objectives import Objective, Step
from graphclust.sparse import CSR
from graphclust.training import Run
from tests.methods.conftest import labels_of, planted

# Small widths and few epochs: the partition is easy, the test is of the recipe.
SETTINGS: dict[str, dict[str, Any]] = {
    "deep_cluster": {"channels": 32, "epochs": 40, "lr": 5e-3, "dim": 6},
    "age": {"channels": 32, "steps": 2, "epochs": 40, "positive": [0.2, 0.1]},
    "dink_net": {"channels": 32, "pretrain_epochs": 60, "pretrain_lr": 5e-3, "epochs": 20},
    "gcc": {},
    "ssgc": {"steps": 3},
    "s2cag": {"steps": 3},
    "m_s2cag": {"steps": 3},
    "node2vec": {"channels": 16, "epochs": 60, "length": 10, "window": 4},
}
TRAINED = ("deep_cluster", "age", "dink_net", "node2vec")
INDUCTIVE = sorted(set(SETTINGS) - {"node2vec"})


def make(name: str, **changes: Any) -> Method:
    """Return the method with the settings of these tests."""
    method: Method = lookup("method", name)(**{**SETTINGS[name], **changes})
    return method


@pytest.mark.parametrize("name", SETTINGS)
def test_finds_a_planted_partition_and_repeats_itself(name: str) -> None:
    graph, y = planted()
    labels = labels_of(make(name), graph)
    assert adjusted_rand_score(y, labels) > 0.9
    assert np.array_equal(labels, labels_of(make(name), graph))


@pytest.mark.parametrize("name", INDUCTIVE)
def test_carries_over_to_another_graph(name: str) -> None:
    graph, _ = planted()
    other, y = planted(seed=1, per_block=40)
    model = make(name).fit(graph, 3, Run.start(0, "cpu"))
    assert adjusted_rand_score(y, model.infer(other)[0].numpy()) > 0.8


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("pieces", ["no edges", "two pieces and a lone node"])
def test_survives_graphs_that_are_not_connected(name: str, pieces: str) -> None:
    graph, _ = planted()
    dense = graph.adj.to_dense()
    if pieces == "no edges":
        dense.zero_()
    else:
        dense[:60, 60:] = dense[60:, :60] = 0.0
        dense[7] = dense[:, 7] = 0.0
    adj = CSR.from_scipy(sp.csr_array(dense.numpy()), symmetric=True, weighted=False)
    changes = {k: 3 for k in ("epochs", "pretrain_epochs") if k in SETTINGS[name]}
    labels = labels_of(make(name, **changes), Graph(adj, graph.x))
    assert labels.shape == (graph.n_nodes,)
    assert set(labels) <= {0, 1, 2}


def caveman(features: bool) -> nx.Graph:
    """Return three cliques in a ring, nodes named by strings."""
    graph = nx.relabel_nodes(nx.connected_caveman_graph(3, 12), lambda i: f"person {i}")
    draw = np.random.default_rng(0)
    for index, node in enumerate(graph):
        if features:
            graph.nodes[node]["x"] = (np.eye(6)[index // 12] + 0.1 * draw.random(6)).tolist()
    return graph


@pytest.mark.parametrize("name", SETTINGS)
def test_saved_and_loaded_it_gives_the_same_labels(name: str, tmp_path: Path) -> None:
    graph = caveman(features=name != "node2vec")
    changes: dict[str, Any] = {"dim": 4} if name == "deep_cluster" else {}
    model = gc.NodeClusterer(3, make(name, **changes), random_state=0).fit(graph)
    loaded = gc.load(model.save(tmp_path / "run"))
    assert np.array_equal(loaded.predict(graph), model.labels_)
    assert np.array_equal(loaded.labels_, model.labels_)
    assert np.array_equal(loaded.transform(graph), model.embedding_)


def test_node2vec_places_a_new_node_with_its_neighbours() -> None:
    graph = caveman(features=False)
    model = gc.NodeClusterer(3, make("node2vec"), random_state=0).fit(graph)
    assert adjusted_rand_score(np.repeat(np.arange(3), 12), model.labels_) > 0.8
    grown = graph.copy()
    grown.add_edges_from(("newcomer", f"person {i}") for i in (14, 15, 16))
    labels = dict(zip(grown, model.predict(grown), strict=True))
    assert labels["newcomer"] == labels["person 15"]


class _Interrupts(Objective, name="interrupts_method_test", register=False):
    """Press Ctrl-C at an epoch; otherwise add nothing."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def before_step(self, step: Step) -> None:
        if step.epoch == self.at:
            raise KeyboardInterrupt

    def forward(self, step: Step) -> torch.Tensor:
        return 0.0 * step.z.sum()


@pytest.mark.parametrize("name", TRAINED)
def test_resume_is_bitwise_the_same(name: str, tmp_path: Path) -> None:
    from graphclust.methods import fit_recipe

    graph, _ = planted(per_block=20)
    if name == "node2vec":
        graph = Graph(graph.adj, torch.zeros(graph.n_nodes, 1))
    method = make(name, **{k: 17 for k in ("epochs", "pretrain_epochs") if k in SETTINGS[name]})

    def fit(at: int, **how: Any) -> dict[str, torch.Tensor]:
        recipe = method.compose(graph, 3)  # type: ignore[attr-defined]
        recipe.objective = recipe.objective + _Interrupts(at)
        run = Run.start(5, "cpu", **how)
        return fit_recipe(recipe, graph, 3, run).state_dict()

    whole = fit(-1)
    with pytest.raises(KeyboardInterrupt):
        fit(13, checkpoint=tmp_path / "run")
    resumed = fit(-1, checkpoint=tmp_path / "run", resume=True)
    assert set(whole) == set(resumed)
    for key, value in whole.items():
        assert torch.equal(value, resumed[key]), key


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_the_paper_are_settings_of_the_method(name: str) -> None:
    settings = paper_settings(name, "cora")
    if name == "deep_cluster":
        assert settings is None
        return
    assert settings is not None
    recipe = make(name).replace(**settings).compose(planted()[0], 3)
    parts = [recipe.encoder, recipe.head, *recipe.before, *recipe.after]
    if recipe.objective is not None:
        parts.append(recipe.objective)
    for part in parts:
        assert from_config(part.to_config()).to_config() == part.to_config()


def test_gcc_finds_its_power_by_the_rule_of_the_paper() -> None:
    graph, _ = planted()
    model = make("gcc").fit(graph, 3, Run.start(0, "cpu"))
    depth = int(model.encoder.depth)
    assert depth >= 1
    from graphclust.encoders.diffusion import GCCFilter
    from graphclust.neighbors.reduced_kmeans import reduced_kmeans

    x = model.prepare(graph).x
    residual = []
    for steps in range(1, depth + 2):
        z = GCCFilter(steps).build(24, None)(x, graph.adj)
        residual.append(reduced_kmeans(z, 3, torch.Generator().manual_seed(0))[2][-1])
    changes = [abs(b - a) for a, b in itertools.pairwise(residual)]
    enough = 24 / graph.n_nodes
    assert changes[-1] < enough
    assert all(change >= enough for change in changes[:-1])


@pytest.mark.slow
@pytest.mark.skipif("GRAPHCLUST_DATA" not in os.environ, reason="needs the data folder with Cora")
def test_gcc_reaches_the_papers_figures_on_cora() -> None:
    loaded = gc.load_dataset("cora")
    method = lookup("method", "gcc")(**(paper_settings("gcc", "cora") or {}))
    scores = [
        gc.NodeClusterer(7, method, random_state=seed).fit(loaded).score(loaded.y)["nmi"]
        for seed in range(5)
    ]
    assert float(np.median(scores)) > 0.591 - 0.02
