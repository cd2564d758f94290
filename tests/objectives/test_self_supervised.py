"""The self-supervised objectives beside dense references, and what all of them must survive."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, normalize

from graphclust.encoders import GCN
from graphclust.graphs import Graph
from graphclust.graphs.walks import random_walks
from graphclust.heads import KMeans
from graphclust.objectives import Objective, Step
from graphclust.objectives.base import Dims
from graphclust.objectives.bootstrap import Bootstrap, bootstrap_loss
from graphclust.objectives.cca import CCA, cca_loss
from graphclust.objectives.covisit import (
    Covisit,
    covisit_loss,
    covisits,
    min_max_rows,
)
from graphclust.objectives.discriminator import Discriminator, discriminator_loss
from graphclust.objectives.feature_reconstruction import (
    FeatureReconstruction,
    draw_masked,
    replace_rows,
    scaled_cosine_error,
)
from graphclust.objectives.infonce import InfoNCE, infonce_loss
from graphclust.objectives.log_partition import log_partition, shared_negatives
from graphclust.objectives.neighbor_alignment import (
    NeighborAlignment,
    edge_similarity,
    sample_non_edges,
    sparsity_loss,
)
from graphclust.objectives.walk_contrast import WalkContrast, walk_contrast_loss
from graphclust.sparse import CSR
from graphclust.training import Network, Optimisation, Run, train
from tests.objectives.conftest import Largest

ALL: list[Callable[[], Objective]] = [
    Discriminator,
    InfoNCE,
    CCA,
    Bootstrap,
    NeighborAlignment,
    Covisit,
    WalkContrast,
    FeatureReconstruction,
]


def generator(seed: int = 0) -> torch.Generator:
    """Return a seeded generator."""
    return torch.Generator().manual_seed(seed)


def random_graph(
    n: int = 30, p: float = 0.15, weighted: bool = False, sparse: bool = False, seed: int = 1
) -> Graph:
    """Return a random graph with random features; node 0 has no edge."""
    draw = generator(seed)
    upper = (torch.rand(n, n, generator=draw) < p).triu(1)
    upper[0] = False
    value = torch.rand(n, n, generator=draw) + 0.5 if weighted else torch.ones(n, n)
    dense = upper * value
    x: Tensor | CSR = torch.rand(n, 7, generator=draw) * (torch.rand(n, 7, generator=draw) < 0.5)
    if sparse:
        assert isinstance(x, Tensor)
        x = CSR.from_scipy(sp.csr_array(x.numpy()))
    adjacency = sp.csr_array((dense + dense.T).numpy())
    return Graph(CSR.from_scipy(adjacency, symmetric=True, weighted=weighted), x)


def step_for(objective: Objective, graph: Graph, channels: int = 5, seed: int = 0) -> Step:
    """Build encoder and objective for the graph and return a step."""
    draw = generator(seed)
    encoder = GCN(channels).build(graph.n_features, draw)
    objective.build(Dims(graph.n_nodes, graph.n_features, channels, 3), draw)
    encoder.train()
    return Step(encoder, KMeans(), graph, draw, n_epochs=10)


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
def test_scalar_is_finite_and_gradient_reaches_the_encoder(
    make: Callable[[], Objective], weighted: bool, sparse: bool
) -> None:
    objective = make()
    step = step_for(objective, random_graph(weighted=weighted, sparse=sparse))
    objective.before_step(step)
    loss = objective(step)
    loss.backward()  # type: ignore[no-untyped-call]
    objective.after_step(step)
    assert loss.dim() == 0
    assert torch.isfinite(loss)
    gradient = next(step.encoder.parameters()).grad
    assert gradient is not None
    assert torch.isfinite(gradient).all()
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize("make", ALL)
def test_survives_a_graph_without_edges(make: Callable[[], Objective]) -> None:
    objective = make()
    step = step_for(objective, random_graph(p=0.0))
    objective.before_step(step)
    loss = objective(step)
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)
    for parameter in step.encoder.parameters():
        assert parameter.grad is None or torch.isfinite(parameter.grad).all()


@pytest.mark.parametrize("make", ALL)
def test_never_forms_pairs_of_all_nodes(make: Callable[[], Objective]) -> None:
    n = 2000
    draw = generator()
    left, right = torch.randint(n, (2, 3 * n), generator=draw)
    adjacency = sp.coo_array((torch.ones(3 * n).numpy(), (left.numpy(), right.numpy())), (n, n))
    adjacency = ((adjacency + adjacency.T) > 0).astype("float32")
    adjacency.setdiag(0)
    adjacency.eliminate_zeros()
    graph = Graph(CSR.from_scipy(adjacency, symmetric=True, weighted=False), torch.rand(n, 8))
    objective = make()
    step = step_for(objective, graph, channels=16)
    objective.before_step(step)
    with Largest() as seen:
        objective(step).backward()  # type: ignore[no-untyped-call]
    assert seen.most < n * n / 2


@pytest.mark.parametrize("make", ALL)
def test_same_generator_same_loss(make: Callable[[], Objective]) -> None:
    values = []
    for _ in range(2):
        objective = make()
        values.append(float(objective(step_for(objective, random_graph())).detach()))
    assert values[0] == values[1]


# -- dense references and renaming ---------------------------------------------------------------


def test_discriminator_equals_cross_entropy() -> None:
    draw = generator()
    z, fake = torch.randn(9, 4, generator=draw), torch.randn(9, 4, generator=draw)
    weight = torch.randn(4, 4, generator=draw)
    summary = torch.sigmoid(z.mean(0))
    scores = torch.cat([z @ weight @ summary, fake @ weight @ summary])
    target = torch.cat([torch.ones(9), torch.zeros(9)])
    expected = torch.nn.functional.binary_cross_entropy_with_logits(scores, target)
    assert torch.allclose(discriminator_loss(z, fake, weight), expected, atol=1e-6)
    order = torch.randperm(9, generator=draw)
    assert torch.allclose(discriminator_loss(z[order], fake, weight), expected, atol=1e-6)


@pytest.mark.parametrize("n", [5, 300])
def test_log_partition_equals_logsumexp_with_gradient(n: int) -> None:
    draw = generator()
    queries = torch.randn(n, 6, generator=draw, dtype=torch.float64).requires_grad_()
    keys = torch.randn(40, 6, generator=draw, dtype=torch.float64).requires_grad_()
    excluded = torch.randint(-1, 40, (n,), generator=draw)
    weight = torch.randn(n, generator=draw, dtype=torch.float64)
    scores = queries @ keys.T / 0.3
    hidden = torch.zeros(n, 40, dtype=torch.bool)
    rows = (excluded >= 0).nonzero().flatten()
    hidden[rows, excluded[rows]] = True
    expected = scores.masked_fill(hidden, -torch.inf).logsumexp(1)
    reference = torch.autograd.grad((expected * weight).sum(), (queries, keys))
    actual = log_partition(queries, keys, 0.3, excluded)
    gradient = torch.autograd.grad((actual * weight).sum(), (queries, keys))
    assert torch.allclose(actual, expected)
    assert all(torch.allclose(a, b) for a, b in zip(gradient, reference, strict=True))


def test_log_partition_of_no_keys_is_minus_infinity_without_nan_gradient() -> None:
    queries = torch.ones(2, 3, requires_grad=True)
    out = log_partition(queries, torch.ones(1, 3), 0.5, torch.tensor([0, -1]))
    assert out[0] == -torch.inf
    out[1].backward()  # type: ignore[no-untyped-call]
    assert queries.grad is not None
    assert torch.isfinite(queries.grad).all()


def test_shared_negatives_scale_to_all_others() -> None:
    nodes, position, log_scale = shared_negatives(torch.zeros(50, 2), 10, generator())
    assert nodes.numel() == 10
    assert torch.equal(nodes[position[nodes]], nodes)
    drawn = 10 - (position >= 0).float()
    assert torch.allclose(log_scale.exp() * drawn, torch.full((50,), 49.0))


def dense_infonce(u: Tensor, v: Tensor, temperature: float) -> Tensor:
    """Return GRACE's loss as its paper writes it, in n x n arrays."""
    u, v = normalize(u, dim=1), normalize(v, dim=1)

    def one(a: Tensor, b: Tensor) -> Tensor:
        within, between = (a @ a.T / temperature).exp(), (a @ b.T / temperature).exp()
        denominator = within.sum(1) - within.diag() + between.sum(1)
        return -(between.diag() / denominator).log()

    return (0.5 * (one(u, v) + one(v, u))).mean()


