"""CCA-SSG: two views agree, the embedding's dimensions do not repeat each other."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor

from graphclust.objectives.augmentation import Augmentation, two_views
from graphclust.objectives.base import Dims, InBatches, Objective, Split
from graphclust.objectives.step import Step

_EPSILON = 1e-6


class CCA(Objective, name="cca"):
    r"""Make two views agree while each decorrelates its dimensions.

    .. math::
        \mathcal L = -\tfrac1n \operatorname{tr}(\tilde U^\top \tilde V)
          + \lambda \big( \lVert \tfrac1n \tilde U^\top \tilde U - I \rVert_F^2
          + \lVert \tfrac1n \tilde V^\top \tilde V - I \rVert_F^2 \big)

    with the columns of :math:`\tilde U, \tilde V` brought to mean 0 and deviation 1.

    Parameters
    ----------
    weight : float
        :math:`\lambda`.
    first, second : Augmentation, optional
        The views; the paper's rates on Cora by default (edges .4, features .1).

    Notes
    -----
    Cost O(n d²), memory O(d²); no pairs of nodes are formed. Deviations below 1e-6 count as
    1e-6, so that a constant column, which makes the paper's loss undefined, adds nothing but its
    missing variance. In a batch, means, deviations and correlations are those of the batch's
    nodes: all of them are consistent, and the squared correlations are too great by about
    :math:`d^2 / b` for d dimensions and b nodes, which :math:`\lambda` scales down; take b well
    above d.

    References
    ----------
    Zhang et al., *From canonical correlation analysis to self-supervised graph neural networks*,
    2021, arXiv:2106.12484.
    """

    split: ClassVar[Split] = "global"
    in_batches: ClassVar[InBatches] = "consistent"

    def __init__(
        self,
        weight: float = 1e-3,
        first: Augmentation | None = None,
        second: Augmentation | None = None,
    ) -> None:
        super().__init__()
        self.weight, self.first, self.second = weight, first, second

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Settle the augmentations."""
        self._views = two_views(self.first, self.second, (0.4, 0.4), (0.1, 0.1))
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss between the step's two views."""
        u, v = (step.view_embedding(view, index) for index, view in enumerate(self._views))
        return cca_loss(u, v, self.weight)


def cca_loss(u: Tensor, v: Tensor, weight: float) -> Tensor:
    """Return the invariance term plus ``weight`` times the decorrelation term.

    Parameters
    ----------
    u, v : Tensor, shape (n, d)
        The two views.
    weight : float

    Returns
    -------
    Tensor
        A scalar; -d at best.

    Examples
    --------
    >>> import torch
    >>> u = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> float(cca_loss(u, u, 0.5))
    -2.0
    """
    u, v = _standardise(u), _standardise(v)
    agreement = (u * v).sum() / u.shape[0]
    return -agreement + weight * (_correlation(u) + _correlation(v))


def _standardise(z: Tensor) -> Tensor:
    centred = z - z.mean(dim=0)
    # The root is taken above the floor only: its gradient at 0 is not finite.
    variance = centred.square().mean(dim=0).clamp(min=_EPSILON**2)
    return centred / variance.sqrt()


def _correlation(z: Tensor) -> Tensor:
    correlation = z.T @ z / z.shape[0]
    return (correlation - torch.eye(z.shape[1], device=z.device)).square().sum()
