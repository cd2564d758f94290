"""What an objective is on a batch: an unbiased estimate of what it is on the whole graph."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from graphclust.component import registry
from graphclust.encoders import GCN, Variational
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.batch import Draw
from graphclust.graphs.generators import attributed_partition
from graphclust.graphs.part import Part
from graphclust.heads import GaussianMixture, Softmax, StudentT
from graphclust.objectives import Dims, DropEdgesMaskFeatures, Objective, Step
from graphclust.objectives.adjacency_reconstruction import AdjacencyReconstruction
from graphclust.objectives.batch_step import BatchStep, Kept
from graphclust.objectives.collapse import Collapse
from graphclust.objectives.covisit import Covisit, covisits
from graphclust.objectives.modularity import Modularity
from graphclust.sparse import CSR
from graphclust.training import Batches, Clusters, Neighbors

N, K = 150, 3
# Standard errors that a mean may be off by: over all the tests here, one in a thousand runs.
BAR = 5.0
ADMITTED = sorted(n for n, o in registry("objective").items() if o.in_batches in ("mean", "totals"))
DRAWING = ("adjacency_reconstruction", "normal_prior", "mixture_prior", "bootstrap")
WAYS: dict[str, Batches] = {"neighbors": Neighbors(30), "clusters": Clusters(40, parts=4)}


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def a_graph(weighted: bool) -> Graph:
    data = attributed_partition(N, 450, K, seeded(0), 6)
    row, col = data.edge_index
    weight = 0.5 + (row + col) % 3 if weighted else None
    return Graph(CSR.from_edges(row, col, weight, (N, N), symmetric=True), data.x)


class Fixed:
    """A network and an objective whose weights stay, on one graph."""

    def __init__(self, objective: Objective, weighted: bool = True) -> None:
        self.graph, self.objective = a_graph(weighted), objective
        generator = seeded(1)
        width = 5
        if objective.name in ("normal_prior", "mixture_prior"):
            self.encoder = Variational(width, GCN(7, activation="tanh"))
        else:
            self.encoder = GCN([7, width], activation="tanh")
        heads = {"mixture_prior": GaussianMixture, "dilation_shrink": StudentT}
        self.head = heads.get(objective.name, Softmax)()
        self.encoder.build(6, generator)
        self.head.build(width, K, generator)
        self.sharpen()
        objective.build(Dims(N, 6, width, K), generator)
        self.kept = self.keep()
        self.random = seeded(7)

    def sharpen(self) -> None:
        """Move the memberships away from the even start."""
        with torch.no_grad():
            for parameter in self.head.parameters():
                parameter.mul_(3.0).add_(0.3 * torch.randn(parameter.shape, generator=seeded(9)))

    def keep(self) -> Kept:
        def embed() -> Tensor:
            with torch.no_grad():
                self.encoder.eval()
                z = self.encoder(self.graph.x, self.graph.adj, None)
                self.encoder.train()
                return z

        kept = Kept(embed, self.head, self.graph.adj)
        # Found now, with the weights as they are now.
        assert kept.memberships.s.shape == (N, K)
        assert kept.embedding.s.shape[0] == N
        return kept

    def gradient(self, step: Step) -> tuple[float, Tensor]:
        """Return a step's value, and its gradient along twelve directions."""
        parameters = [*self.encoder.parameters(), *self.head.parameters()]
        for parameter in parameters:
            parameter.grad = None
        if self.objective.name == "self_training":
            self.objective.before_step(step)
        value = step.weighed(self.objective(step), self.objective)
        value.backward()
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = torch.cat([part.flatten() for part in parts])
        along = torch.randn(12, flat.numel(), generator=seeded(3))
        return float(value.detach()), along @ flat

    def whole(self, times: int) -> tuple[Tensor, Tensor]:
        found = [
            self.gradient(Step(self.encoder, self.head, self.graph, self.random))
            for _ in range(times)
        ]
        return torch.tensor([v for v, _ in found]), torch.stack([g for _, g in found])

    def batches(self, way: Batches, times: int) -> tuple[Tensor, Tensor]:
        draws = way.draws(self.graph, self.encoder, 5)
        found = []
        for _ in range(times):
            # The first of an epoch: by itself, each is a uniform draw.
            batch = next(draws.epoch(self.random))
            step = BatchStep(self.encoder, self.head, batch, self.kept, self.random)
            found.append(self.gradient(step))
        return torch.tensor([v for v, _ in found]), torch.stack([g for _, g in found])


