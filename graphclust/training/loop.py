"""The one training loop."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import nn

from graphclust.adam import Adam
from graphclust.errors import GraphclustError
from graphclust.graphs import Graph
from graphclust.objectives import Objective, Step
from graphclust.training.checkpoint import Checkpoint
from graphclust.training.interruption import Interruption
from graphclust.training.least_loss import LeastLoss
from graphclust.training.network import Network, build_objective
from graphclust.training.optimisation import Optimisation
from graphclust.training.run import Run
from graphclust.training.steps import Steps

BeforeEpoch = Callable[[int], None]


def train(
    network: Network,
    graph: Graph,
    objective: Objective,
    optimisation: Optimisation,
    run: Run,
    *,
    title: str = "train",
    before_epoch: BeforeEpoch | None = None,
) -> None:
    """Descend ``objective`` on a prepared graph, at once or in the run's batches, on its ranks.

    An epoch is a step over the whole graph, or one over each batch. Every loss term is recorded
    by name, its mean over the epoch. With a checkpoint folder, the state is kept once a
    minute and on an interruption, which takes effect when the epoch is done (a second one at
    once); a later run with ``resume`` goes on from there bit for bit: stages that had ended are
    passed over, the one that was interrupted is restored and finished.

    Raises
    ------
    InputError
        If the objective or the encoder cannot be trained in batches or on ranks, and is to be.
    GraphclustError
        If the loss is no longer finite.
    """
    steps = Steps(network, graph, objective, optimisation.epochs, run)
    build_objective(objective, network, graph, run.generator)
    seen: dict[int, nn.Parameter] = {}
    for parameter in [*network.parameters(), *objective.main_parameters()]:
        if parameter.requires_grad:
            seen[id(parameter)] = parameter
    parameters = list(seen.values())
    if graph.ranks is not None:
        graph.ranks.same(parameters)
    optimizer = optimisation.make(parameters) if parameters else None
    least = LeastLoss(optimisation)
    state = Checkpoint(network, objective, optimizer, least, run)
    first = state.begin_stage()
    if optimizer is None:
        return
    if first is None:
        run.stage += 1
        network.eval()
        return
    network.train()
    objective.train()
    with Interruption(run.checkpoint is not None) as interruption:
        for epoch in run.bar(range(first, optimisation.epochs), title, optimisation.epochs - first):
            if before_epoch is not None:
                before_epoch(epoch)
            optimizer.lr = optimisation.rate(epoch)
            losses = [
                _update(step, objective, optimizer, parameters, optimisation.clip, title)
                for step in steps.of_epoch(epoch)
            ]
            run.record({name: sum(one[name] for one in losses) / len(losses) for name in losses[0]})
            if least.update(run.history["loss"][-1], network):
                break
            state.reached(epoch + 1, interruption)
        state.reached(optimisation.epochs, interruption)
    least.put_back(network)
    run.stage += 1
    network.eval()


def _update(
    step: Step,
    objective: Objective,
    optimizer: Adam,
    parameters: list[nn.Parameter],
    clip: float | None,
    title: str,
) -> dict[str, float]:
    objective.before_step(step)
    optimizer.zero_grad()
    values: dict[str, float] = {}
    parts = []
    for name, weight, term in objective.terms():
        value = step.weighed(term(step), term)
        values[name] = float(value.detach())
        parts.append(value if weight == 1.0 else weight * value)
    # Added one by one: on a small graph an epoch is little more than its operations' calls.
    loss = sum(parts[1:], start=parts[0])
    values["loss"] = float(loss.detach())
    if not math.isfinite(values["loss"]):
        shown = ", ".join(f"{name}={value:g}" for name, value in values.items())
        raise GraphclustError(
            f"the loss is not finite at epoch {step.epoch + 1} of {title} ({shown}): "
            "lower the learning rate, or set clip=1.0"
        )
    step.descend(loss, parameters)
    if clip is not None:
        nn.utils.clip_grad_norm_(parameters, clip)
    optimizer.step()
    objective.after_step(step)
    return values
