"""The state of an interrupted training, kept without pickle and restored bit for bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from graphclust.objectives import Objective
from graphclust.training.network import Network
from graphclust.training.run import Run

TENSORS, FACTS = "checkpoint.safetensors", "checkpoint.json"


class Checkpoint:
    """Everything that the rest of a training depends on.

    Parameters
    ----------
    network, objective : modules
    optimizer : torch optimiser or None
        The main one; objectives bring their own.
    run : Run
        Its ``checkpoint`` is the folder; ``None`` keeps nothing.
    """

    def __init__(
        self,
        network: Network,
        objective: Objective,
        optimizer: torch.optim.Optimizer | None,
        run: Run,
    ) -> None:
        self.network, self.objective, self.run = network, objective, run
        self.optimizers = [] if optimizer is None else [optimizer, *objective.optimizers()]
        self.epoch = 0

    def begin_stage(self) -> int:
        """Return the epoch to begin with: 0, or where an interrupted run had come to."""
        self.epoch = 0
        facts = self._facts()
        if facts is None or facts["stage"] < self.run.stage:
            return 0
        if facts["stage"] > self.run.stage:
            # This stage had ended: its result is part of what the later stage restores.
            self.epoch = 2**62
            return self.epoch
        self._restore(facts)
        return self.epoch

    def epoch_done(self, epoch: int) -> None:
        """Note that an epoch has ended."""
        self.epoch = epoch + 1

    def end_stage(self) -> None:
        """Note that the stage has ended."""
        self.run.stage += 1

    def write(self) -> None:
        """Write the state to the checkpoint folder, whole or not at all."""
        folder = self.run.checkpoint
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        tensors: dict[str, Tensor] = {}
        for prefix, module in (("network", self.network), ("objective", self.objective)):
            for key, value in module.state_dict().items():
                tensors[f"{prefix}/{key}"] = value.contiguous().clone()
        for index, optimizer in enumerate(self.optimizers):
            for slot, values in optimizer.state_dict()["state"].items():
                for key, value in values.items():
                    tensors[f"optimizer{index}/{slot}/{key}"] = torch.as_tensor(value).clone()
        if self.network.targets is not None:
            tensors["targets"] = self.network.targets.clone()
        tensors["generator"] = self.run.generator.get_state()
        facts = {
            "stage": self.run.stage,
            "epoch": self.epoch,
            "history": self.run.history,
        }
        _replace(folder / TENSORS, lambda path: save_file(tensors, path))
        _replace(folder / FACTS, lambda path: path.write_text(json.dumps(facts)))

    def _facts(self) -> dict[str, Any] | None:
        folder = self.run.checkpoint
        if not self.run.resume or folder is None or not (folder / FACTS).exists():
            return None
        facts: dict[str, Any] = json.loads((folder / FACTS).read_text())
        return facts

    def _restore(self, facts: dict[str, Any]) -> None:
        assert self.run.checkpoint is not None
        tensors = load_file(self.run.checkpoint / TENSORS, device=str(self.run.device))
        for prefix, module in (("network", self.network), ("objective", self.objective)):
            load_tensors(module, _below(tensors, prefix + "/"))
        for index, optimizer in enumerate(self.optimizers):
            states: dict[int, dict[str, Tensor]] = {}
            for key, value in _below(tensors, f"optimizer{index}/").items():
                slot, name = key.split("/", 1)
                # Adam counts its steps in a tensor that stays on the CPU.
                states.setdefault(int(slot), {})[name] = value.cpu() if name == "step" else value
            optimizer.load_state_dict({**optimizer.state_dict(), "state": states})
        self.network.targets = tensors.get("targets")
        self.run.generator.set_state(tensors["generator"].cpu())
        self.run.history.clear()
        self.run.history.update(facts["history"])
        self.epoch = int(facts["epoch"])


def load_tensors(module: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Put tensors into a module's parameters and buffers by name, buffers of any shape.

    Unlike ``load_state_dict`` this fills buffers that are ``None`` until a fit made them.
    """
    for key, value in tensors.items():
        *path, leaf = key.split(".")
        owner = module.get_submodule(".".join(path))
        if leaf in owner._parameters:
            parameter = owner._parameters[leaf]
            assert parameter is not None
            with torch.no_grad():
                parameter.copy_(value)
        else:
            owner._buffers[leaf] = value.clone()


def _below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}


def _replace(path: Path, write: Any) -> None:
    partial = path.with_name(path.name + ".part")
    write(partial)
    partial.replace(path)
