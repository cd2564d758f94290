"""The mixture with one shared covariance against scikit-learn, and its own promises."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from sklearn.cluster import KMeans as SklearnKMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as Reference

from graphclust.graphs import Graph
from graphclust.heads import TiedGaussianMixture, tied_mixture
from graphclust.sparse import CSR

EMPTY = Graph(CSR.from_scipy(sp.csr_array((400, 400)), symmetric=True))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pancakes(seed: int = 0) -> tuple[torch.Tensor, np.ndarray]:
    """Return four clouds that are wide along one direction and close along another."""
    draw = generator(seed)
    y = np.repeat(np.arange(4), [160, 120, 80, 40])
    centers = torch.tensor([[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 2.0, 0.5], [0.0, 3.0, 0.0]])
    noise = torch.randn(400, 3, generator=draw) * torch.tensor([3.0, 0.15, 0.3])
    turn = torch.linalg.qr(torch.randn(3, 3, generator=draw))[0]
    return (centers[torch.from_numpy(y)] + noise) @ turn, y


def fitted(z: torch.Tensor, k: int = 4, seed: int = 0, **settings) -> TiedGaussianMixture:
    head = TiedGaussianMixture(**settings).build(z.shape[1], k, generator())
    return head.fit(z, EMPTY, generator(seed))


def test_same_start_same_mixture_as_scikit_learn() -> None:
    z, y = pancakes(2)
    head = fitted(z, shrinkage=0.0, init=y, tol=1e-10, max_iter=2000)
    theirs = Reference(
        4,
        covariance_type="tied",
        means_init=np.stack([z[y == c].numpy().mean(0) for c in range(4)]),
        weights_init=np.bincount(y) / 400,
        reg_covar=0,
        tol=1e-10,
        max_iter=2000,
    ).fit(z.double().numpy())
    np.testing.assert_allclose(head.means, theirs.means_, atol=2e-3)
    np.testing.assert_allclose(head.log_weights.exp(), theirs.weights_, atol=1e-3)
    covariance = torch.linalg.inv(head.metric @ head.metric.T)
    np.testing.assert_allclose(covariance, theirs.covariances_, rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(head(z), theirs.predict_proba(z.double().numpy()), atol=5e-3)


def test_it_learns_the_metric_that_k_means_lacks() -> None:
    z, y = pancakes()
    wide = SklearnKMeans(4, n_init=10, random_state=0).fit_predict(z.numpy())
    assert adjusted_rand_score(y, wide) < 0.3
    start = y.copy()
    start[::7] = (start[::7] + 1) % 4
    assert adjusted_rand_score(y, fitted(z, shrinkage=0.0, init=start).predict(z)) > 0.95


@pytest.mark.parametrize("seed", [0, 1])
def test_shrunk_to_the_end_it_is_a_spherical_mixture(seed: int) -> None:
    # With one variance for all the metric is k-means'.
    z = pancakes(seed)[0]
    metric = fitted(z, shrinkage=1.0).metric
    torch.testing.assert_close(metric / metric[0, 0], torch.eye(3), atol=1e-5, rtol=0)


def test_no_cluster_is_left_without_members() -> None:
    # Noise alone: expectation maximisation would let components die out.
    z = torch.randn(400, 12, generator=generator(3))
    labels = fitted(z, k=15, shrinkage=0.0).predict(z)
    assert len(labels.unique()) == 15


@pytest.mark.parametrize("n", [4, 6])
def test_fewer_rows_than_directions(n: int) -> None:
    z = torch.randn(n, 16, generator=generator(1))
    head = fitted(z, k=3)
    assert bool(torch.isfinite(head(z)).all())
    assert len(head.predict(z).unique()) == 3


def test_repeated_rows_keep_a_finite_metric() -> None:
    z = torch.eye(4).repeat_interleave(100, 0)
    head = fitted(z, shrinkage=0.0)
    assert bool(torch.isfinite(head(z)).all())
    assert len(head.predict(z).unique()) == 4


def clouds(n: int) -> torch.Tensor:
    """Return rows about four corners, close enough that some lie between them."""
    return 3.0 * torch.eye(4)[torch.arange(n) % 4] + torch.randn(n, 4, generator=generator(5))


def likelihood(head: TiedGaussianMixture, z: torch.Tensor) -> float:
    """Return the mean log-density of the rows but for the constant."""
    squares = torch.cdist(z.double() @ head.metric.double(), (head.means @ head.metric).double())
    each = torch.logsumexp(head.log_weights - 0.5 * squares**2, dim=1)
    return float(each.mean() + head.metric.diagonal().log().sum())


def test_many_rows_begin_on_few_and_end_on_all(monkeypatch) -> None:
    z = clouds(6000)
    whole, begun = fitted(z, seed=1), fitted(z, seed=1, few=400)
    assert adjusted_rand_score(whole.predict(z), begun.predict(z)) > 0.97
    monkeypatch.setattr(tied_mixture, "_LAST", 0)
    some_only = fitted(z, seed=1, few=400)
    short = [likelihood(whole, z) - likelihood(one, z) for one in (begun, some_only)]
    assert abs(short[0]) < 1e-3  # the iterations over all rows make up for the sample
    assert short[1] > 2 * abs(short[0])


def test_no_more_rows_than_few_are_fitted_as_ever() -> None:
    z = clouds(400)
    assert torch.equal(fitted(z, few=400).means, fitted(z).means)


def test_few_may_be_no_more_than_there_are_clusters() -> None:
    z = clouds(300)
    head = fitted(z, k=6, few=6)
    assert bool(torch.isfinite(head(z)).all())


def test_few_rows_far_from_all_others_take_no_component() -> None:
    draw = generator(3)
    y = torch.arange(400) % 4
    z = torch.eye(4)[y] + 0.1 * torch.randn(400, 4, generator=draw)
    far = z.clone()
    far[:3] *= torch.tensor([20.0, -20.0, 15.0])[:, None]
    plain, firm = fitted(far), fitted(far, longest=2.0)
    assert int(plain.predict(far).bincount(minlength=4).min()) == 1
    assert adjusted_rand_score(y[3:], firm.predict(far)[3:]) == 1.0
    # Where they are many they are no exceptions, and count; where there are none nothing changes.
    far[:8] *= 20.0
    torch.testing.assert_close(fitted(far, longest=2.0).means, fitted(far).means, rtol=0, atol=0)
    torch.testing.assert_close(fitted(z, longest=2.0).means, fitted(z).means, rtol=0, atol=0)
