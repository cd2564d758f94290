"""Self-training: memberships drawn to a sharpened copy of themselves."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor

from graphclust.objectives.base import Dims, InBatches, Objective, OnRanks, Split
from graphclust.objectives.step import Step


class SelfTraining(Objective, name="self_training"):
    r"""Descend the divergence of the memberships q from sharpened targets p.

    .. math::
        \mathcal L = \frac1n \sum_{ij} p_{ij} \ln \frac{p_{ij}}{q_{ij}}, \qquad
        p_{ij} = \frac{q_{ij}^2 / f_j}{\sum_l q_{il}^2 / f_l}, \qquad f_j = \sum_i q_{ij}

    Parameters
    ----------
    every : int
        Epochs for which targets are kept before they are made anew.

    Notes
    -----
    Cost O(n k). No gradient passes through the targets. Sharpening splits nothing that the start
    joined: place the head first (k-means on a pretrained embedding).

    References
    ----------
    Xie, Girshick and Farhadi, *Unsupervised deep embedding for clustering analysis*, 2016,
    arXiv:1511.06335.
    """

    split: ClassVar[Split] = "global"
    in_batches: ClassVar[InBatches] = "mean"
    on_ranks: ClassVar[OnRanks] = "mean"
    needs_head: ClassVar[bool] = True

    targets: Tensor | None

    def __init__(self, every: int = 1) -> None:
        super().__init__()
        self.every = every
        self.register_buffer("targets", None)
        self._made_in: int | None = None

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Forget the targets of an earlier training."""
        self.targets = self._made_in = None
        return self

    def before_step(self, step: Step) -> None:
        """Make the targets anew when it is time."""
        due = step.epoch % self.every == 0 and step.epoch != self._made_in
        if self.targets is None or due:
            self.targets, self._made_in = sharpened(step.all_memberships), step.epoch

    def forward(self, step: Step) -> Tensor:
        """Return the divergence of the step's memberships from the targets."""
        targets = sharpened(step.all_memberships) if self.targets is None else self.targets
        return divergence(step.own(targets), step.s)


def sharpened(q: Tensor) -> Tensor:
    """Return DEC's targets for memberships ``q``, shape (n, k)."""
    weight = q.square() / q.sum(dim=0).clamp(min=1e-12)
    return weight / weight.sum(dim=1, keepdim=True).clamp(min=1e-12)


def divergence(p: Tensor, q: Tensor) -> Tensor:
    """Return the mean over rows of KL(p || q), both of shape (n, k), in nats."""
    ratio = p.clamp(min=1e-12) / q.clamp(min=1e-12)
    out: Tensor = (p * ratio.log()).sum() / p.shape[0]
    return out
