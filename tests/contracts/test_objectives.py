"""What every objective promises, over the registry."""

from __future__ import annotations

import pytest
import torch

from graphclust.component import from_config, registry
from graphclust.encoders import GCN
from graphclust.heads import Softmax

KINDS = ("plain", "weighted", "disconnected", "edgeless")


def make(name: str):
    return registry("objective")[name]()


def loss_of(objective, step) -> torch.Tensor:
    objective.before_step(step)
    return torch.stack([weight * term(step) for _, weight, term in objective.terms()]).sum()


@pytest.mark.parametrize("kind", KINDS)
def test_loss_is_a_finite_scalar_and_so_is_its_gradient(an_objective, kind, kit) -> None:
    objective = make(an_objective)
    step = kit.parts_for(objective, kit.planted(kind)[0])
    loss = loss_of(objective, step)
    assert loss.dim() == 0
    assert bool(torch.isfinite(loss))
    if loss.requires_grad:  # without edges, a loss over edges may have nothing to say
        loss.backward()
    objective.after_step(step)
    for module in (step.encoder, step.head, objective):
        for name, parameter in module.named_parameters():
            assert parameter.grad is None or bool(torch.isfinite(parameter.grad).all()), name


def test_gradient_reaches_the_encoder_and_the_head_it_trains(an_objective, kit) -> None:
    objective = make(an_objective)
    step = kit.parts_for(objective, kit.planted()[0])
    loss_of(objective, step).backward()
    reached = [p.grad for p in step.encoder.parameters() if p.grad is not None]
    assert sum(float(g.abs().sum()) for g in reached) > 0
    if objective.needs_head:
        assert any(p.grad is not None for p in step.head.parameters())


def test_renaming_nodes_changes_nothing(an_objective, kit) -> None:
    graph, _ = kit.planted("weighted")
    found = kit.parts_for(make(an_objective), graph)

    def value(order: torch.Tensor | None = None, seed: int = 5) -> float:
        objective = make(an_objective)
        encoder, head = (from_config(part.to_config()) for part in (found.encoder, found.head))
        if order is None:
            step = kit.step_of(encoder, head, objective, graph, seed)
        else:
            step = kit.step_of(encoder, head, objective, kit.renamed(graph, order), seed)
            step.targets = step.targets[order]
        return float(loss_of(objective, step).detach())

    order = torch.randperm(graph.n_nodes, generator=kit.seeded(9))
    expected = value()
    if expected == value(seed=6):
        assert value(order) == pytest.approx(expected, rel=1e-4, abs=1e-5)
        return
    # It draws at random in every step: then the means over many seeds agree.
    before = torch.tensor([value(seed=seed) for seed in range(40)])
    after = torch.tensor([value(order, seed) for seed in range(40, 80)])
    error = ((before.var() + after.var()) / 40).sqrt()
    assert abs(float(before.mean() - after.mean())) < 4 * float(error) + 1e-5


def test_same_seed_same_loss_and_config_round_trip(an_objective, kit) -> None:
    graph, _ = kit.planted()
    first = make(an_objective)
    again = from_config(first.to_config())
    assert type(again) is type(first)
    assert again.to_config() == first.to_config()
    values = [float(loss_of(o, kit.parts_for(o, graph)).detach()) for o in (first, again)]
    assert values[0] == values[1]


def test_objectives_add_up_and_scale(an_objective, kit) -> None:
    graph, _ = kit.planted()
    alone = float(loss_of(o := make(an_objective), kit.parts_for(o, graph)).detach())
    half = 0.5 * make(an_objective)
    step = kit.parts_for(half, graph)
    assert float(loss_of(half, step).detach()) == pytest.approx(0.5 * alone, rel=1e-4, abs=1e-6)
    assert from_config(half.to_config()).to_config() == half.to_config()


def test_nothing_of_nodes_times_nodes_is_made(an_objective, kit, big) -> None:
    objective = make(an_objective)
    small = kit.parts_for(objective, kit.planted()[0])
    if isinstance(small.encoder, GCN) and isinstance(small.head, Softmax):
        encoder, head = GCN([16, 12]), Softmax()
    else:
        encoder, head = kit.narrow(type(small.encoder)()), type(small.head)()
    with kit.nothing_quadratic():
        step = kit.step_of(encoder, head, objective, big)
        loss_of(objective, step).backward()
        objective.after_step(step)
