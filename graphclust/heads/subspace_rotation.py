"""Singular or modularity vectors, rotated until their columns are clusters: S2CAG's rounding."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.graphs import Graph
from graphclust.heads.base import Head


class SubspaceRotation(Head, name="subspace_rotation"):
    r"""Cluster by a rotated basis of the leading subspace of :math:`Z Z^\top`.

    With U the leading left singular vectors of the embedding Z (or, with ``gamma``, the leading
    eigenvectors of the modularity-like :math:`Z Z^\top - \gamma\, d d^\top / \mathbf 1^\top d`,
    :math:`d = Z Z^\top \mathbf 1`), a discrete partition Y and a map Q take turns:
    :math:`Q = U^\top Y (Y^\top Y)^{-1/2}`, then Y marks the greatest entry of each row of UQ.

    Parameters
    ----------
    gamma : float, optional
        Weight of the null model; ``None`` takes singular vectors.
    iterations : int
        Products with :math:`Z Z^\top` that find the subspace.
    rounds : int
        Turns of Q and Y.
    restarts : int
        Starts of the turns, the first from U itself and the others from random rotations of it;
        the one is kept whose Q is longest.

    Notes
    -----
    The turns end in one of many places. The authors start once, from vectors with the signs that
    the decomposition happened to give; here several starts compete by a criterion that reads no
    labels, and the signs are fixed. As in the authors' code, the first singular vector, nearly
    constant, is left out, and with ``gamma`` the rows of Z are first multiplied by the root of
    their sum. U is linear in Z, so the map (d, k) from rows of Z is what is kept: new rows are
    placed by it. Cost O(iterations n d k + restarts rounds n k²).

    References
    ----------
    Lin, Yang, Zheng and Ke, *Spectral subspace clustering for attributed graphs*, 2024,
    arXiv:2411.11074.
    """

    def __init__(
        self, gamma: float | None = None, iterations: int = 7, rounds: int = 100, restarts: int = 10
    ) -> None:
        super().__init__()
        self.gamma, self.iterations = gamma, iterations
        self.rounds, self.restarts = rounds, restarts
        self.register_buffer("projection", None)
        self.register_buffer("rotation", None)

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Remember the number of clusters."""
        self.n_clusters = n_clusters
        return self

    def fit(self, z: Tensor, graph: Graph, generator: torch.Generator) -> Self:
        """Find the subspace and the rotation."""
        z = self._weighted(z)
        find = _singular_map if self.gamma is None else _modularity_map
        self.projection = find(z, self.n_clusters, self.gamma or 0.0, self.iterations, generator)
        u = z @ self.projection
        starts = [torch.eye(u.shape[1], self.n_clusters, dtype=z.dtype, device=z.device)]
        for _ in range(self.restarts - 1):
            turned = torch.linalg.qr(_start(u, u.shape[1], generator))[0]
            starts.append(turned[:, : self.n_clusters])
        found = [round_to_clusters(u, start, self.rounds) for start in starts]
        self.rotation = max(found, key=lambda pair: pair[1])[0]
        return self

    def forward(self, z: Tensor) -> Tensor:
        """Return the softmax of the rotated, unit-length rows, shape (n, k)."""
        rows = self._weighted(z) @ self.projection @ self.rotation
        return torch.softmax(5.0 * torch.nn.functional.normalize(rows, dim=1), dim=1)

    def predict(self, z: Tensor) -> Tensor:
        """Return the greatest entry of each rotated row."""
        return (self._weighted(z) @ self.projection @ self.rotation).argmax(1)

    def _weighted(self, z: Tensor) -> Tensor:
        return z if self.gamma is None else z * z.sum(1, keepdim=True).clamp(min=0).sqrt()


def round_to_clusters(u: Tensor, rotation: Tensor, rounds: int) -> tuple[Tensor, float]:
    r"""Turn partition and map until they stand; return the map (m, k) and its squared length.

    The length, :math:`\sum_c \lVert \sum_{i \in c} u_i \rVert^2 / |c|`, is what k-means of the
    rows of ``u`` maximises.
    """
    k = rotation.shape[1]
    for _ in range(rounds):
        labels = (u @ rotation).argmax(1)
        size = torch.bincount(labels, minlength=k).clamp(min=1).to(u.dtype)
        sums = torch.zeros(k, u.shape[1], dtype=u.dtype, device=u.device)
        updated = (sums.index_add_(0, labels, u) / size.sqrt()[:, None]).T.contiguous()
        if torch.equal(updated, rotation):
            break
        rotation = updated
    return rotation, float(rotation.square().sum())


def _start(z: Tensor, width: int, generator: torch.Generator) -> Tensor:
    shape = (z.shape[1], width)
    start = torch.randn(shape, generator=generator, device=generator.device)
    return start.to(z.device, z.dtype)


def _singular_map(
    z: Tensor, k: int, gamma: float, iterations: int, generator: torch.Generator
) -> Tensor:
    """Return the map from rows of z to left singular vectors 2 .. k+1."""
    width = min(k + 11, *z.shape)
    q = torch.linalg.qr(z @ _start(z, width, generator))[0]
    for _ in range(iterations):
        q = torch.linalg.qr(z @ torch.linalg.qr(z.T @ q)[0])[0]
    v, s, _ = torch.linalg.svd(z.T @ q, full_matrices=False)
    least = max(1e-7 * float(s[0]), 1e-30)  # features of zeros have no direction at all
    return _signed(z, (v / s.clamp(min=least))[:, 1 : k + 1])


def _modularity_map(
    z: Tensor, k: int, gamma: float, iterations: int, generator: torch.Generator
) -> Tensor:
    """Return the map from rows of z to the leading eigenvectors of its modularity matrix."""
    total = z.sum(0)  # d = Z total, and the sum of d is total . total
    scale = gamma / float(total.square().sum().clamp(min=1e-12))
    q = torch.linalg.qr(z @ _start(z, k, generator))[0]
    projection: Tensor = q
    for _ in range(max(iterations, 1)):
        low = z.T @ q
        projection = low - scale * torch.outer(total, total @ low)
        q, r = torch.linalg.qr(z @ projection)
        size = r.diagonal().abs()
        empty = size <= 1e-6 * size.max()  # more clusters than directions
        r = torch.where(torch.diag(empty), 1.0, r)
        projection = torch.linalg.solve_triangular(r, projection, upper=True, left=False)
        projection = torch.where(empty, 0.0, projection)
    return _signed(z, projection)


def _signed(z: Tensor, projection: Tensor) -> Tensor:
    """Turn the vectors so that the entry of greatest magnitude of each is positive."""
    u = z @ projection
    out: Tensor = projection * u.gather(0, u.abs().argmax(0, keepdim=True)).sign()
    # In the layout in which it is saved: products with another give other bits.
    return out.contiguous()
