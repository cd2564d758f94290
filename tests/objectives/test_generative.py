"""The generative objectives beside dense references, and what all of them must survive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence
from torch.nn.functional import binary_cross_entropy_with_logits

from graphclust.encoders import GCN, Variational
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads import GaussianMixture, Softmax
from graphclust.objectives import Objective, Step
from graphclust.objectives.adversarial_regularisation import (
    AdversarialRegularisation,
    discriminator_loss,
)
from graphclust.objectives.base import Dims
from graphclust.objectives.mixture_prior import MixturePrior, mixture_prior_loss
from graphclust.objectives.normal_prior import NormalPrior, normal_prior_loss
from graphclust.sparse import CSR

K, D = 3, 5
ALL: list[Callable[[], Objective]] = [NormalPrior, MixturePrior, AdversarialRegularisation]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def graph_of(n: int = 30, weighted: bool = True, sparse: bool = False, p: float = 0.2) -> Graph:
    """Return a random graph with random features; node 0 has no edge."""
    draw = generator(1)
    upper = (torch.rand(n, n, generator=draw) < p).triu(1)
    upper[0] = False
    dense = upper * (torch.rand(n, n, generator=draw) + 0.5 if weighted else torch.ones(n, n))
    x: Tensor | CSR = torch.rand(n, 7, generator=draw)
    if sparse:
        x = CSR.from_scipy(sp.csr_array(x.numpy()))
    adjacency = sp.csr_array((dense + dense.T).numpy())
    return Graph(CSR.from_scipy(adjacency, symmetric=True, weighted=weighted), x)


def step_for(objective: Objective, graph: Graph) -> Step:
    """Return a step of a small variational network for an objective built for it."""
    encoder = Variational(D, GCN(8, activation="tanh")).build(7, generator(2))
    head = GaussianMixture().build(D, K, generator(3))
    objective.build(Dims(graph.n_nodes, 7, D, K), generator(4))
    return Step(encoder.train(), head, graph, generator(5))


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("sparse", [False, True])
def test_scalar_is_finite_and_gradient_reaches_the_encoder(make, sparse) -> None:
    objective = make()
    step = step_for(objective, graph_of(sparse=sparse))
    objective.before_step(step)
    loss = objective(step)
    loss.backward()
    assert loss.dim() == 0
    assert torch.isfinite(loss)
    for name, parameter in step.encoder.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert float(parameter.grad.abs().sum()) > 0, name


@pytest.mark.parametrize("make", ALL)
def test_edgeless_disconnected_and_tiny_graphs_survive(make) -> None:
    pair = ([1.0, 1.0], ([0, 1], [1, 0]))
    for adjacency in (
        sp.csr_array((9, 9)), sp.csr_array(pair, shape=(9, 9)), sp.csr_array(pair, shape=(2, 2)),
    ):  # fmt: skip
        graph = Graph(CSR.from_scipy(adjacency, symmetric=True), torch.ones(adjacency.shape[0], 7))
        objective = make()
        step = step_for(objective, graph)
        objective.before_step(step)
        loss = objective(step)
        loss.backward()
        assert torch.isfinite(loss)
        gradients = [p.grad for p in step.encoder.parameters() if p.grad is not None]
        assert all(bool(torch.isfinite(g).all()) for g in gradients)


# -- the variational encoder -----------------------------------------------------------------


def test_embedding_is_a_draw_while_training_and_the_mean_afterwards() -> None:
    step = step_for(NormalPrior(), graph_of())
    assert not torch.equal(step.z, step.posterior.mean)
    step.encoder.eval()
    other = Step(step.encoder, step.head, step.graph, generator(9))
    assert torch.equal(other.z, other.posterior.mean)
    assert torch.equal(other.z, step.encoder(step.x, step.adj))


def test_draws_have_the_posteriors_moments() -> None:
    step = step_for(NormalPrior(), graph_of())
    draw = generator(6)
    samples = torch.stack([step.posterior.sample(draw) for _ in range(4000)]).detach()
    mean, log_variance = step.posterior.mean.detach(), step.posterior.log_variance.detach()
    torch.testing.assert_close(samples.mean(0), mean, atol=0.1, rtol=0.1)
    torch.testing.assert_close(samples.var(0), log_variance.exp(), atol=0.02, rtol=0.12)


def test_a_step_runs_the_encoder_once_and_only_when_asked(monkeypatch) -> None:
    step = step_for(MixturePrior(), graph_of())
    calls = []
    original = step.encoder.posterior
    monkeypatch.setattr(
        step.encoder, "posterior", lambda *a: calls.append(1) or original(*a), raising=True
    )
    assert calls == []
    (NormalPrior() + MixturePrior())(step)
    assert step.z is step.z
    assert calls == [1]


def test_encoders_and_heads_that_do_not_fit_are_refused_by_name() -> None:
    graph = graph_of()
    plain = Step(
        GCN(D).build(7, generator()), Softmax().build(D, K, generator()), graph, generator()
    )
    with pytest.raises(InputError, match="Variational"):
        NormalPrior()(plain)
    step = step_for(MixturePrior(), graph)
    step.head = Softmax().build(D, K, generator())
    with pytest.raises(InputError, match="GaussianMixture"):
        MixturePrior()(step)


# -- beside dense references -----------------------------------------------------------------


def posterior_of(n: int = 11, seed: int = 7) -> tuple[Tensor, Tensor]:
    draw = generator(seed)
    return torch.randn(n, D, generator=draw), torch.randn(n, D, generator=draw)


def test_normal_prior_is_the_divergence_of_torch() -> None:
    mean, log_variance = posterior_of()
    q = Independent(Normal(mean, (0.5 * log_variance).exp()), 1)
    p = Independent(Normal(torch.zeros(D), torch.ones(D)), 1)
    torch.testing.assert_close(normal_prior_loss(mean, log_variance), kl_divergence(q, p).mean())


def mixture(seed: int = 8, covariance: str = "diag") -> GaussianMixture:
    head = GaussianMixture(covariance).build(D, K, generator(seed))
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator(seed + 1)))
    return head


def mixture_loss(head: GaussianMixture, mean: Tensor, log_variance: Tensor, z: Tensor) -> Tensor:
    expected = head.log_density(mean, log_variance.exp())
    return mixture_prior_loss(log_variance, expected, head.log_memberships(z), head.log_weights)


@pytest.mark.parametrize("covariance", ["diag", "spherical"])
def test_mixture_prior_is_the_brute_force_divergence(covariance) -> None:
    mean, log_variance = posterior_of()
    z = mean + 0.3
    head = mixture(covariance=covariance)
    weights = torch.softmax(head.logits, 0)
    deviations = (0.5 * head.log_variances).exp().expand(K, D)
    expected = torch.zeros(())
    for i in range(11):
        q = Independent(Normal(mean[i], (0.5 * log_variance[i]).exp()), 1)
        components = [Independent(Normal(head.means[j], deviations[j]), 1) for j in range(K)]
        joint = torch.stack([weights[j] * components[j].log_prob(z[i]).exp() for j in range(K)])
        gamma = joint / joint.sum()
        for j in range(K):
            gap = (gamma[j] / weights[j]).log() + kl_divergence(q, components[j])
            expected = expected + gamma[j] * gap / 11
    torch.testing.assert_close(
        mixture_loss(head, mean, log_variance, z), expected, atol=1e-4, rtol=1e-4
    )


def test_mixture_of_one_standard_normal_is_the_normal_prior() -> None:
    mean, log_variance = posterior_of()
    head = GaussianMixture().build(D, 1, generator())
    with torch.no_grad():
        head.means.zero_()
    torch.testing.assert_close(
        mixture_loss(head, mean, log_variance, mean), normal_prior_loss(mean, log_variance)
    )


def test_mixture_prior_bounds_the_divergence_from_the_mixture() -> None:
    mean, log_variance = posterior_of()
    head = mixture()
    q = Independent(Normal(mean, (0.5 * log_variance).exp()), 1)
    noise = torch.randn(20000, 11, D, generator=generator(12))
    samples = mean + (0.5 * log_variance).exp() * noise
    prior = (head.log_weights + head.log_density(samples.flatten(0, 1))).logsumexp(1)
    exact = (q.log_prob(samples) - prior.view(20000, -1)).mean()
    bound = mixture_loss(head, mean, log_variance, mean)
    assert float(bound.detach()) > float(exact.detach()) - 0.05


def test_renaming_nodes_and_components_changes_nothing() -> None:
    mean, log_variance = posterior_of()
    head, renamed = mixture(), mixture()
    with torch.no_grad():
        for parameter in renamed.parameters():
            parameter.copy_(parameter[[2, 0, 1]].clone())
    order = torch.randperm(11, generator=generator(9))
    first = mixture_loss(head, mean, log_variance, mean)
    second = mixture_loss(renamed, mean[order], log_variance[order], mean[order])
    torch.testing.assert_close(first, second)
    torch.testing.assert_close(
        normal_prior_loss(mean, log_variance), normal_prior_loss(mean[order], log_variance[order])
    )


def test_mixture_prior_trains_the_mixture_and_is_finite_far_from_it() -> None:
    head = mixture()
    mean, log_variance = posterior_of()
    mean = (mean * 1000.0).requires_grad_()
    mixture_loss(head, mean, log_variance, mean).backward()
    assert bool(torch.isfinite(mean.grad).all())
    for name, parameter in head.named_parameters():
        assert bool(torch.isfinite(parameter.grad).all()), name
        assert float(parameter.grad.abs().sum()) > 0, name


# -- the adversary ---------------------------------------------------------------------------


def test_adversarial_losses_are_cross_entropies() -> None:
    draw = generator(10)
    real, fake = torch.randn(9, 1, generator=draw), torch.randn(9, 1, generator=draw)
    expected = binary_cross_entropy_with_logits(
        real, torch.ones(9, 1)
    ) + binary_cross_entropy_with_logits(fake, torch.zeros(9, 1))
    torch.testing.assert_close(discriminator_loss(real, fake), expected)
    objective = AdversarialRegularisation()
    step = step_for(objective, graph_of())
    score = objective.discriminator(step.z)
    expected = binary_cross_entropy_with_logits(score, torch.ones_like(score))
    torch.testing.assert_close(objective(step), expected)


def test_adversary_learns_to_tell_and_the_encoder_is_not_its_own() -> None:
    objective = AdversarialRegularisation(lr=1e-2, steps=200)
    graph = graph_of()
    step = step_for(objective, graph)
    step.z = torch.full((30, D), 4.0)  # nothing that a standard normal gives
    before = float(objective(step).detach())
    objective.before_step(step)
    assert float(objective(step).detach()) > before + 1.0
    assert list(objective.main_parameters()) == []
    assert len(objective.optimizers()) == 1
    assert {id(p) for p in objective.optimizers()[0].parameters} == {
        id(p) for p in objective.parameters()
    }


def test_before_step_leaves_the_encoder_alone() -> None:
    objective = AdversarialRegularisation()
    step = step_for(objective, graph_of())
    objective.before_step(step)
    assert all(p.grad is None for p in step.encoder.parameters())


def test_fooling_the_adversary_makes_the_embedding_more_normal() -> None:
    """A free embedding that starts far off and tiny ends near zero mean and unit variance."""
    objective = AdversarialRegularisation((32, 32), lr=1e-2)
    step = step_for(objective, graph_of(n=300, p=0.02))
    z = torch.nn.Parameter(3.0 + 0.1 * torch.randn(300, D, generator=generator(1)))
    optimizer = torch.optim.Adam([z], lr=1e-2)
    for _ in range(600):
        step.z = z
        objective.before_step(step)
        optimizer.zero_grad()
        objective(step).backward()
        optimizer.step()
    assert float(z.detach().mean(0).abs().max()) < 0.5
    assert 0.3 < float(z.detach().var(0).mean()) < 2.0
