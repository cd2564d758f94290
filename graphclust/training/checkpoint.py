"""The state of an interrupted training, kept without pickle and restored bit for bit."""

from __future__ import annotations

import time
from typing import Any

import torch
from torch import Tensor

from graphclust.objectives import Objective
from graphclust.training.checkpoint_file import below, load_tensors, read_tensors, write_checkpoint
from graphclust.training.interruption import Interruption
from graphclust.training.least_loss import LeastLoss
from graphclust.training.network import Network
from graphclust.training.run import Run

# Seconds between two states: what a power cut, or an interruption after the training, may cost.
EVERY = 60.0


class Checkpoint:
    """Everything that the rest of a training depends on.

    Parameters
    ----------
    network, objective : modules
    optimizer : torch optimiser or None
        The main one; objectives bring their own.
    least : LeastLoss
    run : Run
        Its ``checkpoint`` is the folder; ``None`` keeps nothing.
    """

    def __init__(
        self,
        network: Network,
        objective: Objective,
        optimizer: torch.optim.Optimizer | None,
        least: LeastLoss,
        run: Run,
    ) -> None:
        self.network, self.objective, self.least, self.run = network, objective, least, run
        self.optimizers = [] if optimizer is None else [optimizer, *objective.optimizers()]
        self.epoch = 0
        self._written = time.monotonic()

    def begin_stage(self) -> int | None:
        """Return the epoch to begin with: 0, or where an interrupted run had come to.

        ``None`` says that the stage had ended: its result is part of what a later one restores.
        """
        facts = self.run.kept
        if facts is None or facts["stage"] < self.run.stage:
            return 0
        if facts["stage"] > self.run.stage:
            return None
        self._restore(facts)
        return self.epoch

    def reached(self, epoch: int, interruption: Interruption) -> None:
        """Note that the training can go on from ``epoch``; keep the state if it is time.

        Ranks end after the same epoch, whichever of them were interrupted.

        Raises
        ------
        KeyboardInterrupt
            If Ctrl-C was pressed, here or on another rank; the state is kept first.
        """
        self.epoch = epoch
        ranks = self.run.ranks
        pending = interruption.pending
        if ranks is not None and self.run.checkpoint is not None:
            pending = ranks.any(pending)
        if pending or time.monotonic() - self._written >= EVERY:
            self.write()
        if pending and ranks is not None:
            ranks.wait()  # whoever ends first has the others ended, by torchrun
        interruption.deliver(pending)

    def write(self) -> None:
        """Write the state to the checkpoint folder, whole or not at all; of ranks, the first."""
        folder, ranks = self.run.checkpoint, self.run.ranks
        if folder is None or (ranks is not None and not ranks.first):
            return
        tensors: dict[str, Tensor] = {}
        for prefix, module in (("network", self.network), ("objective", self.objective)):
            for key, value in module.state_dict().items():
                tensors[f"{prefix}/{key}"] = value.contiguous().clone()
        for index, optimizer in enumerate(self.optimizers):
            for slot, values in optimizer.state_dict()["state"].items():
                for key, value in values.items():
                    tensors[f"optimizer{index}/{slot}/{key}"] = torch.as_tensor(value).clone()
        for key, value in self.least.weights.items():
            tensors[f"least/{key}"] = value.contiguous().clone()
        if self.network.targets is not None:
            tensors["targets"] = self.network.targets.clone()
        tensors["generator"] = self.run.generator.get_state()
        facts = {
            "identity": self.run.identity,
            "choices": self.run.choices,
            "stage": self.run.stage,
            "epoch": self.epoch,
            "least": self.least.facts(),
            "history": self.run.history,
        }
        write_checkpoint(folder, tensors, facts)
        self._written = time.monotonic()

    def _restore(self, facts: dict[str, Any]) -> None:
        assert self.run.checkpoint is not None
        tensors = read_tensors(self.run.checkpoint, str(self.run.device), self.run.ranks)
        for prefix, module in (("network", self.network), ("objective", self.objective)):
            load_tensors(module, below(tensors, prefix + "/"))
        for index, optimizer in enumerate(self.optimizers):
            states: dict[int, dict[str, Tensor]] = {}
            for key, value in below(tensors, f"optimizer{index}/").items():
                slot, name = key.split("/", 1)
                # Adam counts its steps in a tensor that stays on the CPU.
                states.setdefault(int(slot), {})[name] = value.cpu() if name == "step" else value
            optimizer.load_state_dict({**optimizer.state_dict(), "state": states})
        self.least.restore(facts["least"], below(tensors, "least/"))
        self.network.targets = tensors.get("targets")
        self.run.generator.set_state(tensors["generator"].cpu())
        self.run.history.clear()
        self.run.history.update(facts["history"])
        self.epoch = int(facts["epoch"])