def test_infonce_with_all_negatives_equals_the_paper() -> None:
    draw = generator()
    u, v = torch.randn(40, 6, generator=draw), torch.randn(40, 6, generator=draw)
    expected = dense_infonce(u, v, 0.4)
    assert torch.allclose(infonce_loss(u, v, 0.4, None, draw), expected, atol=1e-5)
    order = torch.randperm(40, generator=draw)
    renamed = infonce_loss(u[order], v[order], 0.4, None, draw)
    assert torch.allclose(renamed, expected, atol=1e-5)


def test_infonce_with_sampled_negatives_is_close_on_average() -> None:
    draw = generator()
    u, v = torch.randn(200, 6, generator=draw), torch.randn(200, 6, generator=draw)
    sampled = torch.stack([infonce_loss(u, v, 0.4, 50, draw) for _ in range(30)]).mean()
    assert float(sampled) == pytest.approx(float(dense_infonce(u, v, 0.4)), rel=0.02)


def test_cca_equals_its_definition_and_survives_a_constant_column() -> None:
    draw = generator()
    u, v = torch.randn(20, 4, generator=draw), torch.randn(20, 4, generator=draw)
    a = (u - u.mean(0)) / u.std(0, unbiased=False)
    b = (v - v.mean(0)) / v.std(0, unbiased=False)
    eye = torch.eye(4)
    expected = -(a.T @ b / 20).trace()
    for z in (a, b):
        expected = expected + 0.1 * (z.T @ z / 20 - eye).square().sum()
    assert torch.allclose(cca_loss(u, v, 0.1), expected, atol=1e-5)
    order = torch.randperm(20, generator=draw)
    assert torch.allclose(cca_loss(u[order], v[order], 0.1), expected, atol=1e-5)
    dead = torch.cat([u, torch.ones(20, 1)], dim=1).requires_grad_()
    cca_loss(dead, dead, 0.1).backward()  # type: ignore[no-untyped-call]
    assert dead.grad is not None
    assert torch.isfinite(dead.grad).all()


