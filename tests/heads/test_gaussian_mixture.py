"""The Gaussian mixture against scikit-learn, and its own promises."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture as Reference
from torch.distributions import Independent, Normal

from graphclust.component import from_config
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads import GaussianMixture, expectation_maximisation
from graphclust.heads.expectation_maximisation import component_log_density, fit_mixture
from graphclust.sparse import CSR

EMPTY = Graph(CSR.from_scipy(sp.csr_array((300, 300)), symmetric=True))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def clouds(seed: int = 0, spread: float = 1.0) -> torch.Tensor:
    """Return five clouds of 60 rows in four dimensions, each of its own shape."""
    draw = generator(seed)
    centers = 4.0 * torch.randn(5, 4, generator=draw)
    shape = spread * (0.3 + torch.rand(5, 4, generator=draw))
    noise = torch.randn(300, 4, generator=draw)
    return centers.repeat_interleave(60, 0) + noise * shape.repeat_interleave(60, 0)


def fitted(z: torch.Tensor, k: int = 5, seed: int = 0, **settings) -> GaussianMixture:
    return (
        GaussianMixture(**settings).build(z.shape[1], k, generator()).fit(z, EMPTY, generator(seed))
    )


def likelihood(head: GaussianMixture, z: torch.Tensor) -> float:
    """Return the mean log-likelihood under the head's parameters."""
    return float((head.log_weights + head.log_density(z)).logsumexp(1).mean().detach())


@pytest.mark.parametrize("spread", [0.5, 2.0, 4.0])
@pytest.mark.parametrize("covariance", ["diag", "spherical"])
def test_as_likely_as_scikit_learns(spread: float, covariance: str) -> None:
    z = clouds(1, spread)
    ours = likelihood(fitted(z, covariance=covariance), z)
    theirs = Reference(5, covariance_type=covariance, n_init=10, random_state=0).fit(z.numpy())
    assert ours >= theirs.score(z.numpy()) - 1e-3


@pytest.mark.parametrize("covariance", ["diag", "spherical"])
def test_same_start_same_mixture_as_scikit_learn(covariance: str) -> None:
    z = clouds(2)
    labels = np.repeat(np.arange(5), 60)
    head = fitted(z, covariance=covariance, init=labels, tol=1e-10, max_iter=1000)
    means = np.stack([z[labels == c].numpy().mean(0) for c in range(5)])
    theirs = Reference(
        5,
        covariance_type=covariance,
        means_init=means,
        reg_covar=0,
        tol=1e-10,
        max_iter=1000,
        random_state=0,
    ).fit(z.double().numpy())
    np.testing.assert_allclose(head.means.detach(), theirs.means_, atol=1e-3)
    np.testing.assert_allclose(head.log_weights.detach().exp(), theirs.weights_, atol=1e-4)
    wanted = theirs.covariances_.reshape(5, -1)
    np.testing.assert_allclose(head.log_variances.detach().exp(), wanted, rtol=1e-3)
    s = head(z).detach()
    np.testing.assert_allclose(s, theirs.predict_proba(z.double().numpy()), atol=2e-3)
    assert torch.allclose(s.sum(1), torch.ones(300))
    assert torch.equal(head.predict(z), s.argmax(1))


def test_density_and_its_expectation_equal_the_brute_force_ones() -> None:
    draw = generator(3)
    z, means = torch.randn(7, 3, generator=draw) + 50.0, torch.randn(4, 3, generator=draw) + 50.0
    log_variances = torch.randn(4, 3, generator=draw)
    components = Independent(Normal(means, (0.5 * log_variances).exp()), 1)
    got = component_log_density(z, means, log_variances)
    torch.testing.assert_close(got, components.log_prob(z[:, None]), atol=1e-4, rtol=1e-4)
    variance = torch.rand(7, 3, generator=draw)
    samples = z + variance.sqrt() * torch.randn(40000, 7, 3, generator=draw)
    sampled = components.log_prob(samples[:, :, None]).mean(0)
    got = component_log_density(z, means, log_variances, variance)
    torch.testing.assert_close(got, sampled, atol=0.1, rtol=0.02)


@pytest.mark.parametrize("covariance", ["diag", "spherical"])
def test_widened_it_is_the_best_mixture_of_distributions_around_the_rows(covariance: str) -> None:
    z = clouds(10)
    variance = torch.rand(300, 4, generator=generator(11)) * 3.0
    head = fitted(z, covariance=covariance, tol=1e-12, max_iter=2000)
    s = head(z).detach()
    head.widen(z, variance)
    (s * head.log_density(z, variance)).sum(1).mean().backward()
    torch.testing.assert_close(
        head.log_variances.grad, torch.zeros_like(head.log_variances), atol=1e-3, rtol=0
    )


def test_blocks_of_rows_change_nothing(monkeypatch) -> None:
    z, labels = clouds(4), torch.arange(300) % 5
    whole = fit_mixture(z, labels, 5)
    monkeypatch.setattr(expectation_maximisation, "_BLOCK", 5 * 37)
    parts = fit_mixture(z, labels, 5)
    assert parts.likelihood == pytest.approx(whole.likelihood, abs=1e-9)
    torch.testing.assert_close(parts.means, whole.means)


def test_likelihood_rises_with_iterations() -> None:
    z, labels = clouds(5, 3.0), torch.arange(300) % 5
    runs = [fit_mixture(z, labels, 5, max_iter=m, tol=0.0).likelihood for m in (1, 2, 5, 20)]
    assert runs == sorted(runs)
    assert runs[0] < runs[-1]


def test_repeated_rows_do_not_shrink_a_component_to_a_point() -> None:
    z = torch.cat([torch.zeros(200, 4), torch.randn(100, 4, generator=generator(6))])
    head = fitted(z, k=3, floor=1e-3)
    least = 1e-3 * float((z - z.mean(0)).square().mean())
    assert float(head.log_variances.detach().exp().min()) >= 0.99 * least
    assert bool(torch.isfinite(head(z)).all())


def test_scale_and_place_of_the_embedding_do_not_matter() -> None:
    z = clouds(7)
    small = z * 1e-3 + 5.0
    assert adjusted_rand_score(fitted(z).predict(z), fitted(small).predict(small)) > 0.99


def test_same_generator_same_mixture_and_gradients_are_finite_far_away() -> None:
    z = clouds(8)
    first, second = fitted(z, seed=4), fitted(z, seed=4)
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key]), key
    far = (z * 100.0).requires_grad_()
    first.log_memberships(far).exp().square().sum().backward()
    assert bool(torch.isfinite(far.grad).all())


def test_configuration_and_tensors_are_all_there_is() -> None:
    z = clouds(9)
    head = fitted(z, covariance="spherical")
    again = from_config(head.to_config()).build(4, 5, None)
    again.load_state_dict(head.state_dict())
    assert torch.equal(head(z), again(z))


def test_wrong_covariance_and_too_many_components_are_refused() -> None:
    with pytest.raises(InputError, match="covariance='full'"):
        GaussianMixture(covariance="full").build(4, 5, generator())
    with pytest.raises(InputError, match="more than"):
        fitted(torch.zeros(3, 2), k=4)
