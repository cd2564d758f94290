"""Balance alone: with enough message passing, nothing else is asked of the memberships."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

from graphclust.objectives.base import InBatches, Objective, OnRanks, Split
from graphclust.objectives.step import Step
from graphclust.objectives.totals import Totals


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
    in_batches: ClassVar[InBatches] = "totals"
    on_ranks: ClassVar[OnRanks] = "whole"
    needs_head: ClassVar[bool] = True

    def forward(self, step: Step) -> Tensor:
        """Return minus the balance of the step's memberships, between -1 and 0."""
        return just_balance_loss(step.totals())


def just_balance_loss(totals: Totals) -> Tensor:
    """Return the loss of memberships, from the sums over them."""
    lengths = (totals.over_nodes(torch.square) + 1e-15).sqrt()
    return -lengths.sum() / math.sqrt(totals.n_nodes * lengths.numel())
