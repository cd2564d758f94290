"""Where k-means starts: greedy k-means++, k-means||, or any rows."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from graphclust.neighbors.blocks import Rows, blocks_of
from graphclust.neighbors.squares import square_norms, squared_distances
from graphclust.randomness import rand

Nearest = Callable[[Rows, Tensor], tuple[Tensor, Tensor]]

# k-means||: rounds, and rows drawn in each (times k).
_ROUNDS, _OVERSAMPLING = 5, 2.0


def random_rows(z: Rows, k: int, generator: torch.Generator) -> Tensor:
    """Return k different rows."""
    pick = torch.randperm(z.shape[0], generator=generator, device=generator.device)[:k]
    return z[pick.to(z.device)]


def plus_plus_centers(
    z: Rows,
    k: int,
    generator: torch.Generator,
    squares: Tensor | None = None,
    weight: Tensor | None = None,
) -> Tensor:
    """Return k rows of ``z`` drawn far from each other (greedy k-means++). Cost O(n k d log k).

    Parameters
    ----------
    z : Tensor or BlockedRows, shape (n, d)
        Rows on disk are read once for each centre.
    k : int
    generator : torch.Generator
    squares : Tensor, shape (n,), optional
        Squared lengths of the rows, where they are known already.
    weight : Tensor, shape (n,), optional
        How many rows each row stands for.

    References
    ----------
    Arthur and Vassilvitskii, *k-means++*, 2007.
    """
    n = z.shape[0]
    trials = 2 + int(math.log(k))
    if squares is None and isinstance(z, Tensor):
        squares = square_norms(z)
    first = int(rand(1, generator=generator) * n)
    chosen = [first]
    least = _distances(z, z[first : first + 1], squares).squeeze(1)
    for _ in range(k - 1):
        cumulative = (least if weight is None else least * weight).double().cumsum(0)
        draws = rand(trials, generator=generator).to(z.device).double() * cumulative[-1]
        candidates = torch.searchsorted(cumulative, draws).clamp(max=n - 1)
        options = torch.minimum(least[:, None], _distances(z, z[candidates], squares))
        total = options.sum(0) if weight is None else weight @ options
        pick = int(total.argmin())
        chosen.append(int(candidates[pick]))
        least = options[:, pick]
    return z[torch.tensor(chosen, device=z.device)].clone()


def parallel_centers(z: Rows, k: int, generator: torch.Generator, nearest: Nearest) -> Tensor:
    r"""Return k rows drawn by k-means||, in a few passes over the data instead of k.

    In each of five rounds every row is drawn by itself, with probability
    :math:`\min(1, 2 k\, d_i^2 / \sum_j d_j^2)` for the squared distance :math:`d_i^2` to the
    rows drawn before. What was drawn, each weighted by the rows nearest to it, is thinned to k
    by k-means++.

    Notes
    -----
    Cost O(n k d) for each of seven passes, in products of matrices.

    References
    ----------
    Bahmani et al., *Scalable k-means++*, 2012, arXiv:1203.6402.
    """
    n = z.shape[0]
    first = int(rand(1, generator=generator) * n)
    drawn = z[first : first + 1].clone()
    least = nearest(z, drawn)[1]
    for _ in range(_ROUNDS):
        total = least.double().sum()
        chance = _OVERSAMPLING * k * least.double() / total.clamp(min=1e-300)
        hits = (rand(n, generator=generator).to(z.device) < chance).nonzero().flatten()
        if not hits.numel():
            continue
        fresh = z[hits]
        drawn = torch.cat([drawn, fresh])
        least = torch.minimum(least, nearest(z, fresh)[1])
    if drawn.shape[0] < k:  # fewer places than clusters, or the draws were unlucky
        drawn = torch.cat([drawn, random_rows(z, k, generator)])
    weight = torch.bincount(nearest(z, drawn)[0], minlength=drawn.shape[0]).to(drawn.dtype)
    return plus_plus_centers(drawn, k, generator, None, weight)


def _distances(z: Rows, centers: Tensor, squares: Tensor | None) -> Tensor:
    if isinstance(z, Tensor):
        return squared_distances(z, centers, squares)
    return torch.cat([squared_distances(block, centers) for _, block in blocks_of(z)])
