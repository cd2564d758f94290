"""Lloyd's iteration and nearest centres, in blocks, on the data's own device."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.errors import InputError
from graphclust.neighbors.blocks import Rows, blocks_of, means_of
from graphclust.neighbors.seeding import parallel_centers, plus_plus_centers, random_rows
from graphclust.neighbors.squares import square_norms, squared_distances
from graphclust.ranks import Ranks

Seeding = Literal["k-means++", "k-means||", "random"]

# Distances are computed for blocks of rows that hold at most this many floats: on a GPU few large
# ones, on a CPU such as stay in its cache, unless all of them are few anyway.
_BLOCK = 1 << 24
_WHOLE = 1 << 20
_CACHED = 1 << 17
_SAME = 1e-6


def nearest_center(
    z: Rows, centers: Tensor, squares: Tensor | None = None, sums: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return each row's nearest centre and its squared distance, in blocks of rows.

    Parameters
    ----------
    z : Tensor or BlockedRows, shape (n, d)
    centers : Tensor, shape (k, d)
    squares : Tensor, shape (n,), optional
        The rows' own squared lengths, where they are known already.
    sums : Tensor, shape (k, d), optional
        Every row is added to that of its centre, while it is at hand.
    """
    labels, least = [], []
    for start, rows in blocks_of(z):
        step = _step(rows, centers.shape[0])
        for i in range(0, rows.shape[0], step):
            part = rows[i : i + step]
            known = None if squares is None else squares[start + i : start + i + step]
            best = squared_distances(part, centers, known).min(dim=1)
            labels.append(best.indices)
            least.append(best.values)
            if sums is not None:
                sums.index_add_(0, best.indices, part)
    return torch.cat(labels), torch.cat(least)


def lloyd(
    z: Rows,
    k: int,
    generator: torch.Generator,
    *,
    restarts: int = 10,
    max_iter: int = 300,
    tol: float = 1e-4,
    start: Tensor | None = None,
    seeding: Seeding = "k-means++",
    spherical: bool = False,
    ranks: Ranks | None = None,
) -> Tensor:
    """Return the centres (k, d) of the best of several Lloyd runs.

    Rows on disk are read once an iteration, and once for every seed of k-means++. Ranks that all
    have the rows deal the runs out among themselves, and get the centres that one process gets;
    each draws the seeds of all runs.

    Raises
    ------
    InputError
        If there are fewer rows than clusters.
    """
    check_rows(z, k)
    z = z.detach() if isinstance(z, Tensor) else z
    squares = square_norms(z) if isinstance(z, Tensor) else None
    threshold = tol * mean_variance(z)
    # Of many rows, runs that end in the same place differ by the rounding of sums in blocks: the
    # first of them is kept, however the blocks were cut.
    margin = 1.0 - _SAME if z.shape[0] * k > _WHOLE else 1.0
    runs = restarts if start is None else 1
    inertia = torch.zeros(runs, dtype=torch.float64, device=z.device)
    reached: dict[int, Tensor] = {}
    for run in range(runs):
        centers = seeds(z, k, generator, seeding, squares) if start is None else start
        if ranks is None or run % ranks.size == ranks.rank:
            reached[run], inertia[run] = _lloyd_once(
                z, centers, squares, max_iter, threshold, spherical
            )
    best, best_inertia = 0, torch.inf
    for run, found in enumerate((inertia if ranks is None else ranks.sum(inertia)).tolist()):
        if found < margin * best_inertia:
            best, best_inertia = run, found
    out = reached.get(best, centers)
    return out if ranks is None else ranks.of_rank(out, best % ranks.size)


def seeds(
    z: Rows, k: int, generator: torch.Generator, seeding: Seeding, squares: Tensor | None = None
) -> Tensor:
    """Return the k rows, or means of rows, that a run starts from."""
    if seeding == "random":
        return random_rows(z, k, generator)
    if seeding == "k-means||":
        return parallel_centers(z, k, generator, nearest_center)
    return plus_plus_centers(z, k, generator, squares)


def check_rows(z: Rows, k: int) -> None:
    """Refuse fewer rows than clusters."""
    if z.shape[0] < k:
        raise InputError(f"n_clusters={k} is more than the {z.shape[0]} items there are")


def mean_variance(z: Rows) -> float:
    """Return the mean over columns of their variance."""
    if isinstance(z, Tensor) and z.numel() <= _BLOCK:
        return float(z.var(dim=0, unbiased=False).mean())
    if isinstance(z, Tensor):
        # One pass instead of three; what cancels is too small to matter for when to stop.
        center = z.mean(0)
        return float((torch.linalg.vector_norm(z - center) ** 2) / z.numel())
    return float(z.mean_and_variance()[1].mean())


def _lloyd_once(
    z: Rows,
    centers: Tensor,
    squares: Tensor | None,
    max_iter: int,
    threshold: float,
    spherical: bool,
) -> tuple[Tensor, float]:
    previous = None
    for _ in range(max_iter):
        sums = torch.zeros_like(centers)
        labels, least = nearest_center(z, centers, squares, sums)
        if previous is not None and torch.equal(labels, previous):
            break
        if not bool(least.any()):
            break  # Each row lies on its centre: an empty cluster would wander among them for ever.
        updated = refill(z, means_of(sums, labels), labels, least)
        if spherical:
            updated = normalize(updated, dim=1)
        moved = float((updated - centers).square().sum())
        centers, previous = updated, labels
        if moved <= threshold:
            break
    return centers, float(nearest_center(z, centers, squares)[1].double().sum())


def refill(z: Rows, centers: Tensor, labels: Tensor, least: Tensor) -> Tensor:
    """Put every empty cluster's centre on one of the rows that are farthest from theirs."""
    sizes = torch.bincount(labels, minlength=centers.shape[0])
    empty = (sizes == 0).nonzero().flatten()
    if empty.numel():
        centers[empty] = z[least.topk(empty.numel()).indices]
    return centers


def _step(rows: Tensor, k: int) -> int:
    """Return how many rows a block of distances has."""
    if rows.shape[0] * k <= _WHOLE:
        return max(1, rows.shape[0])
    return max(1, (_BLOCK if rows.is_cuda else _CACHED) // k)
