"""Information that the memberships hold about the nodes (IMSAT)."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from graphclust.objectives.base import InBatches, Objective, OnRanks, Split
from graphclust.objectives.step import Step
from graphclust.objectives.totals import Totals, as_they_are


class MutualInformation(Objective, name="mutual_information"):
    r"""Make memberships decided and clusters even.

    .. math::
        \mathcal L = \frac1n \sum_i H(s_i) - \mu\, H\Big(\frac1n \sum_i s_i\Big)

    with H the entropy in nats; for :math:`\mu = 1` this is minus the mutual information of node
    and cluster.

    Parameters
    ----------
    evenness : float
        :math:`\mu`.

    Notes
    -----
    Cost O(n k). Alone it does not read the graph: IMSAT adds the agreement of augmented views,
    here :class:`~graphclust.objectives.invariant_information.InvariantInformation`.

    References
    ----------
    Hu et al., *Learning discrete representations via information maximizing self-augmented
    training*, 2017, arXiv:1702.08720.
    """

    split: ClassVar[Split] = "global"
    in_batches: ClassVar[InBatches] = "totals"
    on_ranks: ClassVar[OnRanks] = "whole"
    needs_head: ClassVar[bool] = True

    def __init__(self, evenness: float = 4.0) -> None:
        super().__init__()
        self.evenness = evenness

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's memberships."""
        return mutual_information_loss(step.totals(), self.evenness)


def mutual_information_loss(totals: Totals, evenness: float = 1.0) -> Tensor:
    """Return the mean entropy of the memberships less the weighted one of their mean."""
    n = totals.n_nodes
    return totals.over_nodes(entropy) / n - evenness * entropy(totals.over_nodes(as_they_are) / n)


def entropy(p: Tensor) -> Tensor:
    """Return the entropy of the last axis of ``p``, in nats."""
    return -(p * p.clamp(min=1e-12).log()).sum(dim=-1)
