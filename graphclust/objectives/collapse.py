"""DMoN's regulariser against collapse into one cluster."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from torch import Tensor

from graphclust.objectives.base import InBatches, Level, Objective, OnRanks, Split
from graphclust.objectives.step import Step
from graphclust.objectives.totals import Totals, as_they_are


class Collapse(Objective, name="collapse"):
    r"""Keep the soft sizes of the clusters equal.

    .. math:: \mathcal L = \frac{\sqrt k}{n} \Big\lVert \sum_i s_i \Big\rVert_2 - 1

    It is 0 for equal sizes and :math:`\sqrt k - 1` when one cluster has everything.

    Notes
    -----
    Cost O(n k).

    References
    ----------
    Tsitsulin et al., *Graph clustering with graph neural networks*, 2023, arXiv:2006.16904.
    """

    split: ClassVar[Split] = "global"
    level: ClassVar[Level] = "both"
    in_batches: ClassVar[InBatches] = "totals"
    on_ranks: ClassVar[OnRanks] = "whole"
    needs_head: ClassVar[bool] = True

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's memberships."""
        return collapse_loss(step.totals())


def collapse_loss(totals: Totals) -> Tensor:
    """Return the collapse loss of memberships, from the sums over them."""
    sizes = totals.over_nodes(as_they_are)
    length: Tensor = torch.dot(sizes, sizes).sqrt()
    return length * (math.sqrt(sizes.numel()) / totals.n_nodes) - 1.0
