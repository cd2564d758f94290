"""Centres away from each other, nodes towards the centres (Dink-Net)."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from graphclust.errors import InputError
from graphclust.neighbors.squares import squared_distances
from graphclust.objectives.base import InBatches, Objective, OnRanks, Split
from graphclust.objectives.step import Step


class DilationShrink(Objective, name="dilation_shrink"):
    r"""Push the head's centres apart and pull the nodes to all of them.

    .. math::
        \mathcal L = \frac{1}{nk} \sum_{i} \sum_{j} \lVert z_i - c_j \rVert^2
                   - \frac{1}{k(k-1)} \sum_{i \ne j} \lVert c_i - c_j \rVert^2

    Notes
    -----
    Cost O(n d k). Nodes are drawn to every centre, not to their own, so that no wrong
    assignment confirms itself. The loss has no lower bound: the centres drift apart as long as
    it is descended, so the number of epochs and the learning rate are part of the method.

    References
    ----------
    Liu et al., *Dink-Net: neural clustering on large graphs*, 2023, arXiv:2305.18405.
    """

    split: ClassVar[Split] = "node"
    in_batches: ClassVar[InBatches] = "mean"
    on_ranks: ClassVar[OnRanks] = "mean"
    needs_head: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's embedding and the head's centres."""
        centers = getattr(step.head, "centers", None)
        if centers is None:
            raise InputError(
                f"head={step.head!r} has no centres for the objective to move: use heads.StudentT()"
            )
        return dilation_shrink_loss(step.z, centers)


def dilation_shrink_loss(z: Tensor, centers: Tensor) -> Tensor:
    """Return the mean squared distance to all centres less that between two centres.

    Parameters
    ----------
    z : Tensor, shape (n, d)
    centers : Tensor, shape (k, d)

    Returns
    -------
    Tensor
        A scalar, of either sign.

    Examples
    --------
    >>> import torch
    >>> z = torch.tensor([[0.0], [1.0]])
    >>> float(dilation_shrink_loss(z, torch.tensor([[0.0], [2.0]])))
    -2.5
    """
    k = centers.shape[0]
    apart = squared_distances(centers, centers).sum() / max(1, k * (k - 1))
    return squared_distances(z, centers).mean() - apart
