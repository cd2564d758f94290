"""The one loop: history, stopping, clipping, errors, and a resume that loses nothing."""

from __future__ import annotations

import copy
import signal

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from graphclust.encoders import Variational
from graphclust.errors import GraphclustError, InputError
from graphclust.heads import GaussianMixture, Softmax
from graphclust.objectives import Objective, Step
from graphclust.objectives.adversarial_regularisation import AdversarialRegularisation
from graphclust.objectives.mixture_prior import MixturePrior
from graphclust.objectives.normal_prior import NormalPrior
from graphclust.randomness import rand
from graphclust.training import (
    Generative,
    Iterative,
    Multistage,
    Network,
    Optimisation,
    Run,
    train,
)
from tests.training.conftest import built, two_blocks


class _Noisy(Objective, name="noisy_test", register=False):
    """Pull embeddings to random directions: every epoch draws from the generator."""

    def forward(self, step: Step) -> Tensor:
        aim = rand(*step.z.shape, generator=step.generator)
        return (step.z - aim).square().mean()


class _Explodes(Objective, name="explodes_test", register=False):
    """Return what no descent can follow, from the third epoch on."""

    def forward(self, step: Step) -> Tensor:
        loss = step.z.square().mean()
        return loss if step.epoch < 2 else loss / 0.0


class _Flat(Objective, name="flat_test", register=False):
    """Return the same value whatever the weights are."""

    def forward(self, step: Step) -> Tensor:
        return step.z.mean() * 0.0 + 1.0


class _Interrupts(_Noisy, name="interrupts_test", register=False):
    """Behave as the noisy objective until somebody presses Ctrl-C at the given epoch."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def before_step(self, step: Step) -> None:
        if step.epoch == self.at:
            signal.raise_signal(signal.SIGINT)


def test_history_holds_every_term_and_the_weighted_sum() -> None:
    run = Run.start(0, "cpu")
    network, graph = built(run)
    objective = 2.0 * _Noisy() + 0.5 * _Flat()
    train(network, graph, objective, Optimisation(epochs=7), run)
    assert set(run.history) == {"noisy_test", "flat_test", "loss"}
    terms = [v for k, v in run.history.items() if k != "loss"]
    assert all(len(v) == 7 for v in run.history.values())
    assert run.history["loss"][0] == pytest.approx(2.0 * terms[0][0] + 0.5 * terms[1][0])


def test_training_lowers_the_loss() -> None:
    run = Run.start(0, "cpu")
    network, graph = built(run, dropout=0.0)
    train(network, graph, _Noisy(), Optimisation(epochs=60, lr=0.02), run)
    assert run.history["loss"][-1] < 0.7 * run.history["loss"][0]


def test_patience_stops_on_a_loss_that_does_not_fall() -> None:
    run = Run.start(0, "cpu")
    network, graph = built(run)
    train(network, graph, _Flat(), Optimisation(epochs=50, patience=4), run)
    assert len(run.history["loss"]) == 5


def test_a_loss_that_is_not_finite_is_an_error_that_says_where() -> None:
    run = Run.start(0, "cpu")
    network, graph = built(run)
    with pytest.raises(GraphclustError, match="epoch 3"):
        train(network, graph, _Explodes(), Optimisation(epochs=5), run)


def test_clipping_bounds_the_step_of_plain_descent() -> None:
    run = Run.start(0, "cpu")
    network, graph = built(run)
    before = copy.deepcopy(network.state_dict())
    train(network, graph, 1e6 * _Noisy(), Optimisation(epochs=1, lr=0.01, clip=1.0), run)
    moved = max(float((network.state_dict()[k] - v).abs().max()) for k, v in before.items())
    assert 0 < moved <= 0.0101


@pytest.mark.parametrize("every", [None, 3])
def test_resume_after_an_interruption_is_bitwise_the_same(every, tmp_path) -> None:
    def fit(objective: Objective, run: Run) -> Network:
        network, graph = built(run)
        strategy = Multistage() if every is None else Iterative(every=every, pretrain=_Noisy())
        strategy.run(network, graph, objective, Optimisation(epochs=9), run)
        return network

    whole = fit(_Noisy(), Run.start(5, "cpu"))
    with pytest.raises(KeyboardInterrupt):
        fit(_Interrupts(at=4), Run.start(5, "cpu", checkpoint=tmp_path / "run"))
    resumed_run = Run.start(5, "cpu", checkpoint=tmp_path / "run", resume=True)
    resumed = fit(_Noisy(), resumed_run)
    for key, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key


class _Stops(Objective, name="stops_test", register=False):
    """Add nothing to the loss, and be interrupted in the given step of the stage."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def before_step(self, step: Step) -> None:
        if step.epoch == self.at:
            signal.raise_signal(signal.SIGINT)

    def forward(self, step: Step) -> Tensor:
        return step.z.sum() * 0.0


