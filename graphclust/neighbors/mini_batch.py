"""Mini-batch k-means: centres that move a little for every batch of rows."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.neighbors.lloyd import (
    Rows,
    Seeding,
    check_rows,
    mean_variance,
    nearest_center,
    refill,
    seeds,
)
from graphclust.randomness import randint

# The seeds come from so many batches of rows, and runs are compared on as many.
_SAMPLE = 10
# The change of the centres is smoothed over so many batches before it ends a run.
_PATIENCE = 10


def mini_batch_kmeans(
    z: Rows,
    k: int,
    generator: torch.Generator,
    batch_size: int,
    *,
    restarts: int = 3,
    max_iter: int = 100,
    tol: float = 1e-4,
    start: Tensor | None = None,
    seeding: Seeding = "k-means++",
    spherical: bool = False,
) -> Tensor:
    r"""Return centres (k, d) found from batches of rows.

    A batch's rows go to their nearest centres, and each centre becomes the mean of all rows that
    it ever was given:

    .. math:: c_j \leftarrow c_j + \frac{1}{N_j} \sum_{i \in B_j} (z_i - c_j)

    Parameters
    ----------
    z : Tensor or StoredRows, shape (n, d)
    k : int
    generator : torch.Generator
        Draws the rows of each batch, with replacement.
    batch_size : int
    restarts : int
        Seeds to choose from: those with the least inertia on a sample of rows are taken.
    max_iter : int
        Batches of one run at most, in passes over the data.
    tol : float
        Stop when the centres' squared movement, smoothed, falls below ``tol`` times the mean
        variance.
    start : Tensor, shape (k, d), optional
    seeding : str
    spherical : bool

    Raises
    ------
    InputError
        If there are fewer rows than clusters.

    Notes
    -----
    Cost O(batches · batch_size k d), less than a pass over the data where they are many; memory
    O(batch_size (d + k)). Inertia lies some per cent above Lloyd's.

    References
    ----------
    Sculley, *Web-scale k-means clustering*, 2010.
    """
    check_rows(z, k)
    n = z.shape[0]
    batch_size = min(batch_size, n)
    rows = randint(n, min(n, max(_SAMPLE * batch_size, 3 * k)), generator=generator)
    sample = _distinct(z, rows, k)
    threshold = tol * mean_variance(sample)
    if start is None:
        tries = [seeds(sample, k, generator, seeding) for _ in range(restarts)]
        spread = [float(nearest_center(sample, one)[1].double().sum()) for one in tries]
        start = tries[spread.index(min(spread))]
    centers, given = start.clone(), torch.zeros(k, device=z.device)
    smoothed: float | None = None
    for step in range(max_iter * -(-n // batch_size)):
        batch = z[randint(n, batch_size, generator=generator).to(z.device)]
        labels, least = nearest_center(batch, centers)
        before = centers.clone()
        given += torch.bincount(labels, minlength=k)
        moved = torch.zeros_like(centers).index_add_(0, labels, batch - centers[labels])
        centers += moved / given.clamp(min=1)[:, None]
        if step % _PATIENCE == 0 and bool((given == 0).any()):
            centers = refill(batch, centers, _as_labels(given), least)
        if spherical:
            centers = normalize(centers, dim=1)
        change = float((centers - before).square().sum())
        smoothed = change if smoothed is None else smoothed + (change - smoothed) / _PATIENCE
        if step >= _PATIENCE and smoothed <= threshold:
            break
    return centers


def _distinct(z: Rows, rows: Tensor, k: int) -> Tensor:
    """Return the drawn rows, and as many first rows as k needs."""
    unique = torch.unique(rows)  # type: ignore[no-untyped-call]
    if unique.numel() < k:
        unique = torch.unique(torch.cat([unique, torch.arange(k)]))  # type: ignore[no-untyped-call]
    return z[unique.to(z.device)]


def _as_labels(given: Tensor) -> Tensor:
    """Return labels in which exactly the clusters that were ever given a row occur."""
    return (given > 0).nonzero().flatten()
