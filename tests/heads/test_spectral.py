"""Heads over a subspace of the embedding: spectral, rotated, reduced k-means."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from sklearn.metrics import adjusted_rand_score

from graphclust import heads
from graphclust.component import from_config, registry
from graphclust.graphs import Graph
from graphclust.heads import Head, ReducedKMeans, Spectral, SubspaceRotation
from graphclust.heads.subspace_rotation import round_to_clusters
from graphclust.neighbors.reduced_kmeans import principal_directions, reduced_kmeans
from graphclust.sparse import CSR

N, K, D = 240, 4, 12
EMPTY = Graph(CSR.from_scipy(sp.csr_array((N, N)), symmetric=True))
Y = np.repeat(np.arange(K), N // K)
HEADS = [
    Spectral(),
    Spectral(unit_rows=False, center=True),
    SubspaceRotation(iterations=10),
    SubspaceRotation(gamma=0.9, iterations=40),
    ReducedKMeans(),
]


def cones(seed: int = 0, spread: float = 0.25) -> torch.Tensor:
    """Return rows of any length around four directions, all entries positive on average."""
    generator = torch.Generator().manual_seed(seed)
    directions = torch.eye(D)[:K] + 0.25
    z = directions.repeat_interleave(N // K, 0)
    return (z + spread * torch.rand(N, D, generator=generator)).clamp(min=0)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_finds_the_cones_and_places_new_rows(head: Head) -> None:
    fitted = from_config(head.to_config()).build(D, K, None).fit(cones(), EMPTY, seeded())
    assert adjusted_rand_score(Y, fitted.predict(cones()).numpy()) > 0.95
    assert adjusted_rand_score(Y, fitted.predict(cones(seed=1)).numpy()) > 0.95
    s = fitted(cones(seed=1))
    torch.testing.assert_close(s.sum(1), torch.ones(N))
    assert torch.equal(s.argmax(1), fitted.predict(cones(seed=1)))


@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_a_row_is_placed_alone_as_among_others(head: Head) -> None:
    fitted = from_config(head.to_config()).build(D, K, None).fit(cones(), EMPTY, seeded())
    together = fitted.predict(cones())
    assert [int(fitted.predict(cones()[i : i + 1])) for i in (0, 70, 200)] == [
        int(together[i]) for i in (0, 70, 200)
    ]


@pytest.mark.parametrize("head", HEADS, ids=repr)
def test_same_generator_same_labels(head: Head) -> None:
    first, second = (
        from_config(head.to_config()).build(D, K, None).fit(cones(), EMPTY, seeded(3))
        for _ in range(2)
    )
    assert torch.equal(first.predict(cones()), second.predict(cones()))


def test_spectral_coordinates_are_the_dense_left_singular_vectors() -> None:
    z = torch.nn.functional.normalize(cones(), dim=1)
    head = Spectral(iterations=20).build(D, K, None).fit(cones(), EMPTY, seeded())
    u = torch.linalg.svd(z, full_matrices=False)[0][:, :K]
    overlap = (u.T @ (z @ head.projection)).abs()
    torch.testing.assert_close(overlap, torch.eye(K), atol=1e-3, rtol=0)


def test_rotation_without_gamma_is_spanned_by_singular_vectors_but_the_first() -> None:
    z = cones()
    head = SubspaceRotation(iterations=30).build(D, K, None).fit(z, EMPTY, seeded())
    u = torch.linalg.svd(z, full_matrices=False)[0][:, 1 : K + 1]
    overlap = (u.T @ (z @ head.projection)).abs()
    torch.testing.assert_close(overlap, torch.eye(K), atol=1e-3, rtol=0)


def test_rotation_with_gamma_is_spanned_by_the_dense_modularity_vectors() -> None:
    z, gamma = cones(), 0.9
    head = SubspaceRotation(gamma, iterations=300).build(D, K, None).fit(z, EMPTY, seeded())
    w = z * z.sum(1, keepdim=True).sqrt()
    kernel = (w @ w.T).double()
    degree = kernel.sum(1)
    values, vectors = torch.linalg.eigh(kernel - gamma * torch.outer(degree, degree) / degree.sum())
    leading = vectors[:, values.abs().argsort(descending=True)[:K]]
    u = (w @ head.projection).double()
    # The two bases span the same space: projecting one onto the other loses nothing.
    torch.testing.assert_close(
        leading.T @ u @ (u.T @ leading), torch.eye(K).double(), atol=1e-2, rtol=0
    )


def test_more_starts_never_end_shorter() -> None:
    u = torch.linalg.qr(torch.randn(N, K, generator=seeded()))[0]
    start = torch.eye(K)
    _, once = round_to_clusters(u, start, 100)
    one = SubspaceRotation(restarts=1, iterations=8).build(D, K, None)
    ten = SubspaceRotation(restarts=10, iterations=8).build(D, K, None)
    z = torch.randn(N, D, generator=seeded(4))
    lengths = [h.fit(z, EMPTY, seeded(2)).rotation.square().sum() for h in (one, ten)]
    assert lengths[1] >= lengths[0]
    assert once > 0


@pytest.mark.parametrize("spread", [0.2, 1.0, 3.0])
def test_the_alternation_never_raises_the_residual(spread: float) -> None:
    z = cones(2, spread)
    w, centers, losses = reduced_kmeans(z, K, seeded(), tol=0.0)
    assert all(b <= a + 1e-4 for a, b in itertools.pairwise(losses))
    torch.testing.assert_close(w.T @ w, torch.eye(K), atol=1e-5, rtol=0)
    labels = ((z @ w)[:, None] - centers).square().sum(2).argmin(1)
    dense = (z - centers[labels] @ w.T).norm()
    assert losses[-1] == pytest.approx(float(dense), rel=1e-4)


def test_principal_directions_are_those_of_the_covariance() -> None:
    z = cones(3, 2.0)
    v = torch.linalg.svd(z - z.mean(0), full_matrices=False)[2][:3].T
    overlap = (v.T @ principal_directions(z, 3, seeded(), iterations=40)).abs()
    torch.testing.assert_close(overlap, torch.eye(3), atol=1e-4, rtol=0)


def test_every_head_is_exported_by_its_class_name() -> None:
    for kind in registry("head").values():
        if kind.__module__.startswith("graphclust"):
            assert getattr(heads, kind.__name__) is kind
