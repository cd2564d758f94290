"""k-means in a subspace that is learnt with the clusters."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.neighbors.blocks import class_means
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.randomness import randn


def reduced_kmeans(
    z: Tensor,
    k: int,
    generator: torch.Generator,
    *,
    alternations: int = 30,
    restarts: int = 10,
    tol: float = 1e-6,
) -> tuple[Tensor, Tensor, list[float]]:
    r"""Minimise :math:`\lVert Z - G F W^\top \rVert_F` over clusters, centres and a subspace.

    Parameters
    ----------
    z : Tensor, shape (n, d)
    k : int
        Number of clusters, and of dimensions of the subspace.
    generator : torch.Generator
        Draws the starts of the first k-means.
    alternations : int
        Turns at most; 0 leaves principal directions and k-means.
    restarts : int
        Starts of the first k-means.
    tol : float
        Stop when the residual falls by less.

    Returns
    -------
    subspace : Tensor, shape (d, m)
        Orthonormal columns, m = min(k, n, d).
    centers : Tensor, shape (k, m)
    losses : list of float
        The residual at the start and after each turn; it does not rise.

    Notes
    -----
    Cost O(n d k) for the directions and for each turn. The residual is taken from sums, so that
    the n x d reconstruction is not formed. A cluster that loses all its rows keeps its centre,
    with which it may win some back.

    References
    ----------
    De Soete and Carroll, *K-means clustering in a low-dimensional Euclidean space*, 1994; Fettal,
    Labiod and Nadif, *Efficient graph convolution for joint node representation learning and
    clustering*, 2022.
    """
    w = principal_directions(z, min(k, *z.shape), generator)
    low = z @ w
    centers = lloyd(low, k, generator, restarts=restarts)
    labels = nearest_center(low, centers)[0]
    squares = z.double().square().sum()
    losses = [_residual(squares, low, centers, labels)]
    for _ in range(alternations):
        size = torch.bincount(labels, minlength=k)[:, None]
        u, _, v = torch.linalg.svd(
            (class_means(z, labels, k) * size).T @ centers, full_matrices=False
        )
        w = (u @ v).contiguous()
        low = z @ w
        labels = nearest_center(low, centers)[0]
        filled = torch.bincount(labels, minlength=k)[:, None] > 0
        centers = torch.where(filled, class_means(low, labels, k), centers)
        losses.append(_residual(squares, low, centers, labels))
        if losses[-2] - losses[-1] < tol:
            break
    return w, centers, losses


def principal_directions(
    z: Tensor, dim: int, generator: torch.Generator, iterations: int = 8
) -> Tensor:
    """Return the leading eigenvectors of the covariance of ``z``, shape (d, dim).

    By power iteration on a random subspace; cost O(iterations n d dim), nothing of size d x d.
    """
    mean = z.mean(0)
    width = min(dim + 10, *z.shape)
    start = randn(z.shape[1], width, generator=generator).to(z.device, z.dtype)
    q = torch.linalg.qr(start)[0]
    for _ in range(iterations):
        low = torch.linalg.qr(z @ q - mean @ q)[0]
        q = torch.linalg.qr(z.T @ low - torch.outer(mean, low.sum(0)))[0]
    # Singular vectors of the centred rows inside the subspace are its eigenvectors.
    v = torch.linalg.svd(z @ q - mean @ q, full_matrices=False)[2]
    out: Tensor = q @ v[:dim].T
    return out.contiguous()


def _residual(squares: Tensor, low: Tensor, centers: Tensor, labels: Tensor) -> float:
    # |Z - GFW'|^2 = |Z|^2 - |ZW|^2 + |ZW - GF|^2, W being orthonormal.
    inside = (low - centers[labels]).double().square().sum()
    return float((squares - low.double().square().sum() + inside).clamp(min=0).sqrt())
