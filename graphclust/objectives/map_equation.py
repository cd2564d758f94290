"""The map equation for soft memberships (Neuromap)."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from graphclust.objectives.base import InBatches, Objective, OnRanks, Split
from graphclust.objectives.step import Step
from graphclust.objectives.totals import Totals, as_they_are


class MapEquation(Objective, name="map_equation"):
    r"""Shorten the description of a random walk, in bits a step.

    .. math::
        \mathcal L = q \log_2 q - 2 \sum_j q_j \log_2 q_j
          - \sum_i p_i \log_2 p_i + \sum_j (q_j + v_j) \log_2 (q_j + v_j)

    with visit rates :math:`p_i = d_i / 2m`, volumes :math:`v = S^\top p`, exit rates
    :math:`q_j = v_j - (S^\top A S)_{jj} / 2m` and :math:`q = \sum_j q_j`.

    Notes
    -----
    Cost O(|E| k), memory O(n k). The paper finds the flow by smart teleportation and power
    iteration; on a symmetric graph that flow is A / 2m whatever the teleportation rate, so it is
    taken in closed form, and of :math:`S^\top A S` the diagonal alone is needed. A soft
    membership counts as leaving its cluster in the share that its neighbours' memberships
    do, so that :math:`q_j` here is :math:`\sum_{l \neq j} C_{jl}` of the paper's pooled flow C:
    rows of S sum to one. Without edges the loss is 0.

    References
    ----------
    Blöcker, Tan and Scholtes, *The map equation goes neural*, 2024, arXiv:2310.01144.
    """

    split: ClassVar[Split] = "global"
    in_batches: ClassVar[InBatches] = "totals"
    on_ranks: ClassVar[OnRanks] = "whole"
    needs_head: ClassVar[bool] = True

    def forward(self, step: Step) -> Tensor:
        """Return the codelength of the step's memberships."""
        return map_equation_loss(step.totals())


def map_equation_loss(totals: Totals) -> Tensor:
    """Return the codelength of memberships in bits a step, from the sums over them."""
    if float(totals.total) <= 0.0:
        return totals.s.sum() * 0.0
    visits = totals.visits
    volume = totals.over_nodes(as_they_are, "visits")
    leave = volume - totals.inside(dim=0) / totals.total
    return (
        _plogp(leave.sum())
        - 2.0 * _plogp(leave).sum()
        - _plogp(visits).sum()
        + _plogp(leave + volume).sum()
    )


def _plogp(p: Tensor) -> Tensor:
    # Rounding can leave a rate just below 0, and the logarithm's gradient at 0 is not finite.
    return p * p.clamp(min=1e-12).log2()
