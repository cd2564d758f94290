"""JOAO: contrast of graphs with augmentations that choose themselves, by their loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import torch
from torch import Tensor

from graphclust.objectives.augmentation import Augmentation
from graphclust.objectives.base import Dims, Level, Split
from graphclust.objectives.graph_augmentation import AsItIs, graphcl_four
from graphclust.objectives.graph_contrast import GraphContrast, graph_contrast_loss
from graphclust.objectives.step import Step
from graphclust.randomness import rand


class JointAugmentation(GraphContrast, name="joint_augmentation"):
    r"""Descend the contrast through the encoder, climb it through the choice of augmentation.

    .. math::
        \min_\theta \max_{p \in \Delta} \; \sum_a p_a \mathcal L_a(\theta)
          - \frac{\gamma}{2} \sum_a \big(p_a - \tfrac1m\big)^2

    over m augmentations a. Once an epoch, :math:`p \leftarrow P_\Delta\big(p + \mathcal L
    - \gamma (p - 1/m)\big)`, the losses being those of the epoch's first batch and
    :math:`P_\Delta` the projection onto the simplex; each step draws its augmentation from p.

    Parameters
    ----------
    temperature : float
        Of the contrast.
    gamma : float
        How strongly p is drawn to even chances.
    choices : sequence of Augmentation, optional
        The graph itself and GraphCL's four by default.

    Notes
    -----
    No label is read: hard augmentations are chosen, those of greater loss. As in the authors'
    code, one view is augmented and the other one is the graph itself; the paper's formula has
    pairs. m more passes of the encoder an epoch, without gradient.

    References
    ----------
    You et al., *Graph contrastive learning automated*, 2021, arXiv:2106.07594.
    """

    split: ClassVar[Split] = "global"
    level: ClassVar[Level] = "graphs"

    chances: Tensor

    def __init__(
        self,
        temperature: float = 0.2,
        gamma: float = 0.1,
        choices: Sequence[Augmentation] | None = None,
    ) -> None:
        super().__init__(temperature)
        self.gamma, self.choices = gamma, choices
        self.register_buffer("chances", torch.zeros(0))

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the projection, and even chances."""
        super().build(dims, generator)
        self._known = [AsItIs(), *graphcl_four()] if self.choices is None else list(self.choices)
        self.chances = torch.full((len(self._known),), 1.0 / len(self._known))
        self._seen: int | None = None
        self._drawn = 0
        return self

    def before_step(self, step: Step) -> None:
        """Move the chances at the start of an epoch; draw the augmentation of the step."""
        if step.epoch != self._seen:
            if self._seen is not None:
                self._move(step)
            self._seen = step.epoch
        draw = rand(1, generator=step.generator).to(self.chances.device)
        above = int((self.chances.cumsum(0) < draw).sum())
        self._drawn = min(above, len(self._known) - 1)

    def forward(self, step: Step) -> Tensor:
        """Return the contrast between the graphs and their views."""
        u = self.project(step.z)
        v = self.project(step.view_embedding(self._known[self._drawn], 1 + self._drawn))
        return graph_contrast_loss(u, v, self.temperature)

    @torch.no_grad()
    def _move(self, step: Step) -> None:
        u = self.project(step.encode())
        losses = []
        for one in self._known:
            x, adj = one.apply(step.x, step.adj, step.generator)
            losses.append(
                graph_contrast_loss(u, self.project(step.encode(x, adj)), self.temperature)
            )
        even = 1.0 / len(losses)
        climbed = self.chances + torch.stack(losses) - self.gamma * (self.chances - even)
        self.chances = on_simplex(climbed)


def on_simplex(values: Tensor) -> Tensor:
    """Return the nearest point whose entries are at least 0 and sum to 1, shape (m,).

    Examples
    --------
    >>> import torch
    >>> on_simplex(torch.tensor([1.0, 1.0, -3.0])).tolist()
    [0.5, 0.5, 0.0]
    """
    ordered = values.sort(descending=True).values
    over = ordered.cumsum(0) - 1.0
    rank = torch.arange(1, values.numel() + 1, device=values.device)
    last = int((ordered * rank > over).sum()) - 1
    return (values - over[last] / (last + 1)).clamp(min=0.0)
