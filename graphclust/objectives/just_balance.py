"""Balance alone: with enough message passing, nothing else is asked of the memberships."""

from __future__ import annotations

import math
from typing import ClassVar

from torch import Tensor

from graphclust.objectives.base import Objective, Split
from graphclust.objectives.step import Step


class JustBalance(Objective, name="just_balance"):
    r"""Make the memberships hard and the clusters equal.

    .. math::
        \mathcal L = -\frac{1}{\sqrt{n k}} \sum_{j=1}^{k} \Big( \sum_i s_{ij}^2 \Big)^{1/2}

    It is least, -1, for hard clusters of equal size.

    Notes
    -----
    Cost O(n k). The paper writes :math:`\operatorname{tr} \sqrt{S^\top S}`; its code takes the
    root of each entry, as here, which is the same where the columns are orthogonal. The loss
    does not read the edges: the graph enters through the encoder alone.

    References
    ----------
    Bianchi, *Simplifying clustering with graph neural networks*, 2022, arXiv:2207.08779.
    """

    split: ClassVar[Split] = "global"
    needs_head: ClassVar[bool] = True

    def forward(self, step: Step) -> Tensor:
        """Return minus the balance of the step's memberships, between -1 and 0."""
        return just_balance_loss(step.s)


def just_balance_loss(s: Tensor) -> Tensor:
    """Return the loss of memberships ``s``, shape (n, k)."""
    n, k = s.shape
    lengths: Tensor = (s.square().sum(dim=0) + 1e-15).sqrt()
    return -lengths.sum() / math.sqrt(n * k)
