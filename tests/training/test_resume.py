"""Every method that trains, interrupted in every one of its trainings, goes on bit for bit."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

import graphclust as gc
import graphclust.methods
from graphclust.component import registry
from graphclust.graphs import Graph
from graphclust.objectives import Objective, Step
from graphclust.training import Network, Optimisation, Run, loop, train
from graphclust.training.checkpoint_file import CHECKPOINT_FILE, read_facts
from graphclust.training.least_loss import LeastLoss
from tests.training.conftest import built, two_blocks

EPOCHS = {"epochs": 4, "pretrain_epochs": 4}


def quick(name: str) -> gc.methods.Method:
    kind = registry("method")[name]
    return kind(**{k: v for k, v in EPOCHS.items() if k in kind.argument_names()})


TRAINED = sorted(n for n, m in registry("method").items() if "epochs" in m.argument_names())


class _Signal:
    """Send a signal in the middle of the given step of the fit, counted over all trainings."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at, self.steps = -1, 0
        plain = loop._update

        def update(step, *rest):
            out = plain(step, *rest)
            if self.steps == self.at:
                signal.raise_signal(signal.SIGINT)
            self.steps += 1
            return out

        monkeypatch.setattr(loop, "_update", update)

    def arm(self, at: int) -> None:
        self.at, self.steps = at, 0


@pytest.fixture
def ctrl_c(monkeypatch: pytest.MonkeyPatch) -> _Signal:
    return _Signal(monkeypatch)


def same(a: gc.NodeClusterer, b: gc.NodeClusterer) -> None:
    assert a.history_ == b.history_
    np.testing.assert_array_equal(a.labels_, b.labels_)
    np.testing.assert_array_equal(a.embedding_, b.embedding_)
    np.testing.assert_array_equal(a.membership_, b.membership_)


@pytest.fixture(scope="module")
def graph() -> Graph:
    """Return two sparse blocks with features, widened so that encoders have something to mask."""
    plain = two_blocks(48)
    assert isinstance(plain.x, torch.Tensor)
    return replace(plain, x=torch.cat([plain.x, plain.x.square()], dim=1))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TRAINED)
def test_every_method_goes_on_bit_for_bit(name, graph, ctrl_c, tmp_path) -> None:
    model = gc.NodeClusterer(3, quick(name), random_state=1)
    ctrl_c.arm(-1)
    whole = model.fit(graph)
    steps = ctrl_c.steps
    labels, history = whole.labels_.copy(), dict(whole.history_)
    assert steps >= 4
    for at in {1, steps - 1, steps // 2}:
        folder = tmp_path / str(at)
        ctrl_c.arm(at)
        with pytest.raises(KeyboardInterrupt):
            gc.NodeClusterer(3, quick(name), random_state=1).fit(graph, checkpoint=folder)
        ctrl_c.arm(-1)
        resumed = gc.NodeClusterer(3, quick(name), random_state=1).fit(
            graph, checkpoint=folder, resume=True
        )
        same(resumed, whole)
    assert np.array_equal(labels, whole.labels_) and history == whole.history_


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["default", "dmon", "daegc"])
def test_a_number_of_clusters_that_was_chosen_is_kept(name, graph, ctrl_c, tmp_path) -> None:
    ctrl_c.arm(-1)
    whole = gc.NodeClusterer("auto", quick(name), random_state=1).fit(graph)
    steps = ctrl_c.steps
    for at in (3, steps - 2):
        ctrl_c.arm(at)
        with pytest.raises(KeyboardInterrupt):
            gc.NodeClusterer("auto", quick(name), random_state=1).fit(
                graph, checkpoint=tmp_path / str(at)
            )
        ctrl_c.arm(-1)
        resumed = gc.NodeClusterer("auto", quick(name), random_state=1).fit(
            graph, checkpoint=tmp_path / str(at), resume=True
        )
        assert resumed.n_clusters_ == whole.n_clusters_
        same(resumed, whole)


@pytest.mark.filterwarnings("ignore")
def test_without_a_seed_the_interrupted_one_is_taken_up(graph, ctrl_c, tmp_path) -> None:
    ctrl_c.arm(2)
    with pytest.raises(KeyboardInterrupt):
        gc.NodeClusterer(3, quick("dgi")).fit(graph, checkpoint=tmp_path)
    seed = read_facts(tmp_path)["identity"]["seed"]
    ctrl_c.arm(-1)
    resumed = gc.NodeClusterer(3, quick("dgi")).fit(graph, checkpoint=tmp_path, resume=True)
    same(resumed, gc.NodeClusterer(3, quick("dgi"), random_state=seed).fit(graph))


class _ZigZag(Objective, name="zig_zag_test", register=False):
    """Fall until the fourth epoch, then rise for good."""

    def forward(self, step: Step) -> torch.Tensor:
        return step.z.square().mean() * 0.0 + abs(step.epoch - 3) + 1.0


@pytest.mark.parametrize("at", [2, 4, 6, 7])
def test_patience_and_the_least_loss_go_on(at, ctrl_c, tmp_path) -> None:
    how = Optimisation(epochs=50, patience=5, keep="best_loss", weight_decay=0.1)

    def fit(run: Run) -> Network:
        network, graph = built(run)
        train(network, graph, _ZigZag(), how, run)
        return network

    ctrl_c.arm(-1)
    whole_run = Run.start(5, "cpu")
    whole = fit(whole_run)
    assert len(whole_run.history["loss"]) == 9
    ctrl_c.arm(at)
    with pytest.raises(KeyboardInterrupt):
        fit(Run.start(5, "cpu", checkpoint=tmp_path))
    ctrl_c.arm(-1)
    run = Run.start(5, "cpu", checkpoint=tmp_path, resume=True)
    resumed = fit(run)
    assert run.history == whole_run.history
    for key, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key


def test_a_second_ctrl_c_is_not_put_off(tmp_path) -> None:
    class Twice(_ZigZag, name="twice_test", register=False):
        def forward(self, step: Step) -> torch.Tensor:
            signal.raise_signal(signal.SIGINT)
            if step.epoch == 0:
                signal.raise_signal(signal.SIGINT)
            raise AssertionError("the second one did not act")

    run = Run.start(5, "cpu", checkpoint=tmp_path)
    network, graph = built(run)
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        train(network, graph, Twice(), Optimisation(epochs=3), run)
    assert signal.getsignal(signal.SIGINT) is handler
    assert not Path(tmp_path, CHECKPOINT_FILE).exists(), "half an epoch is no state to keep"


def test_outside_of_the_main_thread_signals_are_left_alone(tmp_path) -> None:
    handlers = []

    def work() -> None:
        run = Run.start(5, "cpu", checkpoint=tmp_path)
        network, graph = built(run)
        train(network, graph, _ZigZag(), Optimisation(epochs=2), run)
        handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGINT)]


def test_least_loss_counts_from_the_last_fall() -> None:
    network = torch.nn.Linear(1, 1)
    least = LeastLoss(Optimisation(patience=2))
    stops = [least.update(loss, network) for loss in (3.0, 2.0, 2.0, 1.0, 1.5, 1.2)]
    assert stops == [False] * 5 + [True]
