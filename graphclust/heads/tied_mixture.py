"""A Gaussian mixture whose components share one covariance, fitted to a finished embedding."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Self

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from graphclust.graphs import Graph
from graphclust.graphs.sampling import some_rows
from graphclust.heads.base import Head
from graphclust.heads.initialisation import Init, initial_labels
from graphclust.heads.starts import centers_of
from graphclust.neighbors.blocks import Rows, blocks_of, mean_row
from graphclust.neighbors.lloyd import nearest_center
from graphclust.neighbors.squares import squared_distances

# Rows are read in blocks whose tables hold at most this many floats.
_BLOCK = 1 << 18
# Starts of k-means are compared on so many rows.
_FEW = 1 << 14
# Iterations over all rows, at most, after those over some of them.
_LAST = 3
# Rows that are left out of the fit are at most this share of all.
_FAR = 0.01


class TiedGaussianMixture(Head, name="tied_gaussian_mixture"):
    r"""Memberships are posterior probabilities; k-means that learns its own metric.

    .. math::
        s_{ij} \propto \pi_j\, \mathcal N(z_i; \mu_j, \Sigma), \qquad
        \Sigma = (1 - \lambda)\, W + \lambda\, \frac{\operatorname{tr} W}{d} I

    where W is the covariance within the components. Directions in which clusters are wide count
    less than those in which they are narrow, as in linear discriminant analysis. Expectation
    maximisation starts from the best of several k-means.

    Parameters
    ----------
    shrinkage : float
        :math:`\lambda`: 1 measures as k-means does, 0 by the covariance alone.
    restarts : int
        Starts of k-means.
    init : "k-means++", "kmeans", "spectral", "leiden", "random" or array of int, shape (n,)
        Where the expectation maximisation starts.
    max_iter : int
        Its iterations at most.
    tol : float
        It stops when the mean log-likelihood rises by less.
    sample : int
        From k-means++, of more rows than this so many are drawn and the rest is only assigned.
        The starts of k-means are compared on 16,384 of them.
    few : int
        From k-means++, of more rows than this so many are drawn, the starts of k-means are
        compared on a quarter of them, and the mixture is fitted to them; from there it goes on
        over all rows, three iterations at most.
    longest : float, optional
        Rows of more than so many times the median length are assigned but not fitted to, where
        they are no more than a hundredth of all. From k-means++ only.

    Notes
    -----
    Few rows far from all others, as nodes without edges are among averages over neighbours, would
    take a component each, and leave other components to two clusters together: hence ``longest``.
    Cost O(iterations (n k d + n d² + d³)), memory O(n (d + k)) in blocks of rows; of more rows
    than ``few``, three of the iterations at most are over all n. It also stops
    before an iteration that would leave a component without members, so that there are as many
    clusters as were asked for.

    References
    ----------
    Celeux and Govaert, *Gaussian parsimonious clustering models*, 1995 (the model with equal
    volume, shape and orientation); Friedman, *Regularized discriminant analysis*, 1989 (the
    shrinkage).
    """

    streams: ClassVar[bool] = True

    def __init__(
        self,
        shrinkage: float = 0.5,
        restarts: int = 10,
        init: Init = "k-means++",
        max_iter: int = 200,
        tol: float = 1e-5,
        sample: int = 1 << 17,
        few: int = 1 << 17,
        longest: float | None = None,
    ) -> None:
        super().__init__()
        self.shrinkage, self.restarts, self.init = shrinkage, restarts, init
        self.max_iter, self.tol, self.sample, self.few = max_iter, tol, sample, few
        self.longest = longest

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Make equal weights, means at the origin and the unit metric."""
        self.n_clusters = n_clusters
        self.register_buffer("log_weights", torch.zeros(n_clusters))
        self.register_buffer("means", torch.zeros(n_clusters, in_channels))
        self.register_buffer("metric", torch.eye(in_channels))
        return self

    def fit(self, z: Rows, graph: Graph, generator: torch.Generator) -> Self:
        """Fit to the embedding, shape (n, d)."""
        z, k = z.detach() if isinstance(z, Tensor) else z, self.n_clusters
        if isinstance(self.init, str) and self.init == "k-means++":
            z = some_rows(z, self.sample, generator)
            if self.longest is not None:
                z = _without_far(z, self.longest)
            some = some_rows(z, self.few, generator)
            fewer = z if some is z else some_rows(some, max(k, self.few // 4), generator)
            centers = centers_of(
                fewer, k, generator, restarts=self.restarts, few=_FEW, tol=1e-6, ranks=graph.ranks
            )
            found = self._maximise(some, nearest_center(some, centers)[0])
            if some is not z:
                found = self._go_on(z, found)
        else:
            found = self._maximise(z, initial_labels(self.init, z, graph, k, generator))
        log_weights, means, metric = found
        kind = z.dtype if isinstance(z, Tensor) else torch.float32
        self.log_weights, self.means = log_weights.to(kind), means.to(kind)
        self.metric = metric.to(kind)
        return self

    def log_memberships(self, z: Tensor) -> Tensor:
        """Return the logarithms of the memberships, shape (n, k)."""
        return torch.log_softmax(_scores(z, self.log_weights, self.means, self.metric), dim=1)

    def forward(self, z: Tensor) -> Tensor:
        """Return the memberships, shape (n, k)."""
        return self.log_memberships(z).exp()

    def _maximise(self, z: Rows, labels: Tensor) -> _Parameters:
        """Return the parameters that the iteration reaches from a partition."""
        k, middle = self.n_clusters, mean_row(z)
        second = torch.zeros(z.shape[1], z.shape[1], dtype=torch.float64, device=z.device)
        size, first = second.new_zeros(k), second.new_zeros(k, z.shape[1])
        for start, block in blocks_of(z, _step(z, k)):
            part = labels[start : start + block.shape[0]]
            rows, members = block.double() - middle, one_hot(part, k).double()
            second += rows.T @ rows
            size += members.sum(0)
            first += members.T @ rows
        found = _most_likely(size, first, second, self.shrinkage)
        return self._climb(z, middle, second, found, self.max_iter)

    def _go_on(self, z: Rows, found: _Parameters) -> _Parameters:
        """Return what a few iterations over all rows make of what some of them gave."""
        middle = mean_row(z)
        second = torch.zeros(z.shape[1], z.shape[1], dtype=torch.float64, device=z.device)
        for _, block in blocks_of(z, _step(z, self.n_clusters)):
            rows = block.double() - middle
            second += rows.T @ rows
        found = found._replace(means=found.means - middle)
        return self._climb(z, middle, second, found, min(_LAST, self.max_iter))

    def _climb(
        self, z: Rows, middle: Tensor, second: Tensor, found: _Parameters, iterations: int
    ) -> _Parameters:
        """Return the parameters that so many iterations at most reach, the means where z lies."""
        last, before = found, -torch.inf
        for _ in range(iterations):
            size, first, counts, likelihood = _expectations(z, middle, found)
            if int(counts.min()) == 0:
                found = last
                break
            if likelihood - before < self.tol:
                break
            last, before = found, likelihood
            found = _most_likely(size, first, second, self.shrinkage)
        return found._replace(means=found.means + middle)


class _Parameters(NamedTuple):
    log_weights: Tensor  # (k,)
    means: Tensor  # (k, d)
    metric: Tensor  # (d, d), lower triangular: distances are measured between rows times it


def _scores(z: Tensor, log_weights: Tensor, means: Tensor, metric: Tensor) -> Tensor:
    """Return log-weight plus log-density of each component, but for one constant, (n, k)."""
    # Measured from the middle of the means, so that little is lost to cancellation.
    middle = means.mean(0)
    return log_weights - 0.5 * squared_distances((z - middle) @ metric, (means - middle) @ metric)


def _without_far(z: Rows, longest: float) -> Rows:
    """Return the rows of at most so many times the median length, or all if many are longer."""
    length = torch.cat([rows.norm(dim=1) for _, rows in blocks_of(z, _BLOCK)])
    median = length.median()
    near = length <= longest * median
    left_out = int((~near).sum())
    few = 0 < left_out <= _FAR * z.shape[0] and float(median) > 0.0
    return z[near.nonzero()[:, 0]] if few else z


def _step(z: Rows, k: int) -> int:
    return max(1, _BLOCK // max(k, z.shape[1]))


def _expectations(
    z: Rows, middle: Tensor, found: _Parameters
) -> tuple[Tensor, Tensor, Tensor, float]:
    """Return sums of memberships (k,) and of rows (k, d), members (k,) and likelihood a row."""
    k, total = found.means.shape[0], 0.0
    size, first = torch.zeros_like(found.log_weights), torch.zeros_like(found.means)
    counts = torch.zeros(k, dtype=torch.int64, device=size.device)
    for _, block in blocks_of(z, _step(z, k)):
        rows = block.double() - middle
        scores = _scores(rows, *found)
        each = scores.logsumexp(dim=1)
        s = (scores - each[:, None]).exp()
        size += s.sum(0)
        first += s.T @ rows
        counts += torch.bincount(scores.argmax(dim=1), minlength=k)
        total += float(each.sum())
    return size, first, counts, total / z.shape[0] + float(found.metric.diagonal().log().sum())


def _most_likely(size: Tensor, first: Tensor, second: Tensor, shrinkage: float) -> _Parameters:
    """Return the parameters for sums of memberships, rows and squares; the metric shrunk."""
    n, d = size.sum(), second.shape[0]
    means = first / size.clamp(min=1e-10)[:, None]
    within = (second - (means * size[:, None]).T @ means) / n
    # Where rows repeat, nothing but rounding is left within the clusters: not below it.
    least = 1e-10 * float(second.diagonal().mean() / n) + 1e-30
    mean_variance = within.diagonal().mean().clamp(min=least)
    eye = torch.eye(d, dtype=second.dtype, device=second.device)
    # The small share keeps dead columns from an endless precision.
    shrunk = (1 - shrinkage) * within + (shrinkage + 1e-6) * mean_variance * eye
    metric = torch.linalg.cholesky(torch.linalg.inv(shrunk))
    return _Parameters((size / n).clamp(min=1e-10).log(), means, metric)
