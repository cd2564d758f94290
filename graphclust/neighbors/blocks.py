"""Rows in memory or on disk, met a block at a time."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from graphclust.ondisk import BlockedRows

Rows = Tensor | BlockedRows

# A block holds at most this many numbers where sums over rows are taken.
_BLOCK = 1 << 20


def blocks_of(z: Rows, most: int | None = None) -> Iterator[tuple[int, Tensor]]:
    """Yield the first row of each block, and the block.

    Parameters
    ----------
    z : Tensor or BlockedRows, shape (n, d)
    most : int, optional
        Rows of a block at most; without it, a tensor is one block.
    """
    for start, rows in z.blocks() if isinstance(z, BlockedRows) else ((0, z),):
        step = max(1, rows.shape[0] if most is None else most)
        for i in range(0, rows.shape[0], step):
            yield start + i, rows[i : i + step]


def class_means(z: Rows, labels: Tensor, k: int) -> Tensor:
    """Return the mean row of each class, zeros for an empty one, shape (k, d)."""
    sums = torch.zeros(k, z.shape[1], device=z.device)
    for start, rows in blocks_of(z):
        sums = sums.to(rows.dtype).index_add_(0, labels[start : start + rows.shape[0]], rows)
    return means_of(sums, labels)


def means_of(sums: Tensor, labels: Tensor) -> Tensor:
    """Return the sums of classes over the classes' sizes."""
    sizes = torch.bincount(labels, minlength=sums.shape[0])
    return sums / sizes.clamp(min=1).to(sums.dtype)[:, None]


def mean_row(z: Rows) -> Tensor:
    """Return the mean of the rows, float64, shape (d,)."""
    total = torch.zeros(z.shape[1], dtype=torch.float64, device=z.device)
    for _, rows in blocks_of(z, _BLOCK // max(1, z.shape[1])):
        total += rows.sum(0, dtype=torch.float64)
    return total / max(1, z.shape[0])
