"""Partitions beside one another: how far they agree, which is kept, what they make together."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
import torch
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

import graphclust as gc
from graphclust.encoders import reduction
from graphclust.graphs import Graph
from graphclust.graphs.coerce import as_graph
from graphclust.graphs.rows import graph_of_rows
from graphclust.methods.classical import many_scales
from graphclust.methods.classical.agreement import mean_agreement
from graphclust.methods.classical.leiden_at_k import communities_from
from graphclust.methods.classical.many_scales import preferred
from graphclust.methods.multistage import smooth_consensus


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def directions(n: int, k: int, noise: float) -> tuple[torch.Tensor, np.ndarray]:
    """Return unit rows about k directions, and which."""
    y = torch.arange(n) % k
    x = torch.eye(k, 40)[y] + noise * torch.randn(n, 40, generator=seeded())
    return torch.nn.functional.normalize(x, dim=1), y.numpy()


def test_agreement_is_the_mean_information_shared_with_the_others() -> None:
    found = [torch.randint(0, 4, (200,), generator=seeded(i)) for i in range(3)]
    found.append(found[0])
    pairs = np.array([[normalized_mutual_info_score(a, b) for b in found] for a in found])
    expected = (pairs.sum(1) - 1.0) / 3
    np.testing.assert_allclose(mean_agreement(found, 4).numpy(), expected, atol=1e-12)
    one_cluster = [torch.zeros(5, dtype=torch.int64)] * 2
    assert mean_agreement(one_cluster, 2).tolist() == [1.0, 1.0]
    assert mean_agreement(found[:1], 4).tolist() == [1.0]


def test_what_is_like_nothing_else_is_not_preferred() -> None:
    y = torch.arange(60) % 3
    alike = [torch.where(torch.rand(60, generator=seeded(i)) < 0.1, 0, y) for i in range(7)]
    odd = torch.randint(0, 3, (60,), generator=seeded(9))
    found, worth = [*alike, odd], [0.1 * i for i in range(7)] + [5.0]
    assert preferred(found, worth, 3) == 6


def test_texts_are_clustered_by_smoothed_vectors_and_pictures_by_scales() -> None:
    x, y = directions(300, 3, 0.25)
    labels = {}
    for method in ("default", "many_scales", "smooth_consensus"):
        for of_texts in (False, True):
            model = gc.NodeClusterer(3, method, random_state=0)
            labels[method, of_texts] = model.fit(graph_of(x, of_texts)).labels_
            assert adjusted_rand_score(y, labels[method, of_texts]) > 0.8
    assert np.array_equal(labels["default", True], labels["smooth_consensus", True])
    assert np.array_equal(labels["default", False], labels["many_scales", False])


def graph_of(x: torch.Tensor, of_texts: bool) -> Graph:
    return replace(graph_of_rows(x), of_texts=of_texts)


def test_texts_say_what_they_are(tmp_path) -> None:
    texts = ["cat dog cat", "dog cat dog", "stocks bonds fell", "bonds stocks rose"] * 3
    assert gc.adapters.from_texts(texts, neighbors=3).of_texts
    model = gc.NodeClusterer(2, random_state=0).fit(gc.adapters.from_texts(texts, neighbors=3))
    assert adjusted_rand_score([0, 0, 1, 1] * 3, model.labels_) == 1.0
    again = gc.load(model.save(tmp_path / "run"))
    assert np.array_equal(again.predict(gc.adapters.from_texts(texts, neighbors=3)), model.labels_)


@pytest.mark.parametrize("noise", [0.3, 0.6])
def test_a_consensus_is_no_worse_than_k_means(noise: float) -> None:
    x, y = directions(600, 6, noise)
    graph = graph_of(x, True)
    score = {
        method: np.mean(
            [
                normalized_mutual_info_score(
                    y, gc.NodeClusterer(6, method, random_state=s).fit(graph).labels_
                )
                for s in range(3)
            ]
        )
        for method in ("smooth_consensus", "kmeans")
    }
    assert score["smooth_consensus"] > score["kmeans"] - 0.02


def test_starts_are_compared_on_some_rows_and_all_are_clustered(monkeypatch) -> None:
    x, y = directions(900, 3, 0.25)
    monkeypatch.setattr(smooth_consensus, "_FEW", 90)
    model = gc.NodeClusterer(3, "smooth_consensus", random_state=0).fit(graph_of(x, True))
    assert adjusted_rand_score(y, model.labels_) > 0.8


def test_communities_of_another_number_are_not_compared(monkeypatch) -> None:
    x, y = directions(120, 3, 0.1)
    graph = graph_of(x, False)

    def two(adj, k: int, seed: int, resolution: float, trials: int) -> tuple[np.ndarray, float]:
        return np.minimum(y, 1), resolution

    monkeypatch.setattr(many_scales, "communities_from", two)
    monkeypatch.setattr(many_scales, "partition_modularity", favours_few)
    monkeypatch.setattr(many_scales, "_OUTLIERS", 0.0)
    model = gc.NodeClusterer(3, "many_scales", random_state=0).fit(graph)
    assert np.unique(model.labels_).tolist() == [0, 1, 2]


def favours_few(adj, labels: torch.Tensor, k: int) -> tuple[float]:
    return (1.0 / torch.unique(labels).numel(),)


def test_many_nodes_are_clustered_as_few_are(monkeypatch) -> None:
    x, y = directions(1500, 3, 0.25)
    x = x @ torch.linalg.qr(torch.randn(400, 40, generator=seeded(1)))[0].T
    graph, drawn = graph_of(x, False), []
    few = gc.NodeClusterer(3, "many_scales", random_state=0).fit_predict(graph)
    monkeypatch.setattr(many_scales, "_SMALL", 200)
    monkeypatch.setattr(many_scales, "_EACH", 20)
    monkeypatch.setattr(reduction, "_randomised", lambda *given: drawn.append(given))
    many = gc.NodeClusterer(3, "many_scales", random_state=0).fit_predict(graph)
    assert not drawn  # 400 columns are decomposed by their Gram matrix
    assert adjusted_rand_score(y, many) > 0.9
    assert adjusted_rand_score(few, many) > 0.95


def test_starts_share_the_rows_that_one_start_has_on_many_nodes(monkeypatch) -> None:
    x, y = directions(1500, 3, 0.25)
    graph, begun = graph_of(x, False), []

    class Counted(many_scales.TiedGaussianMixture):
        def __init__(self, *args, few: int) -> None:
            super().__init__(*args, few=few)
            begun.append(few)

    monkeypatch.setattr(many_scales, "TiedGaussianMixture", Counted)
    monkeypatch.setattr(many_scales, "_EACH", 20)
    fits = {}
    for limit in (1200, 1800):
        monkeypatch.setattr(many_scales, "_SMALL", limit)
        labels = gc.NodeClusterer(3, "many_scales", random_state=0).fit_predict(graph)
        assert adjusted_rand_score(y, labels) > 0.9
        fits[limit] = (set(begun), len(begun))
        begun.clear()
    assert fits[1200][0] == {1200}
    assert fits[1800] == ({600}, 3 * fits[1200][1])


def test_on_many_nodes_later_searches_begin_where_the_first_ended(monkeypatch) -> None:
    graph = graph_of(directions(400, 4, 0.2)[0], False)
    asked: list[tuple[float, int]] = []
    reached: list[float] = []

    def search(adj, k: int, seed: int, resolution: float, trials: int):
        asked.append((resolution, trials))
        found = communities_from(adj, k, seed, resolution, trials)
        reached.append(found[1])
        return found

    monkeypatch.setattr(many_scales, "communities_from", search)
    gc.NodeClusterer(4, "many_scales", random_state=0).fit(graph)
    assert asked == [(1.0, 16)] * 3
    asked.clear()
    reached.clear()
    monkeypatch.setattr(many_scales, "_SMALL", 200)
    gc.NodeClusterer(4, "many_scales", random_state=0).fit(graph)
    assert asked == [(1.0, 16), (reached[0], 4), (reached[1], 4)]


def test_communities_of_more_components_than_clusters_are_not_sought(monkeypatch) -> None:
    apart = as_graph(nx.disjoint_union_all([nx.complete_graph(6)] * 5))
    monkeypatch.setattr(many_scales, "communities_from", None)
    labels = gc.NodeClusterer(3, "many_scales", random_state=0).fit_predict(apart)
    assert np.unique(labels).tolist() == [0, 1, 2]
    for clique in labels.reshape(5, 6):
        assert len(set(clique.tolist())) == 1
