"""Relaxed normalised cut and the orthogonality that keeps it from collapsing."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from graphclust.objectives.base import InBatches, Objective, OnRanks, Split
from graphclust.objectives.step import Step
from graphclust.objectives.totals import Totals

_EPSILON = 1e-12


class MinCut(Objective, name="min_cut"):
    r"""Keep edge weight inside the clusters.

    .. math:: \mathcal L = -\frac{\operatorname{tr}(S^\top A S)}{\operatorname{tr}(S^\top D S)}

    Notes
    -----
    Cost O(|E| k), memory O(n k). The paper's definition normalises A first, which makes
    D the identity up to a constant; the implementations in use take A as it is, and so does
    this. It is least, -1, for one cluster: add :class:`Orthogonality`. Without edges it is 0.

    References
    ----------
    Bianchi, Grattarola and Alippi, *Spectral clustering with graph neural networks for graph
    pooling*, 2020, arXiv:1907.00481.
    """

    split: ClassVar[Split] = "global"
    in_batches: ClassVar[InBatches] = "totals"
    on_ranks: ClassVar[OnRanks] = "whole"
    needs_head: ClassVar[bool] = True

    def forward(self, step: Step) -> Tensor:
        """Return minus the share of weight that stays inside."""
        return min_cut_loss(step.totals())


class Orthogonality(Objective, name="orthogonality"):
    r"""Keep the columns of S orthogonal and of equal length.

    .. math::
        \mathcal L = \Big\lVert \frac{S^\top S}{\lVert S^\top S \rVert_F}
          - \frac{I}{\sqrt k} \Big\rVert_F^{p}

    Parameters
    ----------
    squared : bool
        p = 2, which is smooth where the loss is 0; the paper has p = 1.

    Notes
    -----
    Cost O(n k²).

    References
    ----------
    Bianchi, Grattarola and Alippi, *Spectral clustering with graph neural networks for graph
    pooling*, 2020, arXiv:1907.00481.
    """

    split: ClassVar[Split] = "global"
    in_batches: ClassVar[InBatches] = "totals"
    on_ranks: ClassVar[OnRanks] = "whole"
    needs_head: ClassVar[bool] = True

    def __init__(self, squared: bool = False) -> None:
        super().__init__()
        self.squared = squared

    def forward(self, step: Step) -> Tensor:
        """Return the distance of the memberships' Gram matrix from the identity's direction."""
        return orthogonality_loss(step.totals(), self.squared)


def min_cut_loss(totals: Totals) -> Tensor:
    """Return the relaxed cut of memberships, from the sums over them."""
    inside = totals.inside()
    return -inside / totals.over_nodes(torch.square, "degree").sum().clamp(min=_EPSILON)


def orthogonality_loss(totals: Totals, squared: bool = False) -> Tensor:
    """Return how far the columns of S are from orthogonal and equal, from the sums over it."""
    gram = totals.gram()
    k = gram.shape[0]
    target = torch.eye(k, device=gram.device, dtype=gram.dtype) / k**0.5
    length = torch.linalg.matrix_norm(gram).clamp(min=_EPSILON)
    distance: Tensor = (gram / length - target).square().sum()
    # The root's gradient at 0 is not finite.
    return distance if squared else distance.clamp(min=_EPSILON).sqrt()
