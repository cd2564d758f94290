"""Objectives over memberships beside dense references, and what all of them must survive."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, normalize

from graphclust.encoders import GCN, Encoder
from graphclust.encoders.delivery import Delivery
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads import Head, Softmax
from graphclust.heads.dual import Dual
from graphclust.metrics import modularity
from graphclust.objectives.adjacency_reconstruction import (
    AdjacencyReconstruction,
    adjacency_reconstruction_loss,
    sample_pairs,
)
from graphclust.objectives.base import Dims, Objective
from graphclust.objectives.cluster_contrast import ClusterContrast, cluster_contrast_loss
from graphclust.objectives.collapse import Collapse, collapse_loss
from graphclust.objectives.dual_self_training import DualSelfTraining
from graphclust.objectives.entropy_prior import EntropyPrior, entropy_prior_loss, prior_shares
from graphclust.objectives.feature_error import FeatureError, feature_error
from graphclust.objectives.invariant_information import (
    InvariantInformation,
    invariant_information_loss,
)
from graphclust.objectives.just_balance import JustBalance, just_balance_loss
from graphclust.objectives.map_equation import MapEquation, map_equation_loss
from graphclust.objectives.min_cut import (
    MinCut,
    Orthogonality,
    min_cut_loss,
    orthogonality_loss,
)
from graphclust.objectives.modularity import Modularity, modularity_loss
from graphclust.objectives.mutual_information import MutualInformation, mutual_information_loss
from graphclust.objectives.self_training import SelfTraining, divergence, sharpened
from graphclust.objectives.sinkhorn import Sinkhorn, balanced_assignment
from graphclust.objectives.step import Step
from graphclust.objectives.subspace import SelfExpression, self_expression_loss
from graphclust.objectives.totals import Totals
from graphclust.sparse import CSR
from tests.objectives.conftest import Largest

K = 3
ALL: list[Callable[[], Objective]] = [
    Modularity,
    lambda: Modularity(0.5, of="embedding"),
    Collapse,
    EntropyPrior,
    Sinkhorn,
    MinCut,
    Orthogonality,
    JustBalance,
    MapEquation,
    SelfTraining,
    SelfExpression,
    MutualInformation,
    InvariantInformation,
    lambda: InvariantInformation("views"),
    ClusterContrast,
    AdjacencyReconstruction,
    lambda: AdjacencyReconstruction(balance="density", self_loops=1.0),
    FeatureError,
    DualSelfTraining,
]


def generator(seed: int = 0) -> torch.Generator:
    """Return a seeded generator."""
    return torch.Generator().manual_seed(seed)


def graph_of(
    n: int = 30, p: float = 0.2, weighted: bool = True, sparse: bool = False, seed: int = 1
) -> Graph:
    """Return a random graph with random features; node 0 has no edge."""
    draw = generator(seed)
    upper = (torch.rand(n, n, generator=draw) < p).triu(1)
    upper[0] = False
    dense = upper * (torch.rand(n, n, generator=draw) + 0.5 if weighted else torch.ones(n, n))
    x: Tensor | CSR = torch.rand(n, 7, generator=draw)
    if sparse:
        x = CSR.from_scipy(sp.csr_array(x.numpy()))
    adjacency = sp.csr_array((dense + dense.T).numpy())
    return Graph(CSR.from_scipy(adjacency, symmetric=True, weighted=weighted), x)


def step_for(objective: Objective, graph: Graph, epoch: int = 0) -> Step:
    """Return a step of a small network for an objective built for it."""
    dual = isinstance(objective, DualSelfTraining)
    encoder: Encoder = Delivery([8, 5]) if dual else GCN([8, 6], activation="tanh")
    encoder.build(7, generator(2))
    head: Head = Dual() if dual else Softmax()
    head.build(encoder.out_channels, K, generator(3))
    objective.build(Dims(graph.n_nodes, 7, encoder.out_channels, K), generator(4))
    return Step(encoder, head, graph, generator(5), epoch)


def memberships(n: int = 30, seed: int = 7, sharp: float = 2.0) -> Tensor:
    """Return random memberships, shape (n, K), in float64."""
    logits = sharp * torch.randn(n, K, generator=generator(seed))
    return torch.softmax(logits, dim=1).double()


def as_double(adj: CSR) -> CSR:
    return adj.with_weight(adj.values.double())


# -- what every one of them must survive -----------------------------------------------------


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
    total = sum(float(p.grad.abs().sum()) for p in step.encoder.parameters())
    assert total > 0


@pytest.mark.parametrize("make", ALL)
def test_edgeless_and_disconnected_graphs_survive(make) -> None:
    empty = Graph(CSR.from_scipy(sp.csr_array((9, 9)), symmetric=True), torch.rand(9, 7))
    pair = sp.csr_array(([1.0, 1.0], ([3, 4], [4, 3])), shape=(9, 9))
    split = Graph(CSR.from_scipy(pair, symmetric=True), torch.rand(9, 7))
    for graph in (empty, split):
        objective = make()
        step = step_for(objective, graph)
        objective.before_step(step)
        loss = objective(step)
        loss.backward()
        assert torch.isfinite(loss)
        gradients = [p.grad for p in step.encoder.parameters() if p.grad is not None]
        assert all(bool(torch.isfinite(g).all()) for g in gradients)


@pytest.mark.parametrize("make", ALL)
def test_nothing_of_nodes_times_nodes_is_allocated(make) -> None:
    n = 2000
    objective = make()
    step = step_for(objective, graph_of(n, p=0.003))
    with Largest() as watch:
        objective.before_step(step)
        objective(step).backward()
    assert watch.most < n * n / 2


@pytest.mark.parametrize("make", ALL)
def test_two_nodes_of_one_kind_survive(make) -> None:
    pair = sp.csr_array(([1.0, 1.0], ([0, 1], [1, 0])), shape=(2, 2))
    graph = Graph(CSR.from_scipy(pair, symmetric=True), torch.ones(2, 7))
    objective = make()
    step = step_for(objective, graph)
    objective.before_step(step)
    assert torch.isfinite(objective(step))


def sums(s: Tensor) -> Totals:
    """Return the sums over nodes where nothing reads the edges."""
    nothing = torch.zeros(0, dtype=torch.int32)
    rows = torch.zeros(s.shape[0] + 1, dtype=torch.int32)
    return Totals(s, CSR(rows, nothing, None, (s.shape[0], s.shape[0]), symmetric=True))


OF_MEMBERSHIPS: dict[str, Callable[[Tensor, CSR], Tensor]] = {
    "modularity": lambda s, adj: modularity_loss(Totals(s, adj), 0.7),
    "collapse": lambda s, adj: collapse_loss(Totals(s, adj)),
    "entropy_prior": lambda s, adj: entropy_prior_loss(
        Totals(s, adj), prior_shares(None, K).double()
    ),
    "min_cut": lambda s, adj: min_cut_loss(Totals(s, adj)),
    "orthogonality": lambda s, adj: orthogonality_loss(Totals(s, adj)),
    "just_balance": lambda s, adj: just_balance_loss(Totals(s, adj)),
    "map_equation": lambda s, adj: map_equation_loss(Totals(s, adj)),
    "self_training": lambda s, adj: divergence(sharpened(s), s),
    "mutual_information": lambda s, adj: mutual_information_loss(Totals(s, adj), 2.0),
    "invariant_information": lambda s, adj: invariant_information_loss(
        s.T @ adj.to_dense().double() @ s
    ),
    "cluster_contrast": lambda s, adj: cluster_contrast_loss(s, s.flip(0) * 0.5 + s * 0.5, 0.7),
}


@pytest.mark.parametrize("name", OF_MEMBERSHIPS)
def test_renaming_clusters_and_nodes_changes_nothing(name) -> None:
    loss = OF_MEMBERSHIPS[name]
    adj, s = graph_of().adj, memberships()
    adj = as_double(adj)
    expected = loss(s, adj)
    torch.testing.assert_close(loss(s[:, [2, 0, 1]], adj), expected, atol=1e-9, rtol=1e-6)
    if name == "cluster_contrast":  # its second view is made from the order of the nodes
        return
    order = torch.randperm(30, generator=generator(9))
    dense = adj.to_dense()[order][:, order]
    renamed = as_double(CSR.from_scipy(sp.csr_array(dense.numpy()), symmetric=True))
    torch.testing.assert_close(loss(s[order], renamed), expected, atol=1e-6, rtol=1e-6)


# -- beside dense references -----------------------------------------------------------------


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("resolution", [1.0, 0.3])
def test_modularity_equals_the_dense_trace_in_value_and_gradient(weighted, resolution) -> None:
    adj = graph_of(weighted=weighted).adj
    dense = adj.to_dense().double()
    degree, total = dense.sum(1), dense.sum()
    matrix = dense - resolution * torch.outer(degree, degree) / total
    s = memberships().requires_grad_()
    expected = -(s.T @ matrix @ s).trace() / total
    (wanted,) = torch.autograd.grad(expected, s)
    t = s.detach().float().requires_grad_()
    loss = modularity_loss(Totals(t, adj), resolution)
    (got,) = torch.autograd.grad(loss, t)
    torch.testing.assert_close(loss.double(), expected.detach(), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(got.double(), wanted, atol=1e-6, rtol=1e-4)


def test_modularity_of_hard_memberships_is_the_metric() -> None:
    graph = graph_of()
    labels = torch.arange(30) % K
    s = torch.nn.functional.one_hot(labels, K).float()
    expected = modularity(graph.adj.to_scipy(), labels.numpy())
    assert float(modularity_loss(Totals(s, graph.adj))) == pytest.approx(-expected, abs=1e-6)


def test_modularity_gradient_by_finite_differences() -> None:
    adj = as_double(graph_of(12).adj)
    s = memberships(12).requires_grad_()
    assert torch.autograd.gradcheck(lambda t: modularity_loss(Totals(t, adj), 1.3), (s,))


def test_min_cut_equals_the_dense_ratio() -> None:
    adj, s = as_double(graph_of().adj), memberships()
    dense = adj.to_dense().double()
    ratio = (s.T @ dense @ s).trace() / (s.T @ torch.diag(dense.sum(1)) @ s).trace()
    torch.testing.assert_close(min_cut_loss(Totals(s, adj)), -ratio, atol=1e-6, rtol=1e-5)


def test_orthogonality_equals_the_dense_norm_and_is_zero_at_its_best() -> None:
    s = memberships()
    gram = s.T @ s
    expected = (gram / gram.norm() - torch.eye(K).double() / K**0.5).norm()
    torch.testing.assert_close(orthogonality_loss(sums(s)), expected)
    torch.testing.assert_close(orthogonality_loss(sums(s), squared=True), expected.square())
    best = torch.eye(K).repeat(5, 1)
    assert float(orthogonality_loss(sums(best))) == pytest.approx(0.0, abs=1e-5)


def test_collapse_and_balance_at_their_ends() -> None:
    even, one = torch.eye(K).repeat(5, 1), torch.eye(K)[torch.zeros(15, dtype=torch.long)]
    assert float(collapse_loss(sums(even))) == pytest.approx(0.0, abs=1e-6)
    assert float(collapse_loss(sums(one))) == pytest.approx(K**0.5 - 1.0)
    assert float(just_balance_loss(sums(even))) == pytest.approx(-1.0, abs=1e-6)
    assert float(just_balance_loss(sums(one))) > -1.0


def test_entropy_prior_is_least_at_the_prior() -> None:
    prior = prior_shares([2, 1, 1], K)
    s = torch.eye(K)[torch.tensor([0, 0, 1, 2])]
    assert float(entropy_prior_loss(sums(s), prior)) == pytest.approx(0.0, abs=1e-6)
    assert float(entropy_prior_loss(sums(s), prior_shares(None, K))) > 0.0


@pytest.mark.parametrize("sizes", [[1.0, 2.0], [1.0, 0.0, 1.0]])
def test_sizes_that_do_not_fit_are_refused(sizes) -> None:
    for objective in (EntropyPrior(sizes), Sinkhorn(sizes=sizes)):
        with pytest.raises(InputError, match="sizes="):
            objective.build(Dims(5, 4, 3, K), generator())


def test_sinkhorn_targets_have_the_sizes_that_were_asked_for() -> None:
    prior = prior_shares([3, 2, 1], K)
    q = balanced_assignment(memberships().float(), prior, 0.5, 200)
    torch.testing.assert_close(q.sum(1), torch.ones(30))
    torch.testing.assert_close(q.sum(0), 30 * prior, atol=1e-3, rtol=1e-3)


def codelength(labels: np.ndarray, dense: np.ndarray) -> float:
    """Return the map equation of a hard partition, by its two-level definition."""

    def entropy(rates: np.ndarray) -> float:
        share = rates[rates > 0] / rates.sum() if rates.sum() > 0 else rates[:0]
        return float(-(share * np.log2(share)).sum())

    flow = dense / dense.sum()
    visits = flow.sum(1)
    leave = np.array([flow[labels == c][:, labels != c].sum() for c in np.unique(labels)])
    bits = leave.sum() * entropy(leave)
    for rate, c in zip(leave, np.unique(labels), strict=True):
        inside = np.append(visits[labels == c], rate)
        bits += inside.sum() * entropy(inside)
    return bits


def test_map_equation_of_hard_memberships_is_the_two_level_codelength() -> None:
    adj = graph_of().adj
    labels = np.arange(30) % K
    s = torch.nn.functional.one_hot(torch.from_numpy(labels), K).double()
    expected = codelength(labels, adj.to_dense().double().numpy())
    assert float(map_equation_loss(Totals(s, as_double(adj)))) == pytest.approx(expected, abs=1e-5)


def test_map_equation_equals_the_pooled_flow() -> None:
    adj, s = as_double(graph_of().adj), memberships()
    flow = adj.to_dense().double()
    flow = flow / flow.sum()
    pooled = s.T @ flow @ s
    enter = pooled.sum(0) - pooled.diag()
    leave = pooled.sum(1) - pooled.diag()
    visits = flow.sum(1)

    def plogp(p: Tensor) -> Tensor:
        return torch.special.xlogy(p, p).sum() / np.log(2.0)

    total = 1.0 - pooled.trace()
    expected = (
        plogp(total) - plogp(enter) - plogp(leave) - plogp(visits)
        + plogp(leave + pooled.sum(0))
    )  # fmt: skip
    torch.testing.assert_close(map_equation_loss(Totals(s, adj)), expected, atol=1e-6, rtol=1e-6)


def test_self_training_matches_its_definition_and_keeps_targets() -> None:
    q = memberships()
    weight = q**2 / q.sum(0)
    p = weight / weight.sum(1, keepdim=True)
    torch.testing.assert_close(sharpened(q), p)
    torch.testing.assert_close(divergence(p, q), (p * (p / q).log()).sum(1).mean())
    objective = SelfTraining(every=3)
    first = step_for(objective, graph_of())
    objective.before_step(first)
    kept = objective.targets.clone()
    other = step_for(SelfTraining(), graph_of(seed=8), epoch=1)
    objective.before_step(other)
    assert torch.equal(objective.targets, kept)
    other.epoch = 3
    objective.before_step(other)
    assert not torch.equal(objective.targets, kept)


def test_self_expression_is_the_least_ridge_error_over_all_pairs() -> None:
    z, penalty = torch.randn(20, 5, generator=generator(3)).double(), 0.1
    unit = normalize(z, dim=1)
    gram, ridge = unit @ unit.T, penalty * 20
    table = gram @ torch.linalg.inv(gram + ridge * torch.eye(20).double())
    error = (unit - table @ unit).square().sum() + ridge * table.square().sum()
    torch.testing.assert_close(self_expression_loss(z, penalty), error / 20)


def test_invariant_information_of_independent_sides_is_zero() -> None:
    share = torch.tensor([0.5, 0.3, 0.2]).double()
    assert float(invariant_information_loss(torch.outer(share, share))) == pytest.approx(0.0)
    certain = invariant_information_loss(torch.diag(share))
    assert float(certain) == pytest.approx(float((share * share.log()).sum()), abs=1e-6)


def test_mutual_information_is_that_of_node_and_cluster() -> None:
    s = memberships()
    joint = s / s.shape[0]
    expected = (joint * (s / s.mean(0)).log()).sum()
    torch.testing.assert_close(mutual_information_loss(sums(s), 1.0), -expected)


def test_cluster_contrast_equals_the_loop() -> None:
    a, b, tau = memberships(seed=1), memberships(seed=2), 0.6
    columns = normalize(torch.cat([a, b], 1).T, dim=1)
    expected = torch.zeros(()).double()
    for c in range(2 * K):
        similar = (columns @ columns[c] / tau).exp()
        partner = (c + K) % (2 * K)
        expected -= (similar[partner] / (similar.sum() - similar[c])).log() / (2 * K)
    for s in (a, b):
        mean = s.mean(0)
        expected += (mean * mean.log()).sum()
    torch.testing.assert_close(cluster_contrast_loss(a, b, tau), expected)


def all_pairs(n: int) -> CSR:
    return CSR.from_scipy(sp.csr_array(np.ones((n, n)) - np.eye(n)))


def test_adjacency_reconstruction_over_all_pairs_is_the_dense_cross_entropy() -> None:
    adj = graph_of(weighted=False).adj
    z = torch.randn(30, 4, generator=generator(6))
    dense, scores = adj.to_dense(), z @ z.T
    off = ~torch.eye(30, dtype=torch.bool)
    plain = binary_cross_entropy_with_logits(scores[off], dense[off])
    got = adjacency_reconstruction_loss(z, adj, all_pairs(30), "density")
    torch.testing.assert_close(got, plain, atol=1e-5, rtol=1e-5)
    edge, rest = dense > 0, (dense == 0) & off
    even = 0.5 * binary_cross_entropy_with_logits(scores[edge], dense[edge])
    even += 0.5 * binary_cross_entropy_with_logits(scores[rest], dense[rest])
    got = adjacency_reconstruction_loss(z, adj, all_pairs(30), "even")
    torch.testing.assert_close(got, even, atol=1e-5, rtol=1e-5)


def test_self_loops_are_edges_of_every_node_to_itself() -> None:
    adj = graph_of(weighted=False).adj
    z = torch.randn(30, 4, generator=generator(6))
    dense, scores = adj.to_dense() + torch.eye(30), z @ z.T
    edge = dense > 0
    even = 0.5 * binary_cross_entropy_with_logits(scores[edge], dense[edge])
    even += 0.5 * binary_cross_entropy_with_logits(scores[~edge], dense[~edge])
    got = adjacency_reconstruction_loss(z, adj, all_pairs(30), self_loops=1.0)
    torch.testing.assert_close(got, even, atol=1e-5, rtol=1e-5)


def test_sampled_pairs_estimate_all_pairs_without_bias() -> None:
    adj = graph_of(weighted=False).adj
    z = torch.randn(30, 4, generator=generator(6))
    exact = float(adjacency_reconstruction_loss(z, adj, all_pairs(30)))
    draw = generator(11)
    values = [
        float(adjacency_reconstruction_loss(z, adj, sample_pairs(30, 5, draw))) for _ in range(400)
    ]
    error = float(np.std(values)) / 400**0.5
    assert abs(float(np.mean(values)) - exact) < 4 * error


def test_sampled_pairs_are_never_a_node_with_itself() -> None:
    pairs = sample_pairs(7, 50, generator())
    assert not bool((pairs.row == pairs.col).any())
    assert sorted(set(pairs.col.tolist())) == list(range(7))


@pytest.mark.parametrize("sparse", [False, True])
def test_feature_error_equals_the_dense_one(sparse) -> None:
    x = graph_of(sparse=sparse).x
    dense = x.to_dense() if isinstance(x, CSR) else x
    h, w = torch.randn(30, 4, generator=generator(1)), torch.randn(4, 7, generator=generator(2))
    bias = torch.randn(7, generator=generator(3))
    expected = (h @ w + bias - dense).square().sum() / dense.square().sum()
    torch.testing.assert_close(feature_error(h, w, bias, x), expected, atol=1e-4, rtol=1e-4)


def test_feature_error_keeps_its_decoder_from_stage_to_stage() -> None:
    objective = FeatureError([4])
    objective.build(Dims(9, 7, 6, K), generator(1))
    before = objective.last.weight
    objective.build(Dims(9, 7, 6, K), generator(2))
    assert objective.last.weight is before
    objective.build(Dims(9, 8, 6, K), generator(2))
    assert objective.last.weight.shape == (4, 8)


def test_dual_self_training_asks_for_a_dual_head() -> None:
    objective = DualSelfTraining()
    step = step_for(Collapse(), graph_of())
    with pytest.raises(InputError, match="Dual"):
        objective(step)
