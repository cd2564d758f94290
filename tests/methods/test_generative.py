"""The generative methods find a planted partition, repeat themselves, carry over, and load."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

import graphclust as gc
from graphclust.bench.runner import paper_settings
from graphclust.component import from_config, lookup
from graphclust.encoders import GAT, GCN, Variational
from graphclust.errors import InputError
from graphclust.graphs.generators import planted_partition
from graphclust.heads import GaussianMixture
from graphclust.objectives.adjacency_reconstruction import AdjacencyReconstruction
from graphclust.objectives.mixture_prior import MixturePrior

# Few epochs: the partition is easy, the test is of the recipe.
SETTINGS: dict[str, dict[str, Any]] = {
    "gae": {"epochs": 60},
    "gmm_vgae": {"pretrain_epochs": 80, "epochs": 40},
    "argva": {"epochs": 150},
}
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *SETTINGS.items(),
    ("gmm_vgae", {**SETTINGS["gmm_vgae"], "covariance": "spherical"}),
    ("argva", {**SETTINGS["argva"], "variational": False}),
    ("argva", {**SETTINGS["argva"], "mixture": True}),
]


def planted(seed: int = 0, size: int = 60) -> Any:
    """Return three dense blocks with features that lean towards their block."""
    draw = torch.Generator().manual_seed(seed)
    data = planted_partition(3, size, 0.2, 0.01, draw)
    lean = 0.05 + 0.3 * (torch.arange(24) // 8 == data.y[:, None]).float()
    data.x = (torch.rand(3 * size, 24, generator=draw) < lean).float()
    return data


def clusterer(name: str, settings: dict[str, Any], seed: int = 0) -> gc.NodeClusterer:
    method = lookup("method", name)(**settings)
    return gc.NodeClusterer(3, method=method, random_state=seed, device="cpu")


@pytest.mark.parametrize(("name", "settings"), VARIANTS)
def test_finds_a_planted_partition_and_repeats_itself(name, settings) -> None:
    data = planted()
    model = clusterer(name, settings).fit(data)
    assert adjusted_rand_score(data.y, model.labels_) > 0.9
    assert np.allclose(model.membership_.sum(1), 1.0, atol=1e-5)
    again = clusterer(name, settings).fit(data)
    assert np.array_equal(model.labels_, again.labels_)
    assert np.array_equal(model.membership_, again.membership_)


@pytest.mark.parametrize("name", SETTINGS)
def test_carries_over_to_another_graph_and_loads(name, tmp_path) -> None:
    model = clusterer(name, SETTINGS[name]).fit(planted())
    other = planted(seed=1, size=40)
    labels = model.predict(other)
    assert adjusted_rand_score(other.y, labels) > 0.8
    loaded = gc.load(model.save(tmp_path / "run"))
    assert np.array_equal(loaded.predict(other), labels)
    assert np.array_equal(loaded.predict_membership(other), model.predict_membership(other))
    assert np.array_equal(loaded.transform(other), model.transform(other))


# Three epochs over no edges: components that overlap are allowed to, and are warned about.
@pytest.mark.filterwarnings("ignore:.*clusters:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("name", "settings"), VARIANTS)
def test_survives_isolated_nodes_and_no_edges(name, settings) -> None:
    data = planted()
    data.edge_index = data.edge_index[:, :0]
    few = {key: 3 if "epochs" in key else value for key, value in settings.items()}
    with np.errstate(all="raise"):
        labels = clusterer(name, few).fit(data).labels_
    assert labels.shape == (180,)
    assert set(labels) <= {0, 1, 2}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_of_the_paper_are_settings_of_the_method(name) -> None:
    settings = paper_settings(name, "cora")
    assert settings is not None
    method = lookup("method", name)().replace(**settings)
    recipe = method.compose(gc.estimators.inputs.to_graph(planted(), False), 3)
    for part in (recipe.encoder, recipe.head, recipe.objective):
        assert from_config(part.to_config()).to_config() == part.to_config()


def test_the_mixture_moves_after_it_was_placed() -> None:
    data = planted()
    short = clusterer("gmm_vgae", {"pretrain_epochs": 80, "epochs": 1}).fit(data)
    long = clusterer("gmm_vgae", SETTINGS["gmm_vgae"]).fit(data)
    assert set(long.history_) >= {"normal_prior", "mixture_prior", "adjacency_reconstruction"}
    assert long.history_["loss"][-1] < long.history_["loss"][80]
    moved = (long.model_.head.means - short.model_.head.means).abs().max()
    assert float(moved.detach()) > 1e-2


@pytest.mark.parametrize("seed", range(5))
def test_no_component_dies_on_a_small_graph(seed) -> None:
    model = gc.NodeClusterer(2, method="gmm_vgae", random_state=seed, device="cpu")
    labels = model.fit_predict(nx.karate_club_graph())
    assert len(set(labels)) == 2
    # The mixture starts as a prior of the draws, not far off and steep.
    assert model.history_["mixture_prior"][0] < 2.0 * model.history_["normal_prior"][-1]


def test_any_encoder_is_a_trunk_and_a_composition_without_one_is_refused() -> None:
    data = planted()
    method = lookup("method", "gmm_vgae")(**SETTINGS["gmm_vgae"])
    model = gc.NodeClusterer(
        3, method=method, encoder=Variational(8, GAT([16], heads=2)), random_state=0, device="cpu"
    ).fit(data)
    assert adjusted_rand_score(data.y, model.labels_) > 0.9
    composed = gc.NodeClusterer(
        3,
        encoder=Variational(8),
        head=GaussianMixture(),
        objective=AdjacencyReconstruction() + (1 / 180) * MixturePrior(),
        random_state=0,
        device="cpu",
    ).fit(data)
    assert composed.history_["mixture_prior"][-1] < composed.history_["mixture_prior"][0]
    plain = gc.NodeClusterer(3, method=method, encoder=GCN(16), random_state=0, device="cpu")
    assert adjusted_rand_score(data.y, plain.fit(data).labels_) > 0.9
    with pytest.raises(InputError, match="Variational"):
        composed.set_params(encoder=GCN(8)).fit(data)
