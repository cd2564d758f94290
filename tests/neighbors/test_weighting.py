"""Bridges between components, indices of one's own, and what is told of a graph."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.sparse.csgraph import connected_components

from graphclust.errors import InputError
from graphclust.neighbors import (
    described_knn_graph,
    knn_graph,
    knn_search,
    neighbor_graph,
    neighbors_in_distances,
)

X = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))


def components(adj) -> int:
    return int(connected_components(adj.to_scipy(), directed=False)[0])


def test_bridges_join_what_mutual_neighbours_leave_apart_at_the_least_length() -> None:
    index, score = knn_search(X, k=4, metric="euclidean")
    mutual, bridged, union = (
        neighbor_graph(index, score, w) for w in ("mutual", "bridged", "union")
    )
    assert components(mutual) > components(union) == components(bridged)
    extra = (bridged.to_dense() - mutual.to_dense()).nonzero()
    assert len(extra) // 2 == components(mutual) - components(bridged)
    # Prim's way to the same number: grow one tree over all pairs of the union.
    length = torch.cdist(X, X)
    taken = sum(float(length[i, j]) for i, j in extra.tolist()) / 2
    part = connected_components(mutual.to_scipy(), directed=False)[1]
    pairs = sorted(
        (float(length[i, j]), part[i], part[j])
        for i, j in union.to_dense().nonzero().tolist()
        if part[i] != part[j]
    )
    root = list(range(part.max() + 1))
    expected = 0.0
    for weight, a, b in pairs:
        while root[a] != a:
            a = root[a]
        while root[b] != b:
            b = root[b]
        if a != b:
            root[a], expected = b, expected + weight
    assert taken == pytest.approx(expected, rel=1e-5)


def test_indices_of_ones_own_may_name_a_row_itself_or_one_twice() -> None:
    index = torch.tensor([[0, 1, 1], [0, 2, 1], [1, 1, 2]])
    expected = torch.tensor([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]])
    assert torch.equal(neighbor_graph(index).to_dense(), expected)
    assert torch.equal(neighbor_graph(index, weighting="mutual").to_dense(), expected)
    with pytest.raises(InputError, match="needs distances"):
        neighbor_graph(index, weighting="fuzzy")


def test_equal_rows_are_surely_neighbours() -> None:
    adj = knn_graph(torch.ones(40, 5), k=3, weighting="fuzzy")
    assert torch.isfinite(adj.values).all() and float(adj.values.max()) == pytest.approx(1.0)


@pytest.mark.parametrize("dense", [True, False])
def test_distances_of_ones_own_give_the_graph_of_the_vectors(dense) -> None:
    table = torch.cdist(X.double(), X.double()).numpy()
    if not dense:
        from sklearn.neighbors import kneighbors_graph

        table = kneighbors_graph(X.numpy(), 9, mode="distance")
    index, score = neighbors_in_distances(table, k=5)
    assert (index == knn_search(X, k=5, metric="euclidean")[0]).float().mean() > 0.99
    assert (score <= 0).all()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (np.zeros((3, 2)), "square"),
        (np.full((3, 3), -1.0), "negative"),
        (np.full((3, 3), np.nan), "NaN"),
    ],
)
def test_wrong_distances(table, message) -> None:
    with pytest.raises(InputError, match=message):
        neighbors_in_distances(table, k=1)


def test_the_graph_is_told_in_words() -> None:
    x = torch.cat([torch.eye(2)] * 4)
    words = described_knn_graph(x, k=3)[1]
    assert words == "cosine, search exact, edges by union; degrees 3 to 3, median 3; 2 components"