def test_bootstrap_compares_directions_and_its_target_follows() -> None:
    draw = generator()
    p, t = torch.randn(8, 3, generator=draw), torch.randn(8, 3, generator=draw)
    assert torch.allclose(bootstrap_loss(p, t), 1 - cosine_similarity(p, t, dim=1).mean())
    assert float(bootstrap_loss(p, 3 * p)) == pytest.approx(0.0, abs=1e-6)
    objective = Bootstrap(momentum=0.9)
    step = step_for(objective, random_graph())
    objective.before_step(step)
    assert objective.target is not None
    start = objective.target.clone()
    with torch.no_grad():
        for parameter in step.encoder.parameters():
            parameter += 1.0
    objective.after_step(step)
    assert torch.allclose(objective.target, start + 0.1, atol=1e-5)
    assert all(p is not objective.target for p in objective.main_parameters())


def test_neighbor_alignment_terms_equal_dense_means() -> None:
    graph = random_graph(weighted=True)
    draw = generator()
    u = normalize(torch.randn(30, 4, generator=draw), dim=1)
    v = normalize(torch.randn(30, 4, generator=draw), dim=1)
    dense, similarity = graph.adj.to_dense(), u @ v.T
    expected = (dense * similarity).sum() / dense.sum()
    assert torch.allclose(edge_similarity(graph.adj, u, v), expected, atol=1e-6)
    apart = (dense == 0) & ~torch.eye(30, dtype=torch.bool)
    pairs = CSR.from_scipy(sp.csr_array(apart.numpy().astype("f4")), weighted=False)
    expected = ((similarity[apart] - 0.6) / 0.1).sigmoid().mean()
    assert torch.allclose(sparsity_loss(u, v, pairs, 0.6, 0.1), expected, atol=1e-6)


