"""Nodes, rows and pairs of nodes drawn at random, without ever listing all pairs."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import Tensor

from graphclust.ondisk import BlockedRows
from graphclust.randomness import randint, randperm

# Rows in memory, or on disk.
T = TypeVar("T", bound=Tensor | BlockedRows)


def distinct(n: int, m: int, generator: torch.Generator) -> Tensor:
    """Return ``m`` different whole numbers below ``n``, each set as likely as another.

    They are int64, on the generator's device.

    Cost O(m), or O(n) where more than a quarter of all are wanted.
    """
    if 4 * m > n:
        return randperm(n, generator)[:m]
    found = torch.zeros(0, dtype=torch.int64, device=generator.device)
    while found.numel() < m:
        more = randint(n, 2 * (m - found.numel()) + 16, generator=generator)
        found = torch.unique(torch.cat([found, more]))
    return found[randperm(found.numel(), generator)[:m]]


def some_rows(x: T, m: int, generator: torch.Generator) -> T | Tensor:
    """Return m different rows of ``x`` at random, or ``x`` itself where it has no more."""
    return x if x.shape[0] <= m else x[distinct(x.shape[0], m, generator).to(x.device)]


def pairs_within(number: Tensor) -> Tensor:
    """Return the pair j < i that stands at each place of the list (1,0), (2,0), (2,1), (3,0) ...

    Examples
    --------
    >>> pairs_within(torch.arange(4)).tolist()
    [[1, 2, 2, 3], [0, 0, 1, 0]]
    """
    i = ((1 + (1 + 8 * number.double()).sqrt()) / 2).long()
    # The root may be off by one in its last bit.
    i = i - (i * (i - 1) // 2 > number).long()
    i = i + (i * (i + 1) // 2 <= number).long()
    return torch.stack([i, number - i * (i - 1) // 2])


def pairs_between(number: Tensor, width: int) -> Tensor:
    """Return row and column at each place of a table of ``width`` columns."""
    return torch.stack([number // width, number % width])


def power_law(n: int, exponent: float, generator: torch.Generator) -> Tensor:
    r"""Return n values of density :math:`\propto \theta^{-\gamma}`, float64, at least 1.

    The greatest are cut at the root of n times the mean, beyond which hubs would be tied to
    themselves.
    """
    u = torch.rand(n, dtype=torch.float64, generator=generator, device=generator.device)
    theta = (1 - u).pow(-1 / (exponent - 1))
    return theta.clamp(max=float(theta.mean()) * max(2.0, n**0.5))
