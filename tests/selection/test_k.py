"""The number of clusters, on graphs where it is known, and where there is none."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.cluster import KMeans

from graphclust.errors import InputError
from graphclust.selection import choose_k


def planted(k: int, n: int, seed: int, mixing: float = 0.25) -> tuple[np.ndarray, sp.csr_array]:
    """A planted partition of mean degree 12, and an embedding that knows it only roughly."""
    size = n // k
    inside, outside = 12 * (1 - mixing) / size, 12 * mixing / (n - size)
    graph = nx.planted_partition_graph(k, size, inside, outside, seed=seed)
    generator = np.random.default_rng(seed)
    z = generator.standard_normal((k, 16))[np.arange(k * size) // size]
    noisy = z + 0.6 * generator.standard_normal(z.shape)
    return noisy, nx.to_scipy_sparse_array(graph, format="csr")


def kmeans(z: np.ndarray) -> Callable[[int], np.ndarray]:
    def fit(k: int) -> np.ndarray:
        # Restarts enough that a poor local minimum does not pass for a poor k.
        return KMeans(k, n_init=20, random_state=0).fit_predict(z)

    return fit


@pytest.mark.parametrize("k", [3, 5, 8, 12])
def test_planted_partitions_are_found(k: int) -> None:
    z, adjacency = planted(k, 600, seed=k)
    choice = choose_k(z, adjacency, kmeans(z))
    assert choice.k == k
    assert choice.certain
    assert list(choice.table) == sorted(choice.table)
    assert choice.table[k]["modularity"] > 0.4
    assert choice.table[1] == {"modularity": 0.0, "evidence": 0.0}


def test_nothing_is_claimed_of_a_random_graph() -> None:
    graph = nx.gnm_random_graph(400, 1600, seed=0)
    z = np.random.default_rng(0).standard_normal((400, 8))
    choice = choose_k(z, nx.to_scipy_sparse_array(graph), kmeans(z))
    assert not choice.certain


def test_a_graph_without_edges_is_read_from_its_embedding() -> None:
    z = np.repeat(np.eye(4) * 9, 20, axis=0) + np.random.default_rng(0).standard_normal((80, 4))
    choice = choose_k(z, sp.csr_array((80, 80)), kmeans(z))
    assert choice.k == 4
    assert set(choice.table[4]) == {"silhouette"}


@pytest.mark.parametrize("n", [200, 3000])
def test_few_heads_are_fitted_each_once(n: int) -> None:
    tried: list[int] = []

    def chains(k: int) -> np.ndarray:
        tried.append(k)
        return np.arange(n) * k // n

    ring = nx.to_scipy_sparse_array(nx.cycle_graph(n))
    choice = choose_k(np.zeros((n, 1)), ring, chains)
    assert len(tried) <= 15
    assert len(set(tried)) == len(tried)
    assert set(choice.table) == {1, *tried}
    assert 2 <= choice.k <= 64


def test_bounds_are_kept() -> None:
    z, adjacency = planted(8, 400, seed=0)
    choice = choose_k(z, adjacency, kmeans(z), k_max=5)
    assert choice.k <= 5
    assert max(choice.table) <= 5
    assert choose_k(z, adjacency, kmeans(z), k_max=1).k == 1


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_few_items(n: int) -> None:
    z = np.arange(n, dtype=float)[:, None]
    path = nx.to_scipy_sparse_array(nx.path_graph(n)) if n > 1 else sp.csr_array((1, 1))
    assert 1 <= choose_k(z, path, lambda k: np.arange(n) % k).k <= min(n, 2)


def test_inputs_are_left_alone() -> None:
    z, adjacency = planted(3, 90, seed=0)
    for array in (z, adjacency.data, adjacency.indices, adjacency.indptr):
        array.flags.writeable = False
    fit = kmeans(z.copy())
    choose_k(z, adjacency, fit)


def test_errors_say_what_to_do() -> None:
    with pytest.raises(InputError, match="no rows"):
        choose_k(np.zeros((0, 2)), sp.csr_array((1, 1)), lambda k: np.zeros(0, dtype=np.int64))
    with pytest.raises(InputError, match="k_max is 0"):
        choose_k(np.zeros((3, 2)), sp.csr_array((3, 3)), lambda k: np.zeros(3, dtype=np.int64), 0)
