"""Mini-batch k-means: centres that move a little for every batch of rows."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.neighbors.blocks import Rows
from graphclust.neighbors.lloyd import (
    Seeding,
    check_rows,
    lloyd,
    nearest_center,
    refill,
)
from graphclust.randomness import randint

# Runs start from what Lloyd's iteration finds in so many batches of rows.
_SAMPLE = 10
# So many batches without a gain end a run; every so many, empty clusters are placed anew.
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
    z : Tensor or BlockedRows, shape (n, d)
    k : int
    generator : torch.Generator
        Draws the rows of each batch, with replacement.
    batch_size : int
    restarts : int
        Runs of Lloyd's iteration on a sample of ten batches; the best one's centres go on.
    max_iter : int
        Batches of one run at most, in passes over the data.
    tol : float
        Stop when ten batches have not lowered the batches' mean inertia, smoothed over about half
        a pass, by this share of it.
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
    if start is None:
        start = lloyd(sample, k, generator, restarts=restarts, seeding=seeding, spherical=spherical)
    centers, given = start.clone(), torch.zeros(k, device=z.device)
    smoothed, least_smoothed, idle = 0.0, float("inf"), 0
    share = min(1.0, 2.0 * batch_size / (n + 1))
    for step in range(max_iter * -(-n // batch_size)):
        batch = z[randint(n, batch_size, generator=generator).to(z.device)]
        labels, least = nearest_center(batch, centers)
        given += torch.bincount(labels, minlength=k)
        moved = torch.zeros_like(centers).index_add_(0, labels, batch - centers[labels])
        centers += moved / given.clamp(min=1)[:, None]
        if step % _PATIENCE == 0 and bool((given == 0).any()):
            centers = refill(batch, centers, _as_labels(given), least)
        if spherical:
            centers = normalize(centers, dim=1)
        inertia = float(least.double().mean())
        smoothed = inertia if step == 0 else smoothed + share * (inertia - smoothed)
        idle = 0 if smoothed < (1.0 - tol) * least_smoothed else idle + 1
        least_smoothed = min(smoothed, least_smoothed)
        if idle >= _PATIENCE:
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
