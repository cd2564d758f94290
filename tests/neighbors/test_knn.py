"""Exact neighbours, against scikit-learn and by brute force."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from scipy.optimize import brentq
from sklearn.neighbors import NearestNeighbors

from graphclust.errors import InputError
from graphclust.neighbors import knn_graph, knn_search, neighbor_graph, search
from graphclust.sparse import CSR

X = torch.randn(300, 12, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("block", [1 << 24, 1000])
def test_neighbours_are_scikit_learns(metric, block, monkeypatch) -> None:
    monkeypatch.setattr(search, "_BLOCK", block)
    index, score = knn_search(X, k=9, metric=metric)
    reference = NearestNeighbors(n_neighbors=9, metric=metric).fit(X.numpy())
    distance, expected = reference.kneighbors()
    # Rows whose distances differ by a rounding error may stand in either order.
    assert (index.numpy() == expected).mean() > 0.99
    ours = 1 - score if metric == "cosine" else (-score).clamp(min=0).sqrt()
    np.testing.assert_allclose(ours.numpy(), distance, atol=1e-4)


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_queries_that_are_not_in_the_reference(metric) -> None:
    index, _ = knn_search(X[:20] + 0.01, X, k=3, metric=metric)
    expected = NearestNeighbors(n_neighbors=3, metric=metric).fit(X.numpy())
    np.testing.assert_array_equal(index, expected.kneighbors(X[:20] + 0.01)[1])


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_sparse_rows_have_the_same_neighbours(metric) -> None:
    table = sp.random_array((80, 50), density=0.3, rng=np.random.default_rng(1)).tocsr()
    dense = torch.tensor(table.toarray(), dtype=torch.float32)
    ours = knn_search(CSR.from_scipy(table), k=5, metric=metric)[0]
    assert torch.equal(ours, knn_search(dense, k=5, metric=metric)[0])


def test_of_equally_near_rows_the_first_is_taken() -> None:
    index, _ = knn_search(torch.ones(60, 3), k=4)
    assert index[0].tolist() == [1, 2, 3, 4]
    assert index[59].tolist() == [0, 1, 2, 3]
    doubled = torch.cat([X, X])
    a, b = knn_search(doubled, k=7), knn_search(doubled, k=7)
    assert torch.equal(a[0], b[0])


@pytest.mark.parametrize("k", [1, 9, 40])
@pytest.mark.parametrize("metric", ["cosine", "euclidean", "inner"])
def test_of_many_rows_the_nearest_are_those_of_a_full_sort(metric, k) -> None:
    # Small integers: scores tie within groups of columns, across them and at the last place.
    reference = torch.randint(-2, 3, (5003, 6), generator=torch.Generator().manual_seed(0)).float()
    query = reference[:50]
    index, score = knn_search(query, reference, k=k, metric=metric)
    with_all = knn_search(query, reference, k=5003, metric=metric)
    full = torch.empty(50, 5003).scatter_(1, with_all[0], with_all[1])
    ranked = full.sort(dim=1, descending=True, stable=True)
    assert torch.equal(index, ranked.indices[:, :k])
    assert torch.equal(score, ranked.values[:, :k])


@pytest.mark.parametrize("weighting", ["union", "mutual", "gaussian", "plain", "shared", "fuzzy"])
def test_weightings_against_a_dense_reference(weighting) -> None:
    index, score = knn_search(X, k=6, metric="euclidean")
    one = torch.zeros(300, 300)
    one.scatter_(1, index, 1.0)
    both = one + one.T
    adj = neighbor_graph(index, score, weighting).to_dense()
    if weighting == "union":
        expected = (both > 0).float()
    elif weighting == "mutual":
        expected = (both == 2).float()
    elif weighting == "plain":
        expected = both / 2
    elif weighting == "shared":
        own = one + torch.eye(300)
        common = own @ own.T
        expected = (both > 0) * common / (14 - common)
    elif weighting == "fuzzy":
        length = (-score).sqrt()
        beyond = length - length[:, :1]
        scale = torch.tensor([_scale(row) for row in beyond.double().numpy()])
        p = torch.zeros(300, 300).scatter_(1, index, torch.exp(-beyond / scale[:, None]).float())
        expected = p + p.T - p * p.T
    else:
        square = torch.cdist(X.double(), X.double()).square()
        spread = (-score[:, -1]).double().sqrt()
        expected = ((both > 0) * torch.exp(-square / (spread[:, None] * spread))).float()
    torch.testing.assert_close(adj, expected, atol=1e-4, rtol=1e-3)


def _scale(beyond) -> float:
    """UMAP's bandwidth of one row: the memberships sum to log2 k."""
    return brentq(lambda s: np.exp(-beyond / s).sum() - np.log2(beyond.size), 1e-3, 1e3)


def test_graph_is_symmetric_and_without_loops() -> None:
    adj = knn_graph(X, k=5)
    dense = adj.to_dense()
    assert adj.symmetric and torch.equal(dense, dense.T) and not dense.diagonal().any()
    assert (adj.counts >= 5).all()


def test_rows_of_zeros_have_no_direction() -> None:
    x = X.clone()
    x[3] = 0
    assert knn_graph(x, k=5).counts[3] == 0
    assert knn_graph(x, k=5, metric="euclidean").counts[3] >= 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"k": 0}, "k=0"),
        ({"k": 300}, "between 1 and 299"),
        ({"k": 3, "metric": "manhattan"}, "metric='manhattan'"),
        ({"k": 3, "reference": torch.ones(4, 2)}, "12 features"),
    ],
)
def test_wrong_arguments(arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        knn_search(X, **arguments)
    with pytest.raises(InputError, match="weighting='x'"):
        knn_graph(X, k=3, weighting="x")
