"""Parameter-free filters: smoothing over the graph, with nothing to learn."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.base import Encoder
from graphclust.encoders.in_blocks import Splits
from graphclust.encoders.reduction import Reduce
from graphclust.graphs import Features
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.sparse import CSR, spmm


class Filter(Encoder, name="filter", register=False):
    """Base: the output is as wide as the features, and dense."""

    splits: Splits = "columns"

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Remember the width."""
        self.out_channels = in_channels
        return self


class SGC(Filter, name="sgc"):
    r"""Smooth a fixed number of times: :math:`\hat A^T X`.

    Parameters
    ----------
    steps : int
        T.
    self_loops : float
        Weight of each node's own features in :math:`\hat A`.

    Notes
    -----
    Cost O(T |E| f).

    References
    ----------
    Wu et al., *Simplifying graph convolutional networks*, 2019, arXiv:1902.07153.
    """

    def __init__(self, steps: int = 2, self_loops: float = 1.0) -> None:
        super().__init__()
        self.steps, self.self_loops = steps, self_loops

    @property
    def hops(self) -> int:
        """As many as there are steps."""
        return self.steps

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the smoothed features, shape (n, f)."""
        matrix = adj.normalized("sym", self.self_loops)
        h = dense(x)
        for _ in range(self.steps):
            h = spmm(matrix, h)
        return h


class SSGC(Filter, name="ssgc"):
    r"""Average over depths: :math:`\frac1T \sum_{t=1}^{T} ((1 - \alpha) \hat A^t X + \alpha X)`.

    Parameters
    ----------
    steps : int
        T.
    alpha : float
        Share of the features themselves.
    self_loops : float
        Weight of each node's own features in :math:`\hat A`.

    Notes
    -----
    Cost O(T |E| f).

    References
    ----------
    Zhu and Koniusz, *Simple spectral graph convolution*, 2021.
    """

    def __init__(self, steps: int = 16, alpha: float = 0.05, self_loops: float = 1.0) -> None:
        super().__init__()
        self.steps, self.alpha, self.self_loops = steps, alpha, self_loops

    @property
    def hops(self) -> int:
        """As many as there are steps."""
        return self.steps

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the filtered features, shape (n, f)."""
        matrix = adj.normalized("sym", self.self_loops)
        h = dense(x)
        out = self.alpha * h
        for _ in range(self.steps):
            h = spmm(matrix, h)
            out = torch.add(out, h, alpha=(1.0 - self.alpha) / self.steps)
        return out


class AdaptiveFilter(Filter, name="adaptive_filter"):
    r"""Smooth with :math:`G = I - L_s / 2` as deep as tightens the clusters.

    The depth grows while the mean distance inside clusters falls,

    .. math::
        \mathrm{intra}(C^t) = \frac1{|C^t|} \sum_{c \in C^t} \frac1{|c|(|c|-1)}
            \sum_{i \ne j \in c} \lVert \bar x_i - \bar x_j \rVert,

    and the depth before the first rise is kept. Labels have no part in it.

    Parameters
    ----------
    n_clusters : int
        Clusters that the criterion looks at.
    max_steps : int

    Notes
    -----
    The paper clusters the eigenvectors of an n x n kernel at every depth; the same vectors are
    the left singular vectors of the filtered features, found without the kernel. Distances
    inside clusters are squared, which needs sums only: O(T (|E| f + n f k)).

    References
    ----------
    Zhang et al., *Attributed graph clustering via adaptive graph convolution*, 2019,
    arXiv:1906.01210.
    """

    splits = "whole"

    def __init__(self, n_clusters: int = 8, max_steps: int = 60) -> None:
        super().__init__()
        self.n_clusters, self.max_steps = n_clusters, max_steps
        self.steps: Tensor
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def adapt(self, x: Features, adj: CSR, generator: torch.Generator) -> None:
        """Choose the depth on the training graph."""
        h, least = dense(x), float("inf")
        k = min(self.n_clusters, h.shape[0])
        for step in range(1, self.max_steps + 1):
            h = self._smooth(h, adj)
            coordinates = Reduce(k, whiten=1.0).fit(h, adj, generator)(h, adj)
            assert isinstance(coordinates, Tensor)
            labels = _rough_clusters(coordinates, k, generator)
            spread = intra_cluster_distance(h, labels, k)
            if spread > least:
                break
            least = spread
            self.steps.fill_(step)

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the features smoothed to the chosen depth, shape (n, f)."""
        h = dense(x)
        for _ in range(int(self.steps)):
            h = self._smooth(h, adj)
        return h

    @staticmethod
    def _smooth(h: Tensor, adj: CSR) -> Tensor:
        # I - L_s / 2 = (I + D^-1/2 A D^-1/2) / 2
        return spmm(adj.normalized("sym", 1.0), h).add_(h).mul_(0.5)


def intra_cluster_distance(x: Tensor, labels: Tensor, k: int) -> float:
    r"""Return the mean over clusters of the mean squared distance between two members.

    :math:`\sum_{i \ne j} \lVert x_i - x_j \rVert^2 = 2 (|c| \sum_i \lVert x_i \rVert^2 -
    \lVert \sum_i x_i \rVert^2)`, so sums suffice. Cost O(n f).
    """
    size = torch.bincount(labels, minlength=k).double()
    squares = torch.zeros(k, dtype=torch.float64, device=x.device)
    squares.index_add_(0, labels, x.double().square().sum(1))
    total = torch.zeros(k, x.shape[1], dtype=torch.float64, device=x.device)
    total.index_add_(0, labels, x.double())
    pairs = 2.0 * (size * squares - total.square().sum(1))
    several = size > 1
    means = pairs[several] / (size[several] * (size[several] - 1.0))
    return float(means.mean()) if bool(several.any()) else 0.0


def _rough_clusters(z: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """Return a few Lloyd steps from k-means++ seeds; enough to compare depths with."""
    return nearest_center(z, lloyd(z, k, generator, restarts=3, max_iter=50))[0]


def dense(x: Features) -> Tensor:
    """Return dense features."""
    return x.to_dense() if isinstance(x, CSR) else x
