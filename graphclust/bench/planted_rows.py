"""Directed graphs of any size, made in pieces on the device that uses them."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor

from graphclust.randomness import rand, randint, randn
from graphclust.sparse import CSR

# Entries and feature rows that are drawn at a time.
_PIECE = 1 << 24
# Log-density of the number of entries in a row, and how many times the mean it is at most.
_EXPONENT = 2.5
_MOST = 1000.0


def planted_rows(
    n: int, entries: int, clusters: int, generator: torch.Generator, inside: float = 0.8
) -> CSR:
    """Return rows whose lengths follow a power law, node i being of cluster i modulo ``clusters``.

    Each entry is an independent draw: from the row's cluster with probability ``inside``, else
    from all nodes. Nodes of a cluster lie far apart, so that no row finds its neighbours in a
    cache by the order of the nodes.

    Parameters
    ----------
    n, entries, clusters : int
        The number of entries is met to a few in a thousand. Every row has one or more.
    generator : torch.Generator
        Its device is where the graph is made.
    inside : float

    Notes
    -----
    Cost O(n + entries); besides the result, memory O(n). Columns are int32 in no order within a
    row and may repeat, row pointers int64 where there are 2**31 entries or more.

    Examples
    --------
    >>> graph = planted_rows(100, 1000, 5, torch.Generator().manual_seed(0))
    >>> graph.shape, bool((graph.counts >= 1).all())
    ((100, 100), True)
    """
    rowptr = _lengths(n, entries, generator)
    kind = torch.int32 if int(rowptr[-1]) < 2**31 else torch.int64
    col = torch.empty(int(rowptr[-1]), dtype=torch.int32, device=rowptr.device)
    # Bounds of blocks of rows that hold about a piece of entries each.
    marks = torch.arange(0, col.numel(), _PIECE, device=rowptr.device)
    bounds = [*torch.searchsorted(rowptr[:-1], marks).tolist(), n]
    for first, last in pairwise(bounds):
        pointers = rowptr[first : last + 1]
        begin, end = int(pointers[0]), int(pointers[-1])
        node = torch.arange(first, last, device=rowptr.device).repeat_interleave(
            pointers.diff(), output_size=end - begin
        )
        col[begin:end] = _neighbours(node, n, clusters, inside, generator).int()
    return CSR(rowptr.to(kind), col, None, (n, n))


def planted_features(
    n: int, width: int, clusters: int, generator: torch.Generator, dtype: torch.dtype
) -> Tensor:
    """Return Gaussian features (n, width) around the clusters' centres of unit length, in pieces.

    The noise has the standard deviation 1 in every feature, so that single rows tell little.
    """
    centers = torch.nn.functional.normalize(randn(clusters, width, generator=generator), dim=1)
    x = torch.empty(n, width, dtype=dtype, device=centers.device)
    step = max(1, _PIECE // width)
    for i in range(0, n, step):
        label = torch.arange(i, min(i + step, n), device=x.device) % clusters
        x[i : i + step] = centers[label] + randn(len(label), width, generator=generator)
    return x


def _lengths(n: int, entries: int, generator: torch.Generator) -> Tensor:
    """Return row pointers, int64, of rows whose lengths follow a power law."""
    length = (1 - rand(n, generator=generator)).pow_(-1 / (_EXPONENT - 1)).clamp_(max=_MOST)
    length *= max(0.0, entries - n) / float(length.double().sum())
    # Rounded up or down at random, so that the sum stays.
    length += rand(n, generator=generator)
    rowptr = torch.zeros(n + 1, dtype=torch.int64, device=length.device)
    torch.cumsum(length.long() + 1, 0, out=rowptr[1:])
    return rowptr


def _neighbours(
    node: Tensor, n: int, clusters: int, inside: float, generator: torch.Generator
) -> Tensor:
    label = node % clusters
    size = (n - label + clusters - 1) // clusters
    same = rand(len(node), generator=generator) < inside
    # 31 random bits times a size is a whole number below 2**62; a float has too few bits for it.
    place = randint(2**31, len(node), generator=generator) * torch.where(same, size, n) >> 31
    return torch.where(same, label + clusters * place, place)
