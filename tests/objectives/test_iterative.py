"""The objectives of the iterative methods beside dense references, and what they must survive."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import scipy.sparse as sp
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, normalize

from graphclust.component import from_config
from graphclust.encoders import GCN
from graphclust.encoders.local_global import LocalGlobal
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads import KMeans, StudentT
from graphclust.objectives import DropEdgesMaskFeatures, Objective, Step
from graphclust.objectives.base import Dims
from graphclust.objectives.dilation_shrink import DilationShrink, dilation_shrink_loss
from graphclust.objectives.node_discrimination import NodeDiscrimination
from graphclust.objectives.pseudo_labels import PseudoLabels, balanced_cross_entropy
from graphclust.objectives.ranked_pairs import RankedPairs, draw_pairs, rank_thresholds
from graphclust.objectives.skip_gram import SkipGram, draw_by_degree, skip_gram_loss
from graphclust.sparse import CSR
from tests.objectives.conftest import Largest

K = 3
ALL: list[Callable[[], Objective]] = [
    PseudoLabels,
    lambda: PseudoLabels(DropEdgesMaskFeatures(0.2, 0.2)),
    RankedPairs,
    NodeDiscrimination,
    DilationShrink,
    SkipGram,
    lambda: SkipGram(length=6, window=2, p=0.5, q=2.0),
]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random_graph(
    n: int = 30, p: float = 0.15, weighted: bool = False, sparse: bool = False
) -> Graph:
    """Return a random graph with random features; node 0 has no edge."""
    draw = seeded(1)
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
    """Build encoder, head and objective for the graph and return a step with targets."""
    draw = seeded(seed)
    encoder = GCN(channels).build(graph.n_features, draw)
    head = StudentT().build(channels, K, draw)
    objective.build(Dims(graph.n_nodes, graph.n_features, channels, K), draw)
    targets = torch.arange(graph.n_nodes) % K
    return Step(encoder.train(), head, graph, draw, n_epochs=10, targets=targets)


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("sparse", [False, True])
def test_scalar_is_finite_and_gradient_reaches_the_encoder(make, weighted, sparse) -> None:
    objective = make()
    step = step_for(objective, random_graph(weighted=weighted, sparse=sparse))
    objective.before_step(step)
    loss = objective(step)
    loss.backward()
    objective.after_step(step)
    assert loss.dim() == 0
    assert torch.isfinite(loss)
    gradient = next(step.encoder.parameters()).grad
    assert gradient is not None
    assert torch.isfinite(gradient).all()
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize("make", ALL)
def test_survives_a_graph_without_edges(make) -> None:
    objective = make()
    step = step_for(objective, random_graph(p=0.0))
    objective.before_step(step)
    loss = objective(step)
    loss.backward()
    assert torch.isfinite(loss)
    for parameter in step.encoder.parameters():
        assert parameter.grad is None or torch.isfinite(parameter.grad).all()


@pytest.mark.parametrize("make", ALL)
def test_never_forms_pairs_of_all_nodes(make) -> None:
    n = 3000
    left, right = torch.randint(n, (2, 3 * n), generator=seeded())
    adjacency = sp.coo_array((torch.ones(3 * n).numpy(), (left.numpy(), right.numpy())), (n, n))
    adjacency = ((adjacency + adjacency.T) > 0).astype("float32")
    adjacency.setdiag(0)
    adjacency.eliminate_zeros()
    graph = Graph(CSR.from_scipy(adjacency, symmetric=True, weighted=False), torch.rand(n, 8))
    objective = make()
    step = step_for(objective, graph, channels=16)
    with Largest() as seen:
        objective.before_step(step)
        objective(step).backward()
    assert seen.most < n * n / 2


@pytest.mark.parametrize("make", ALL)
def test_same_generator_same_loss_and_config_round_trip(make) -> None:
    values = []
    for _ in range(2):
        objective = from_config(make().to_config())
        step = step_for(objective, random_graph())
        objective.before_step(step)
        values.append(float(objective(step).detach()))
    assert values[0] == values[1]


# -- DeepCluster ---------------------------------------------------------------------------------


def test_balanced_cross_entropy_is_the_mean_over_classes_of_class_means() -> None:
    logits, y = torch.randn(20, 4, generator=seeded()), torch.tensor([0] * 15 + [1] * 4 + [3])
    means = [cross_entropy(logits[y == c], y[y == c]) for c in (0, 1, 3)]
    torch.testing.assert_close(balanced_cross_entropy(logits, y), torch.stack(means).mean())


def test_all_nodes_in_one_class_is_not_the_best_for_unequal_clusters() -> None:
    y = torch.tensor([0] * 98 + [1, 1])
    one = torch.tensor([2.0, 0.0]).expand(100, 2)
    none = torch.zeros(100, 2)
    assert balanced_cross_entropy(one, y) > balanced_cross_entropy(none, y)
    assert cross_entropy(one, y) < cross_entropy(none, y)


def test_the_classifier_starts_anew_with_new_targets_only() -> None:
    objective = PseudoLabels(lr=0.1)
    graph = random_graph()
    step = step_for(objective, graph)

    def update(targets: Tensor) -> None:
        s = Step(step.encoder, step.head, graph, step.generator, targets=targets)
        objective.before_step(s)
        objective(s).backward()
        objective.after_step(s)

    first = torch.arange(30) % K
    for _ in range(20):
        update(first)
    learnt = objective.weight.detach().clone()
    assert learnt.abs().max() > 0.3
    assert objective.optimizers()[0].state
    update(first)
    assert (objective.weight - learnt).abs().max() < 0.15
    update((first + 1) % K)
    assert objective.weight.abs().max() < 0.2
    assert list(objective.main_parameters()) == []


# -- AGE -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "behind"), [(0.01, 0.1), (0.2, 0.5), (0.5, 0.9)])
def test_thresholds_are_the_ranks_of_all_similarities(first: float, behind: float) -> None:
    z = normalize(torch.randn(120, 6, generator=seeded()), dim=1)
    above, below = rank_thresholds(z, torch.randperm(120, generator=seeded()), first, behind)
    ranked = (z @ z.T).flatten().sort(descending=True).values
    n = ranked.numel()
    width = 2.0 / (1 << 16)
    assert abs(above - float(ranked[round(first * n) - 1])) <= 2 * width
    assert abs(below - float(ranked[round(behind * n)])) <= 2 * width


def test_pairs_are_all_that_are_wanted_or_a_fair_part_of_them() -> None:
    z = normalize(torch.randn(150, 5, generator=seeded()), dim=1)
    order = torch.randperm(150, generator=seeded())
    pairs = draw_pairs(z, order, lambda s: s >= 0.8, 10**6, seeded())
    dense = (z @ z.T >= 0.8).nonzero()
    assert {tuple(p) for p in pairs.T.tolist()} == {tuple(p) for p in dense.tolist()}
    few = draw_pairs(z, order, lambda s: s >= 0.8, 200, seeded())
    assert 120 < few.shape[1] < 280
    assert {tuple(p) for p in few.T.tolist()} <= {tuple(p) for p in dense.tolist()}


def test_ranked_pairs_equal_cross_entropy_over_the_chosen_pairs() -> None:
    objective = RankedPairs((0.1, 0.1), (0.5, 0.5))
    step = step_for(objective, random_graph(sparse=True))
    objective.before_step(step)
    similarity = normalize(step.x.to_dense(), dim=1)
    similarity = similarity @ similarity.T
    near, far = objective.near, objective.far
    assert similarity[near[0], near[1]].min() >= similarity[far[0], far[1]].max()
    assert near.shape[1] >= 90 and far.shape[1] >= 450
    scores = [(step.z[i] * step.z[j]).sum(1) for i, j in (near, far)]
    expected = 0.5 * (
        binary_cross_entropy_with_logits(scores[0], torch.ones_like(scores[0]))
        + binary_cross_entropy_with_logits(scores[1], torch.zeros_like(scores[1]))
    )
    torch.testing.assert_close(objective(step), expected)


def test_thresholds_move_over_the_epochs_and_pairs_stay_between() -> None:
    objective = RankedPairs((0.4, 0.04), (0.1, 0.5), every=5)
    graph = random_graph()
    step = step_for(objective, graph)
    sizes = []
    for epoch in range(10):
        s = Step(step.encoder, step.head, graph, step.generator, epoch, 10)
        objective.before_step(s)
        sizes.append((objective.near.shape[1], objective.far.shape[1]))
    assert len(set(sizes[:5])) == len(set(sizes[5:])) == 1
    assert sizes[5][0] < sizes[0][0] and sizes[5][1] < sizes[0][1]


# -- Dink-Net ------------------------------------------------------------------------------------


def test_dilation_and_shrink_equal_their_definition() -> None:
    z, c = torch.randn(9, 4, generator=seeded()), torch.randn(3, 4, generator=seeded(1))
    shrink = torch.stack([(a - b).square().sum() for a in z for b in c]).mean()
    apart = torch.stack([(a - b).square().sum() for a in c for b in c if a is not b]).sum() / 6
    torch.testing.assert_close(dilation_shrink_loss(z, c), shrink - apart)
    order = torch.randperm(9, generator=seeded())
    torch.testing.assert_close(dilation_shrink_loss(z[order], c.flip(0)), shrink - apart)


def test_a_head_without_centres_is_refused() -> None:
    step = step_for(DilationShrink(), random_graph())
    bare = Step(step.encoder, KMeans.__base__(), step.graph, step.generator)
    with pytest.raises(InputError, match="StudentT"):
        DilationShrink()(bare)


def test_node_discrimination_trains_the_inner_encoder_of_local_global() -> None:
    graph, draw = random_graph(), seeded()
    encoder = LocalGlobal(GCN(5), steps=2).build(7, draw)
    objective = NodeDiscrimination(0.0).build(Dims(30, 7, 5, K), draw)
    loss = objective(Step(encoder, KMeans(), graph, seeded(3)))
    order = torch.randperm(30, generator=seeded(3))
    local, shuffled = (
        encoder.encoder(graph.x, graph.adj),
        encoder.encoder(graph.x[order], graph.adj),
    )
    scores = torch.cat([objective.projection(h).sum(1) for h in (local, shuffled)])
    target = torch.cat([torch.ones(30), torch.zeros(30)])
    torch.testing.assert_close(loss, binary_cross_entropy_with_logits(scores, target))


def test_node_discrimination_keeps_its_projection_for_a_second_stage() -> None:
    objective = NodeDiscrimination()
    first = objective.build(Dims(30, 7, 5, K), seeded()).projection
    assert objective.build(Dims(30, 7, 5, K), seeded(1)).projection is first
    assert objective.build(Dims(30, 7, 6, K), seeded(1)).projection is not first


# -- node2vec ------------------------------------------------------------------------------------


def test_skip_gram_equals_its_definition() -> None:
    z = torch.randn(6, 3, generator=seeded())
    walks, random = torch.tensor([[0, 1, 2, 1], [3, 3, 3, 3]]), torch.tensor([[5, 4], [0, 1]])
    true = [
        z[w[i]] @ z[w[j]] for w in walks for i in range(4) for j in range(4) if 0 < abs(i - j) <= 2
    ]
    false = [z[u] @ z[v] for w, r in zip(walks, random, strict=True) for u in w for v in r]
    expected = -(torch.stack(true).sigmoid().log().mean())
    expected = expected - 2.0 * (-torch.stack(false)).sigmoid().log().mean()
    torch.testing.assert_close(skip_gram_loss(z, walks, random, 2, 2.0), expected)


def test_random_nodes_come_by_degree_to_three_quarters() -> None:
    graph = random_graph(weighted=True)
    drawn = draw_by_degree(graph.adj, (400, 500), seeded())
    share = graph.adj.degree.pow(0.75)
    seen = torch.bincount(drawn.flatten(), minlength=30) / drawn.numel()
    torch.testing.assert_close(seen, share / share.sum(), atol=2e-3, rtol=0)
    uniform = draw_by_degree(random_graph(p=0.0).adj, (100, 300), seeded())
    assert set(uniform.flatten().tolist()) == set(range(30))