def test_sampled_non_edges_are_none() -> None:
    graph = random_graph(p=0.4)
    pairs = sample_non_edges(graph.adj, 20, generator())
    row, col = pairs.edge_index
    assert pairs.nnz > 0
    assert bool((row != col).all())
    assert float(graph.adj.to_dense()[row, col].sum()) == 0.0
    complete = torch.ones(4, 4) - torch.eye(4)
    adj = CSR.from_scipy(sp.csr_array(complete.numpy()), symmetric=True, weighted=False)
    pairs = sample_non_edges(adj, 5, generator())
    assert pairs.nnz == 0
    assert float(sparsity_loss(torch.eye(4), torch.eye(4), pairs, 0.6, 0.1)) == 0.0


def dense_covisit(h: Tensor, positive: Tensor, temperature: float) -> Tensor:
    """Return MAGI's loss as its paper writes it, in n x n arrays."""
    scores = h @ h.T / temperature
    others = scores.masked_fill(torch.eye(h.shape[0], dtype=torch.bool), -torch.inf)
    log_share = scores - others.logsumexp(1, keepdim=True)
    rows = positive.sum(1) > 0
    each = -(log_share * positive).sum(1)[rows] / positive.sum(1)[rows]
    return temperature * each.mean()


def test_covisit_with_all_negatives_equals_the_paper() -> None:
    graph = random_graph()
    draw = generator()
    h = normalize(min_max_rows(torch.randn(30, 5, generator=draw)), dim=1)
    positives = covisits(graph.adj, 50, 2, draw)
    expected = dense_covisit(h, positives.to_dense(), 0.3)
    assert torch.allclose(covisit_loss(h, positives, 0.3, None, draw), expected, atol=1e-5)


def test_covisit_of_every_visited_node_equals_the_benchmarks_formula() -> None:
    graph = random_graph()
    draw = generator()
    h = normalize(min_max_rows(torch.randn(30, 5, generator=draw)), dim=1)
    pairs = covisits(graph.adj, 50, 2, draw, every=True)
    assert float(pairs.to_dense().diag().sum()) > 0  # walks of two steps come back
    row, col = pairs.edge_index
    scores = h @ h.T / 0.3
    others = scores.masked_fill(torch.eye(30, dtype=torch.bool), -torch.inf).logsumexp(1)
    expected = -0.3 * (scores[row, col] - others[row]).mean()
    found = covisit_loss(h, pairs, 0.3, None, draw, by_pair=True)
    assert torch.allclose(found, expected, atol=1e-5)


def test_covisits_are_reachable_others() -> None:
    graph = random_graph()
    pattern = covisits(graph.adj, 100, 2, generator()).to_dense()
    dense = graph.adj.to_dense()
    within_two = dense + dense @ dense
    assert float(pattern.diag().sum()) == 0.0
    assert bool((within_two[pattern > 0] > 0).all())
    assert float(pattern[0].sum()) == 0.0
    assert float(pattern.sum()) > 0


def test_covisit_keeps_its_positives_between_steps() -> None:
    objective = Covisit(walks=20)
    step = step_for(objective, random_graph())
    objective(step)
    assert objective.col is not None
    kept = objective.col.clone()
    objective(Step(step.encoder, step.head, step.graph, step.generator))
    assert torch.equal(objective.col, kept)
    assert "col" in objective.state_dict()


