"""Information that the memberships of a pair hold about each other (IIC)."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import torch
from torch import Tensor

from graphclust.objectives.augmentation import Augmentation, two_views
from graphclust.objectives.base import Dims, Level, Objective, Split
from graphclust.objectives.step import Step
from graphclust.sparse import spmm


class InvariantInformation(Objective, name="invariant_information"):
    r"""Make the clusters of two sides of a pair tell each other.

    .. math::
        \mathcal L = -\sum_{jl} P_{jl} \ln \frac{P_{jl}}{P_j P_l}, \qquad
        P = \tfrac12 (\hat P + \hat P^\top)

    Parameters
    ----------
    pairs : "edges" or "views"
        The two ends of every edge, :math:`\hat P = S^\top A S / 2m`, or a node in two augmented
        views, :math:`\hat P = S^\top S' / n`.
    first, second : Augmentation, optional
        The views; by default a fifth of the edges dropped and of the features masked.

    Notes
    -----
    Cost O(|E| k + n k²). The paper pairs views; pairs by edge are its form for a graph, and need
    no augmentation. Without edges that form is 0.

    References
    ----------
    Ji, Henriques and Vedaldi, *Invariant information clustering*, 2019, arXiv:1807.06653.
    """

    split: ClassVar[Split] = "global"
    level: ClassVar[Level] = "both"
    needs_head: ClassVar[bool] = True

    def __init__(
        self,
        pairs: Literal["edges", "views"] = "edges",
        first: Augmentation | None = None,
        second: Augmentation | None = None,
    ) -> None:
        super().__init__()
        self.pairs, self.first, self.second = pairs, first, second

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Settle the augmentations."""
        self._views = two_views(self.first, self.second, (0.2, 0.2), (0.2, 0.2))
        return self

    def forward(self, step: Step) -> Tensor:
        """Return minus the information between the two sides."""
        if self.pairs == "edges":
            return invariant_information_loss(step.s.T @ spmm(step.adj, step.s))
        a, b = (step.head(step.view_embedding(v, i)) for i, v in enumerate(self._views))
        return invariant_information_loss(a.T @ b)


def invariant_information_loss(joint: Tensor) -> Tensor:
    """Return minus the mutual information of a (k, k) table of weights; 0 if it is empty."""
    joint = (joint + joint.T) / 2.0
    total = joint.sum()
    if float(total.detach()) <= 0.0:
        return total
    p = (joint / total).clamp(min=1e-12)
    marginal = p.sum(dim=0)
    return -(p * (p.log() - marginal.log()[:, None] - marginal.log()[None, :])).sum()
