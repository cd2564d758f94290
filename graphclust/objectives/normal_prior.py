"""The embedding's distribution drawn to the standard normal: the other half of VGAE's bound."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from graphclust.objectives.base import InBatches, Level, Objective, Split
from graphclust.objectives.step import Step


class NormalPrior(Objective, name="normal_prior"):
    r"""Divergence of the posterior from the standard normal, mean over the nodes, in nats.

    .. math::
        \mathcal L = \frac1n \sum_i \mathrm{KL}\big(\mathcal N(\mu_i, \sigma_i^2)
          \,\Vert\, \mathcal N(0, I)\big)
          = \frac{1}{2n} \sum_{id} \big( \mu_{id}^2 + \sigma_{id}^2 - \ln \sigma_{id}^2 - 1 \big)

    Notes
    -----
    Cost O(n d). The bound of the paper sums :math:`n^2` pairs and n divergences; beside a
    reconstruction that is a mean over pairs, this term therefore has weight 1/n. It needs a
    :class:`~graphclust.encoders.variational.Variational` encoder.

    References
    ----------
    Kipf and Welling, *Variational graph auto-encoders*, 2016, arXiv:1611.07308.
    """

    split: ClassVar[Split] = "node"
    level: ClassVar[Level] = "both"
    in_batches: ClassVar[InBatches] = "mean"

    def __init__(self) -> None:
        super().__init__()

    def forward(self, step: Step) -> Tensor:
        """Return the divergence of the step's posterior."""
        return normal_prior_loss(step.posterior.mean, step.posterior.log_variance)


def normal_prior_loss(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the mean divergence of rows from the standard normal.

    Parameters
    ----------
    mean, log_variance : Tensor, shape (n, d)

    Examples
    --------
    >>> import torch
    >>> float(normal_prior_loss(torch.ones(3, 2), torch.zeros(3, 2)))
    1.0
    """
    each = mean.square() + log_variance.exp() - log_variance - 1.0
    return 0.5 * each.sum(dim=1).mean()