def same_mean(a: Tensor, b: Tensor) -> None:
    """Assert that two samples, or a sample and a constant, have the same mean."""
    gap = (a.mean(0) - b.mean(0)).abs()
    noise = sum(s.var(0) / s.shape[0] for s in (a, b) if s.shape[0] > 1)
    allowed = BAR * torch.as_tensor(noise).sqrt() + 2e-5 * (1.0 + b.mean(0).abs())
    assert bool((gap <= allowed).all()), (gap / allowed).max()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ADMITTED)
def test_value_and_gradient_are_unbiased(name, way) -> None:
    # Views of a batch are those of a graph without weights.
    fixed = Fixed(registry("objective")[name](), weighted=name != "bootstrap")
    value, gradient = fixed.whole(200 if name in DRAWING else 1)
    values, gradients = fixed.batches(WAYS[way], 250)
    same_mean(values, value)
    same_mean(gradients, gradient)
    # There is noise for the mean to be free of, and the mean says something.
    assert float(gradients.std(0).max()) > 1e-4
    assert float(gradient.mean(0).abs().max()) > 1e-4


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("of", ["memberships", "embedding"])
def test_modularity_is_unbiased_whatever_was_kept(way, of) -> None:
    fixed = Fixed(Modularity(0.8, of=of))
    with torch.no_grad():  # as if the weights had moved on, and far, since memberships were kept
        for parameter in [*fixed.encoder.parameters(), *fixed.head.parameters()]:
            parameter.add_(0.4 * torch.randn(parameter.shape, generator=seeded(4)))
    value, gradient = fixed.whole(1)
    values, gradients = fixed.batches(WAYS[way], 600)
    assert float(values.std()) > 1e-3
    same_mean(values, value)
    same_mean(gradients, gradient)