def test_walk_contrast_equals_its_definition() -> None:
    draw = generator()
    h = normalize(torch.randn(12, 4, generator=draw), dim=1)
    starts = torch.randint(12, (20,), generator=draw)
    positive = torch.randint(12, (20, 3), generator=draw)
    negative = torch.randint(12, (20, 3), generator=draw)
    e = (h @ h.T).exp()
    p, q = e[starts[:, None], positive].sum(1), e[starts[:, None], negative].sum(1)
    expected = -(p / (p + q)).mean()
    assert torch.allclose(walk_contrast_loss(h, starts, positive, negative), expected, atol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_walks_follow_edges_in_proportion_to_weight(weighted: bool) -> None:
    dense = torch.tensor([[0.0, 3.0, 1.0, 0.0], [3.0, 0, 0, 0], [1.0, 0, 0, 0], [0, 0, 0, 0]])
    matrix = sp.csr_array(dense.numpy())
    adj = CSR.from_scipy(matrix, symmetric=True, weighted=weighted)
    paths = random_walks(adj, torch.zeros(4000, dtype=torch.int64), 2, generator())
    assert bool((paths[:, 2] == 0).all())
    share = float((paths[:, 1] == 1).float().mean())
    assert share == pytest.approx(0.75 if weighted else 0.5, abs=0.03)
    assert torch.equal(random_walks(adj, torch.tensor([3]), 2, generator()), torch.full((1, 3), 3))


@pytest.mark.parametrize("sparse", [False, True])
def test_scaled_cosine_error_equals_the_reconstruction(sparse: bool) -> None:
    graph = random_graph(n=12, sparse=sparse)
    draw = generator()
    h, w = torch.randn(12, 4, generator=draw), torch.randn(7, 4, generator=draw)
    x = graph.x.to_dense() if isinstance(graph.x, CSR) else graph.x
    assert x is not None
    assert graph.x is not None
    expected = (1 - cosine_similarity(h @ w.T, x, dim=1)).pow(3).mean()
    assert torch.allclose(scaled_cosine_error(h, w, graph.x, 3.0), expected, atol=1e-5)


def test_masking_empties_or_replaces_rows() -> None:
    hidden, shown = draw_masked(20, 0.5, 0.3, generator())
    assert hidden.numel() == 10
    assert int((shown >= 0).sum()) == 3
    graph, twin = random_graph(n=20), random_graph(n=20, sparse=True)
    assert isinstance(graph.x, Tensor)
    assert isinstance(twin.x, CSR)
    out = replace_rows(graph.x, hidden, shown)
    assert float(out[hidden[shown < 0]].abs().sum()) == 0.0
    assert torch.equal(out[hidden[shown >= 0]], graph.x[shown[shown >= 0]])
    other = replace_rows(twin.x, hidden, shown)
    assert isinstance(other, CSR)
    assert torch.allclose(other.to_dense(), out)


def test_an_untrained_discriminator_cannot_tell() -> None:
    z = torch.randn(30, 4, generator=generator())
    assert float(discriminator_loss(z, z, torch.zeros(4, 4))) == pytest.approx(math.log(2.0))


class _Stops(Objective, name="stops_test", register=False):
    """Press Ctrl-C at an epoch; worth nothing otherwise."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def before_step(self, step: Step) -> None:
        if step.epoch == self.at:
            raise KeyboardInterrupt

    def forward(self, step: Step) -> Tensor:
        return step.z.sum() * 0.0


@pytest.mark.parametrize("make", [Bootstrap, Covisit])
def test_what_an_objective_keeps_is_resumed(make: Callable[[], Objective], tmp_path: Path) -> None:
    def fit(at: int, folder: Path | None, resume: bool = False) -> dict[str, Tensor]:
        run = Run.start(0, "cpu", checkpoint=folder, resume=resume)
        network = Network((), GCN(4), (), KMeans())
        graph = network.build(random_graph(), 3, run.generator)
        train(network, graph, make() + _Stops(at), Optimisation(epochs=6, lr=0.1), run)
        return network.state_dict()

    whole = fit(99, None)
    with pytest.raises(KeyboardInterrupt):
        fit(3, tmp_path)
    resumed = fit(99, tmp_path, resume=True)
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
