"""Lloyd's iteration and nearest centres, in blocks, on the data's own device."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.errors import InputError
from graphclust.randomness import rand

# Distances are computed for blocks of rows that hold at most this many floats.
_BLOCK = 1 << 24


def class_means(z: Tensor, labels: Tensor, k: int) -> Tensor:
    """Return the mean row of each class, zeros for an empty one, shape (k, d)."""
    sums = torch.zeros(k, z.shape[1], dtype=z.dtype, device=z.device).index_add_(0, labels, z)
    return sums / torch.bincount(labels, minlength=k).clamp(min=1).to(z.dtype)[:, None]


def squared_distances(z: Tensor, centers: Tensor) -> Tensor:
    r"""Return :math:`\lVert z_i - c_j \rVert^2`, shape (n, k), clipped at 0."""
    d2 = (z * z).sum(1, keepdim=True) - 2.0 * (z @ centers.T) + (centers * centers).sum(1)
    return d2.clamp_(min=0.0)


def nearest_center(z: Tensor, centers: Tensor) -> tuple[Tensor, Tensor]:
    """Return each row's nearest centre and its squared distance, in blocks of rows."""
    step = max(1, _BLOCK // max(1, centers.shape[0]))
    labels, least = [], []
    for i in range(0, z.shape[0], step):
        best = squared_distances(z[i : i + step], centers).min(dim=1)
        labels.append(best.indices)
        least.append(best.values)
    return torch.cat(labels), torch.cat(least)


def lloyd(
    z: Tensor,
    k: int,
    generator: torch.Generator,
    *,
    restarts: int = 10,
    max_iter: int = 300,
    tol: float = 1e-4,
    start: Tensor | None = None,
    plus_plus: bool = True,
    spherical: bool = False,
) -> Tensor:
    """Return the centres (k, d) of the best of several Lloyd runs.

    Raises
    ------
    InputError
        If there are fewer rows than clusters.
    """
    if z.shape[0] < k:
        raise InputError(f"n_clusters={k} is more than the {z.shape[0]} items there are")
    z = z.detach()
    threshold = tol * float(z.var(dim=0, unbiased=False).mean())
    best, best_inertia = None, torch.inf
    for _ in range(restarts if start is None else 1):
        if start is not None:
            centers = start
        elif plus_plus:
            centers = plus_plus_centers(z, k, generator)
        else:
            pick = torch.randperm(z.shape[0], generator=generator, device=generator.device)[:k]
            centers = z[pick.to(z.device)]
        centers, inertia = _lloyd_once(z, centers, max_iter, threshold, spherical)
        if inertia < best_inertia or best is None:
            best, best_inertia = centers, inertia
    assert best is not None
    return best


def _lloyd_once(
    z: Tensor, centers: Tensor, max_iter: int, threshold: float, spherical: bool
) -> tuple[Tensor, float]:
    previous = None
    for _ in range(max_iter):
        labels, least = nearest_center(z, centers)
        if previous is not None and torch.equal(labels, previous):
            break
        updated = class_means(z, labels, centers.shape[0])
        updated = _refill(z, updated, labels, least)
        if spherical:
            updated = normalize(updated, dim=1)
        moved = float((updated - centers).square().sum())
        centers, previous = updated, labels
        if moved <= threshold:
            break
    return centers, float(nearest_center(z, centers)[1].double().sum())


def _refill(z: Tensor, centers: Tensor, labels: Tensor, least: Tensor) -> Tensor:
    """Put every empty cluster's centre on one of the rows that are farthest from theirs."""
    sizes = torch.bincount(labels, minlength=centers.shape[0])
    empty = (sizes == 0).nonzero().flatten()
    if empty.numel():
        centers[empty] = z[least.topk(empty.numel()).indices]
    return centers


def plus_plus_centers(z: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """Return k rows of ``z`` drawn far from each other (greedy k-means++). Cost O(n k d log k)."""
    n = z.shape[0]
    trials = 2 + int(math.log(k))
    first = int(rand(1, generator=generator) * n)
    chosen = [first]
    least = squared_distances(z, z[first : first + 1]).squeeze(1)
    for _ in range(k - 1):
        cumulative = least.double().cumsum(0)
        draws = rand(trials, generator=generator).to(z.device).double() * cumulative[-1]
        candidates = torch.searchsorted(cumulative, draws).clamp(max=n - 1)
        options = torch.minimum(least[:, None], squared_distances(z, z[candidates]))
        pick = int(options.sum(0).argmin())
        chosen.append(int(candidates[pick]))
        least = options[:, pick]
    return z[torch.tensor(chosen, device=z.device)].clone()
