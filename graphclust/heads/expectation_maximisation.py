"""Gaussian mixtures with diagonal covariances by expectation maximisation, in blocks of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from graphclust.neighbors.blocks import Rows, blocks_of, mean_row

# Rows are read in blocks whose tables hold at most this many floats.
_BLOCK = 1 << 18


@dataclass
class Mixture:
    """A mixture of k Gaussians in d dimensions.

    Attributes
    ----------
    log_weights : Tensor, shape (k,)
    means, log_variances : Tensor, shape (k, d)
    likelihood : float
        Mean log-likelihood of the rows that it was fitted to.
    """

    log_weights: Tensor
    means: Tensor
    log_variances: Tensor
    likelihood: float = -math.inf


def component_log_density(
    z: Tensor, means: Tensor, log_variances: Tensor, variance: Tensor | None = None
) -> Tensor:
    r"""Return :math:`\ln \mathcal N(z_i; \mu_j, \sigma_j^2)`, shape (n, k).

    Parameters
    ----------
    z : Tensor, shape (n, d)
    means, log_variances : Tensor, shape (k, d)
    variance : Tensor, shape (n, d), optional
        The rows are then the means of normal distributions of these variances, and the expected
        log-density is returned.

    Notes
    -----
    Cost O(n k d) as three matrix products, nothing of shape (n, k, d). Rows are measured from
    the middle of the means, so that little is lost to cancellation.
    """
    middle = means.mean(0).detach()
    z, means = z - middle, means - middle
    precision = (-log_variances).exp()
    square = z.square() if variance is None else z.square() + variance
    distance = square @ precision.T - 2.0 * (z @ (means * precision).T)
    distance = distance + (means.square() * precision).sum(1)
    constant = log_variances.sum(1) + means.shape[1] * math.log(2.0 * math.pi)
    return -0.5 * (distance + constant)


def fit_mixture(
    z: Rows,
    labels: Tensor,
    k: int,
    *,
    spherical: bool = False,
    floor: float = 1e-4,
    max_iter: int = 200,
    tol: float = 1e-4,
) -> Mixture:
    """Return the mixture that expectation maximisation reaches from a partition.

    Parameters
    ----------
    z : Tensor or BlockedRows, shape (n, d)
    labels : Tensor of int64, shape (n,)
        The partition, in 0 .. k-1.
    k : int
    spherical : bool
        One variance a component instead of one a dimension.
    floor : float
        Least variance, as a share of the mean variance of the columns.
    max_iter : int
    tol : float
        Stop when the mean log-likelihood rises by less.

    Notes
    -----
    Cost O(iterations n k d). Sums are kept in double precision about the mean row.
    """
    middle, most = mean_row(z), max(1, _BLOCK // max(k, z.shape[1]))
    sums, square = _Sums(k, z), 0.0
    for start, block in blocks_of(z, most):
        rows, part = block.double() - middle, labels[start : start + block.shape[0]]
        sums.add(rows, one_hot(part, k).double())
        square += float(rows.square().sum())
    least = floor * square / max(1, z.shape[0] * z.shape[1]) + 1e-30
    mixture = sums.mixture(spherical, least)
    for _ in range(max_iter):
        sums, previous = _Sums(k, z), mixture.likelihood
        total = 0.0
        for _, block in blocks_of(z, most):
            rows = block.double() - middle
            joint = mixture.log_weights + component_log_density(
                rows, mixture.means, mixture.log_variances
            )
            each = joint.logsumexp(dim=1)
            total += float(each.sum())
            sums.add(rows, (joint - each[:, None]).exp())
        mixture.likelihood = total / z.shape[0]
        if mixture.likelihood - previous < tol:
            break
        likelihood, mixture = mixture.likelihood, sums.mixture(spherical, least)
        mixture.likelihood = likelihood
    mixture.means = mixture.means + middle
    return mixture


class _Sums:
    """What a maximisation step needs: sums of memberships, rows and squares."""

    def __init__(self, k: int, z: Rows) -> None:
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(*shape, dtype=torch.float64, device=z.device)

        self.size, self.first, self.second = zeros(k), zeros(k, z.shape[1]), zeros(k, z.shape[1])

    def add(self, rows: Tensor, memberships: Tensor) -> None:
        """Count rows (m, d) with memberships (m, k)."""
        self.size += memberships.sum(0)
        self.first += memberships.T @ rows
        self.second += memberships.T @ rows.square()

    def mixture(self, spherical: bool, least: float) -> Mixture:
        """Return the most likely mixture for these memberships."""
        size = self.size.clamp(min=1e-10)
        means = self.first / size[:, None]
        variances = self.second / size[:, None] - means.square()
        if spherical:
            variances = variances.mean(1, keepdim=True).expand_as(means)
        log_variances = variances.clamp(min=least).log()
        return Mixture((size / size.sum()).log(), means, log_variances)