def test_what_is_kept_takes_the_noise_out_of_the_value() -> None:
    for objective in (Modularity(), Collapse()):
        fixed = Fixed(objective)
        value, _ = fixed.whole(1)
        values, _ = fixed.batches(Neighbors(30), 5)
        torch.testing.assert_close(values, value.expand(5), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", ADMITTED)
def test_a_batch_of_all_nodes_is_the_whole_graph(name) -> None:
    if name in DRAWING:
        return  # it draws, and a batch draws its nodes first: the means above agree
    fixed = Fixed(registry("objective")[name]())
    value, gradient = fixed.whole(1)
    fixed.random = seeded(7)
    values, gradients = fixed.batches(Neighbors(N), 1)
    torch.testing.assert_close(values, value, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(gradients, gradient, atol=1e-4, rtol=1e-3)


def test_reconstruction_of_an_unweighted_graph_is_unbiased_too() -> None:
    fixed = Fixed(AdjacencyReconstruction(balance="density", self_loops=1.0), weighted=False)
    value, gradient = fixed.whole(200)
    values, gradients = fixed.batches(WAYS["clusters"], 300)
    same_mean(values, value)
    same_mean(gradients, gradient)


def test_odds_of_a_draw_by_counting() -> None:
    parts, drawn = 5, 2
    own = torch.arange(drawn)
    draw = Draw(parts, drawn, own)
    assert draw.node_weight == pytest.approx(5 / 2)
    assert draw.pair_weight == pytest.approx(20 / 2)
    assert Draw(4, 4, torch.arange(4)).pair_weight == Draw(1, 1, own[:1]).pair_weight == 1.0


def contrast(name: str, keep: float = 1.0, **settings: Any) -> Objective:
    """Return a contrast of two views that keep so much of the graph."""
    view = DropEdgesMaskFeatures(1.0 - keep, 1.0 - keep)
    return registry("objective")[name](first=view, second=view, **settings)


@pytest.mark.parametrize(
    ("name", "settings"), [("infonce", {"negatives": None}), ("cca", {"weight": 0.1})]
)
def test_contrasts_in_batches_tend_to_those_of_the_whole_graph(name, settings) -> None:
    def off(size: int, times: int) -> float:
        fixed = Fixed(contrast(name, **settings), weighted=False)
        value, _ = fixed.whole(1)
        values, _ = fixed.batches(Neighbors(size), times)
        return float((values.mean() - value).abs())

    assert off(N, 1) < 1e-4
    few, many = off(15, 200), off(75, 100)
    assert many < 0.5 * few < 0.2


def test_views_of_a_batch_have_the_degrees_of_views_of_the_graph() -> None:
    fixed = Fixed(Collapse(), weighted=False)
    whole, drop = fixed.graph.adj, DropEdgesMaskFeatures(0.4, 0.0)
    batch = next(Neighbors(10).draws(fixed.graph, fixed.encoder, 5).epoch(seeded(1)))
    step = BatchStep(fixed.encoder, fixed.head, batch, fixed.kept, seeded(2))
    nodes = batch.nodes
    mine, theirs = [], []
    for index in range(300):
        adj = step.view(drop, index)[1]
        assert isinstance(adj, Part)
        # Edges among the batch's nodes stay or fall in both directions.
        inner = adj.to_dense()[: nodes.numel(), : nodes.numel()]
        assert torch.equal(inner, inner.T)
        mine.append(adj.degree)
        theirs.append(drop.apply(fixed.graph.x, whole, seeded(index))[1].degree[nodes])
    ours = torch.stack(mine)
    same_mean(ours[:, : nodes.numel()], torch.stack(theirs))
    # Of nodes at the rim, whose rows the batch does not hold, too.
    same_mean(ours.mean(1), 0.6 * step.adj.degree.mean().expand(1))
    for a, b in zip(ours[:, : nodes.numel()].std(0), torch.stack(theirs).std(0), strict=True):
        assert float(a) == pytest.approx(float(b), rel=0.3, abs=0.2)


def test_views_that_a_batch_does_not_have_are_refused() -> None:
    fixed = Fixed(Collapse(), weighted=True)
    batch = next(Neighbors(30).draws(fixed.graph, fixed.encoder, 5).epoch(seeded(1)))
    step = BatchStep(fixed.encoder, fixed.head, batch, fixed.kept, seeded(2))
    with pytest.raises(InputError, match="with weights has no augmented view"):
        step.view_embedding(DropEdgesMaskFeatures(), 0)
    assert step.corrupted.shape == step.z.shape
    fixed = Fixed(contrast("infonce", 0.8), weighted=False)
    with pytest.raises(InputError, match="no uniform draw of nodes"):
        fixed.batches(WAYS["clusters"], 1)


@pytest.mark.parametrize("way", WAYS)
def test_pairs_within_a_batch_stand_for_all(way) -> None:
    """Sums over the pairs of each node with any other, from the pairs that a batch holds."""
    fixed = Fixed(Modularity())
    pairs = covisits(fixed.graph.adj, 20, 2, seeded(2), every=True)
    worth = torch.rand(N, N, generator=seeded(4))
    row, col = pairs.edge_index
    each = torch.zeros(N).index_add(0, row, worth[row, col])
    draws, sums = WAYS[way].draws(fixed.graph, fixed.encoder, 5), []
    for _ in range(400):
        batch = next(draws.epoch(fixed.random))
        step = BatchStep(fixed.encoder, fixed.head, batch, fixed.kept, fixed.random)
        of_batch = CSR.from_edges(
            *_rows_of(pairs, batch.nodes), None, (batch.nodes.numel(), pairs.shape[1])
        )
        within = step.pairs_within(of_batch)
        row, col = batch.nodes[within.row.long()], batch.nodes[within.col.long()]
        sums.append((within.values * worth[row, col]).sum() * batch.draw.node_weight)
    same_mean(torch.stack(sums), each.sum()[None])


def _rows_of(pairs: CSR, nodes: Tensor) -> tuple[Tensor, Tensor]:
    row, col = pairs.edge_index
    place = torch.full((N,), -1)
    place[nodes] = torch.arange(nodes.numel())
    kept = place[row] >= 0
    return place[row[kept]], col[kept]


def test_a_batch_of_all_nodes_is_the_graph_to_covisits() -> None:
    fixed = Fixed(Covisit(walks=200, negatives=None))
    batch = next(Neighbors(N).draws(fixed.graph, fixed.encoder, 5).epoch(fixed.random))
    step = BatchStep(fixed.encoder, fixed.head, batch, fixed.kept, fixed.random)
    whole = Step(fixed.encoder, fixed.head, fixed.graph, fixed.random)
    # Other walks of the same graph: many of them, so that the positives hardly differ.
    found, expected = (float(fixed.objective(one).detach()) for one in (step, whole))
    assert found == pytest.approx(expected, rel=0.02)
