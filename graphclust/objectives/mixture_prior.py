"""The embedding's distribution drawn to a Gaussian mixture that is learnt with it (VaDE)."""

from __future__ import annotations

import math
from typing import ClassVar

from torch import Tensor

from graphclust.errors import InputError
from graphclust.heads.gaussian_mixture import GaussianMixture
from graphclust.objectives.base import InBatches, Level, Objective, Split
from graphclust.objectives.step import Step


class MixturePrior(Objective, name="mixture_prior"):
    r"""Divergence of posterior and memberships from the mixture, mean over the nodes, in nats.

    .. math::
        \mathcal L = \frac1n \sum_i \Big[ \sum_j \gamma_{ij} \Big( \ln \frac{\gamma_{ij}}{\pi_j}
          + \mathrm{KL}\big(\mathcal N(\mu_i, \sigma_i^2) \,\Vert\, \mathcal N(m_j, s_j^2)\big)
          \Big) \Big]

    where :math:`\gamma_{ij}` is the head's membership of a draw :math:`z_i` of node i's
    posterior, the estimate of its best value :math:`\mathbb E_{q(z_i)}\, p(j \mid z_i)`.

    Notes
    -----
    Cost O(n k d). With a reconstruction it is the bound of VaDE, GMM-VGAE and VGAECD; the
    reconstruction is a mean over pairs here, so the bound's own weight of this term is 1/n. It
    needs a :class:`~graphclust.encoders.variational.Variational` encoder and a
    :class:`~graphclust.heads.gaussian_mixture.GaussianMixture` head.

    References
    ----------
    Jiang et al., *Variational deep embedding: an unsupervised and generative approach to
    clustering*, 2017, arXiv:1611.05148.
    """

    split: ClassVar[Split] = "node"
    level: ClassVar[Level] = "both"
    in_batches: ClassVar[InBatches] = "mean"
    needs_head: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()

    def forward(self, step: Step) -> Tensor:
        """Return the divergence of the step's posterior from the head's mixture.

        Raises
        ------
        InputError
            If the head is no Gaussian mixture.
        """
        head, posterior = step.head, step.posterior
        if not isinstance(head, GaussianMixture):
            raise InputError(
                f"head={head!r} is no mixture that could be a prior: use heads.GaussianMixture()"
            )
        expected = head.log_density(posterior.mean, posterior.log_variance.exp())
        return mixture_prior_loss(
            posterior.log_variance, expected, head.log_memberships(step.z), head.log_weights
        )


def mixture_prior_loss(
    log_variance: Tensor, expected: Tensor, log_memberships: Tensor, log_weights: Tensor
) -> Tensor:
    """Return the mean divergence of rows from a mixture.

    Parameters
    ----------
    log_variance : Tensor, shape (n, d)
        Of the posterior.
    expected : Tensor, shape (n, k)
        Each component's log-density, expected under the posterior.
    log_memberships : Tensor, shape (n, k)
    log_weights : Tensor, shape (k,)
    """
    terms = log_memberships.exp() * (log_memberships - log_weights - expected)
    entropy = 0.5 * (log_variance + (1.0 + math.log(2.0 * math.pi))).sum(dim=1)
    return (terms.sum(dim=1) - entropy).mean()
