"""k-means against scikit-learn, and its own promises."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from sklearn.cluster import KMeans as Reference

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads import KMeans, SphericalKMeans
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.sparse import CSR

EMPTY = Graph(CSR.from_scipy(sp.csr_array((300, 300)), symmetric=True))


def blobs(seed: int = 0, spread: float = 1.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    centers = torch.randn(6, 5, generator=generator) * 4
    return centers.repeat_interleave(50, 0) + spread * torch.randn(300, 5, generator=generator)


@pytest.mark.parametrize("spread", [0.5, 2.0, 5.0])
def test_inertia_is_within_a_percent_of_scikit_learn(spread: float) -> None:
    z = blobs(1, spread)
    centers = lloyd(z, 6, torch.Generator().manual_seed(0), restarts=10)
    ours = float(nearest_center(z, centers)[1].sum())
    theirs = Reference(6, n_init=10, random_state=0).fit(z.numpy()).inertia_
    assert ours <= 1.01 * theirs


def test_same_generator_same_labels_and_memberships_sum_to_one() -> None:
    z = blobs()
    first = KMeans().build(5, 6, None).fit(z, EMPTY, torch.Generator().manual_seed(4))
    second = KMeans().build(5, 6, None).fit(z, EMPTY, torch.Generator().manual_seed(4))
    assert torch.equal(first.predict(z), second.predict(z))
    s = first(z)
    assert torch.allclose(s.sum(1), torch.ones(300))
    assert torch.equal(s.argmax(1), first.predict(z))


def test_all_clusters_are_used_even_with_many_repeated_rows() -> None:
    z = torch.cat([torch.zeros(290, 3), torch.randn(10, 3)])
    centers = lloyd(z, 5, torch.Generator().manual_seed(0))
    assert len(nearest_center(z, centers)[0].unique()) == 5


def test_labels_as_init_keep_their_meaning() -> None:
    z = blobs(2, 0.3)
    truth = np.repeat(np.arange(6), 50)
    head = KMeans(init=truth).build(5, 6, None).fit(z, EMPTY, torch.Generator().manual_seed(0))
    assert np.array_equal(head.predict(z).numpy(), truth)


def test_spherical_reads_directions_only() -> None:
    z = blobs(3, 0.1)
    head = SphericalKMeans().build(5, 6, None).fit(z, EMPTY, torch.Generator().manual_seed(0))
    assert torch.equal(head.predict(z), head.predict(z * 7.0))


@pytest.mark.parametrize(
    ("init", "message"),
    [
        (np.zeros(3, dtype=int), "one label"),
        (np.full(300, 9), "0 .. 5"),
        ("k-mean", "did you mean"),
    ],
)
def test_wrong_init_is_refused(init, message) -> None:
    head = KMeans(init=init).build(5, 6, None)
    with pytest.raises(InputError, match=message):
        head.fit(blobs(), EMPTY, torch.Generator().manual_seed(0))


def test_more_clusters_than_rows_is_refused() -> None:
    with pytest.raises(InputError, match="more than"):
        lloyd(torch.zeros(3, 2), 4, torch.Generator().manual_seed(0))
