"""How long and how fast to descend."""

from __future__ import annotations

import math
from typing import Literal

from torch import nn

from graphclust.adam import Adam
from graphclust.component import Component


class Optimisation(Component, kind="optimisation", name="optimisation"):
    """Settings of one descent.

    Parameters
    ----------
    epochs : int
        Steps over the whole graph; 0 leaves the weights as they start.
    lr : float
        Adam's learning rate.
    weight_decay : float
        L2 penalty (Adam) or decoupled decay (AdamW).
    optimizer : "adam" or "adamw"
    patience : int, optional
        Stop when the loss has not fallen for so many epochs.
    keep : "last" or "best_loss"
        Which weights remain: the last, or those of the least training loss.
    clip : float, optional
        Greatest norm of the gradient.
    schedule : "constant" or "cosine"
        Cosine warms up over a tenth of the epochs, then falls to zero.
    """

    def __init__(
        self,
        epochs: int = 200,
        lr: float = 1e-3,
        weight_decay: float = 0.0,
        optimizer: Literal["adam", "adamw"] = "adam",
        patience: int | None = None,
        keep: Literal["last", "best_loss"] = "last",
        clip: float | None = None,
        schedule: Literal["constant", "cosine"] = "constant",
    ) -> None:
        self.epochs, self.lr, self.weight_decay = epochs, lr, weight_decay
        self.optimizer, self.patience, self.keep = optimizer, patience, keep
        self.clip, self.schedule = clip, schedule

    def make(self, parameters: list[nn.Parameter]) -> Adam:
        """Return the optimiser over the parameters."""
        return Adam(parameters, self.lr, self.weight_decay, decoupled=self.optimizer == "adamw")

    def rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch."""
        if self.schedule == "constant":
            return self.lr
        warm = max(1, self.epochs // 10)
        if epoch < warm:
            return self.lr * (epoch + 1) / warm
        return self.lr * 0.5 * (1 + math.cos(math.pi * (epoch - warm) / max(1, self.epochs - warm)))
