"""The least loss of a training: when it was, and the weights then."""

from __future__ import annotations

import copy
import math
from typing import Any

from torch import Tensor, nn

from graphclust.training.optimisation import Optimisation


class LeastLoss:
    """Decide when patience is at an end, and which weights remain.

    Parameters
    ----------
    optimisation : Optimisation
        Its ``patience`` and ``keep``.
    """

    def __init__(self, optimisation: Optimisation) -> None:
        self._patience, self._keeps = optimisation.patience, optimisation.keep == "best_loss"
        self.loss, self.since = math.inf, 0
        self.weights: dict[str, Tensor] = {}

    def update(self, loss: float, network: nn.Module) -> bool:
        """Note the loss of an epoch; return whether it is time to stop."""
        if loss < self.loss - 1e-12:
            self.loss, self.since = loss, 0
            if self._keeps:
                self.weights = copy.deepcopy(network.state_dict())
        else:
            self.since += 1
        return self._patience is not None and self.since >= self._patience

    def put_back(self, network: nn.Module) -> None:
        """Give the network the weights of the least loss, if they were to be kept."""
        if self.weights:
            network.load_state_dict(self.weights)

    def facts(self) -> dict[str, Any]:
        """Return what a checkpoint holds beside the weights."""
        return {"loss": self.loss if math.isfinite(self.loss) else None, "since": self.since}

    def restore(self, facts: dict[str, Any], weights: dict[str, Tensor]) -> None:
        """Take up what an interrupted training had come to."""
        self.loss = math.inf if facts["loss"] is None else float(facts["loss"])
        self.since, self.weights = int(facts["since"]), weights
