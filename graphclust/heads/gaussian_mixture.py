"""A Gaussian mixture, fitted to a finished embedding or trained with it."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import torch
from torch import Tensor, nn

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads.base import Head
from graphclust.heads.expectation_maximisation import component_log_density, fit_mixture
from graphclust.heads.initialisation import Init, initial_labels
from graphclust.neighbors.blocks import Rows
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.randomness import glorot_


class GaussianMixture(Head, name="gaussian_mixture"):
    r"""Memberships are the posterior probabilities of the components.

    .. math::
        s_{ij} = \frac{\pi_j\, \mathcal N(z_i; \mu_j, \operatorname{diag} \sigma_j^2)}
                      {\sum_l \pi_l\, \mathcal N(z_i; \mu_l, \operatorname{diag} \sigma_l^2)}

    *Fitted*, it is the most likely of several runs of expectation maximisation. *Trained*, such
    a run places it and an objective then descends weights, means and variances, see
    :class:`~graphclust.objectives.mixture_prior.MixturePrior`.

    Parameters
    ----------
    covariance : "diag" or "spherical"
        One variance for each dimension of a component, or one for all of them.
    restarts : int
        Runs from different k-means solutions; the most likely is kept.
    init : "k-means++", "kmeans", "spectral", "leiden", "random" or array of int, shape (n,)
        The partition that a run starts from: one k-means from one k-means++ start for each run,
        or one run from the partition that is named or given.
    max_iter : int
        Iterations of a run at most.
    tol : float
        Stop when the mean log-likelihood rises by less.
    floor : float
        Least variance, as a share of the mean variance of the embedding: components cannot
        shrink onto repeated rows.

    Notes
    -----
    Cost O(restarts · iterations · n k d), memory O(n (d + k)), in blocks of rows.

    References
    ----------
    Dempster, Laird and Rubin, *Maximum likelihood from incomplete data via the EM algorithm*,
    1977; Jiang et al., *Variational deep embedding*, 2017, arXiv:1611.05148.
    """

    trained: ClassVar[bool] = True
    streams: ClassVar[bool] = True

    def __init__(
        self,
        covariance: Literal["diag", "spherical"] = "diag",
        restarts: int = 10,
        init: Init = "k-means++",
        max_iter: int = 200,
        tol: float = 1e-4,
        floor: float = 1e-4,
    ) -> None:
        super().__init__()
        self.covariance, self.restarts, self.init = covariance, restarts, init
        self.max_iter, self.tol, self.floor = max_iter, tol, floor

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Make equal weights, random means and unit variances.

        Raises
        ------
        InputError
            If there is no such covariance.
        """
        if self.covariance not in ("diag", "spherical"):
            raise InputError(f"covariance={self.covariance!r}: give 'diag' or 'spherical'")
        self.n_clusters = n_clusters
        wide = 1 if self.covariance == "spherical" else in_channels
        self.logits = nn.Parameter(torch.zeros(n_clusters))
        self.means = nn.Parameter(glorot_(torch.empty(n_clusters, in_channels), generator))
        self.log_variances = nn.Parameter(torch.zeros(n_clusters, wide))
        return self

    def start(self, z: Rows, graph: Graph, generator: torch.Generator) -> None:
        """Place weights, means and variances by expectation maximisation on ``z``, (n, d)."""
        z, k = z.detach() if isinstance(z, Tensor) else z, self.n_clusters
        single = not (isinstance(self.init, str) and self.init == "k-means++")
        best = None
        for _ in range(1 if single else self.restarts):
            if single:
                labels = initial_labels(self.init, z, graph, k, generator)
            else:
                labels = nearest_center(z, lloyd(z, k, generator, restarts=1))[0]
            found = fit_mixture(
                z,
                labels,
                k,
                spherical=self.covariance == "spherical",
                floor=self.floor,
                max_iter=self.max_iter,
                tol=self.tol,
            )
            if best is None or found.likelihood > best.likelihood:
                best = found
        assert best is not None
        with torch.no_grad():
            self.logits.copy_(best.log_weights)
            self.means.copy_(best.means)
            self.log_variances.copy_(best.log_variances[:, : self.log_variances.shape[1]])

    def fit(self, z: Rows, graph: Graph, generator: torch.Generator) -> Self:
        """Fit to the embedding, shape (n, d)."""
        self.start(z, graph, generator)
        return self

    @torch.no_grad()
    def widen(self, z: Tensor, variance: Tensor) -> None:
        """Add to each component's variances the mean of those of its members, both (n, d).

        A mixture of the rows becomes one of normal distributions around them.
        """
        s = self.forward(z)
        share = s / s.sum(dim=0).clamp(min=1e-10)
        added = share.T @ variance
        if self.covariance == "spherical":
            added = added.mean(dim=1, keepdim=True)
        self.log_variances.copy_((self.log_variances.exp() + added).log())

    @property
    def log_weights(self) -> Tensor:
        """Logarithms of the components' weights, shape (k,)."""
        return torch.log_softmax(self.logits, dim=0)

    def log_density(self, z: Tensor, variance: Tensor | None = None) -> Tensor:
        """Return each component's log-density of ``z``, (n, k); expected, given variances."""
        return component_log_density(
            z, self.means, self.log_variances.expand_as(self.means), variance
        )

    def log_memberships(self, z: Tensor) -> Tensor:
        """Return the logarithms of the memberships, shape (n, k)."""
        return torch.log_softmax(self.log_weights + self.log_density(z), dim=1)

    def forward(self, z: Tensor) -> Tensor:
        """Return the memberships, shape (n, k)."""
        return self.log_memberships(z).exp()

    def predict(self, z: Tensor) -> Tensor:
        """Return the most probable component of each row."""
        return self.log_memberships(z).argmax(dim=1)