@pytest.mark.parametrize("stop", ["pretraining", "training"])
def test_resume_of_mixture_and_adversary_is_bitwise_the_same(stop, tmp_path) -> None:
    def fit(run: Run, at: dict[str, int]) -> Network:
        network = Network((), Variational(4), (), GaussianMixture(restarts=2))
        graph = network.build(two_blocks(), 2, run.generator)
        stages = {
            stage: _Stops(at.get(stage, -1))
            + AdversarialRegularisation((8,), lr=1e-2, steps=2)
            + 0.1 * prior
            for stage, prior in (("pretraining", NormalPrior()), ("training", MixturePrior()))
        }
        strategy = Generative(stages["pretraining"], Optimisation(epochs=7, lr=0.02))
        strategy.run(network, graph, stages["training"], Optimisation(epochs=9, lr=0.02), run)
        return network

    whole_run = Run.start(5, "cpu")
    whole = fit(whole_run, {})
    with pytest.raises(KeyboardInterrupt):
        fit(Run.start(5, "cpu", checkpoint=tmp_path / "run"), {stop: 4})
    resumed_run = Run.start(5, "cpu", checkpoint=tmp_path / "run", resume=True)
    resumed = fit(resumed_run, {})
    for key, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key
    assert whole_run.history == resumed_run.history
    assert torch.equal(whole_run.generator.get_state(), resumed_run.generator.get_state())


def test_checkpoint_holds_the_adversarys_own_optimiser(tmp_path) -> None:
    checkpoint = tmp_path / "run"
    run = Run.start(5, "cpu", checkpoint=checkpoint)
    network = Network((), Variational(4), (), GaussianMixture(restarts=2))
    graph = network.build(two_blocks(), 2, run.generator)
    objective = _Stops(3) + AdversarialRegularisation((8,))
    with pytest.raises(KeyboardInterrupt):
        train(network, graph, objective, Optimisation(epochs=5), run)
    kept = load_file(checkpoint / "checkpoint.safetensors")
    moments = [key for key in kept if key.startswith("optimizer1/") and key.endswith("exp_avg_sq")]
    assert len(moments) == len(list(objective.parameters())) == 4
    assert any(float(kept[key].abs().sum()) > 0 for key in moments)


def test_global_random_state_is_left_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    run = Run.start(0, "cpu")
    network, graph = built(run)
    Multistage().run(network, graph, _Noisy(), Optimisation(epochs=3), run)
    assert torch.equal(before, torch.get_rng_state())


def test_softmax_memberships_follow_the_initial_partition() -> None:
    run = Run.start(0, "cpu")
    graph = two_blocks()
    z = torch.cat(
        [
            torch.randn(20, 4, generator=run.generator) + 6.0,
            torch.randn(20, 4, generator=run.generator) - 6.0,
        ]
    )
    head = Softmax(init="kmeans").build(4, 2, run.generator)
    head.start(z, graph, run.generator)
    labels = head.predict(z)
    assert len(set(labels[:20].tolist())) == 1
    assert labels[0] != labels[-1]


def test_unknown_device_is_refused() -> None:
    with pytest.raises(InputError, match="device"):
        Run.start(0, "gpux")
