"""From each row's neighbours to a symmetric adjacency."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.sparse import CSR

Weighting = Literal["union", "mutual", "gaussian"]


def neighbor_graph(
    index: Tensor, score: Tensor, weighting: Weighting = "union", keep: Tensor | None = None
) -> CSR:
    r"""Return the adjacency of a kNN search of rows among themselves.

    Parameters
    ----------
    index, score : Tensor, shape (n, k)
        As :func:`~graphclust.neighbors.knn_search` returns them.
    weighting : "union", "mutual" or "gaussian"
        ``"union"`` ties two rows when either finds the other, ``"mutual"`` when both do;
        ``"gaussian"`` is the union with weights :math:`\exp(-d_{ij} / (\sigma_i \sigma_j))`
        for the squared distance d (or one minus the cosine), :math:`\sigma_i^2` being that to
        the last neighbour.
    keep : Tensor of bool, shape (n,), optional
        Rows that may have neighbours at all.

    Returns
    -------
    CSR, shape (n, n)
        Symmetric, without self-loops.

    Raises
    ------
    InputError
        If the weighting is unknown.

    Notes
    -----
    Cost O(n k log(n k)). The weights are those of Zelnik-Manor and Perona, *Self-tuning
    spectral clustering*, 2004.
    """
    n, k = index.shape
    row = torch.arange(n, device=index.device).repeat_interleave(k)
    col = index.flatten()
    distance = _distances(score).flatten()
    if keep is not None:
        held = keep[row] & keep[col]
        row, col, distance = row[held], col[held], distance[held]
    low, high = torch.minimum(row, col), torch.maximum(row, col)
    pair, place, times = torch.unique(low * n + high, return_inverse=True, return_counts=True)
    weight: Tensor | None = None
    if weighting == "mutual":
        pair = pair[times == 2]
    elif weighting == "gaussian":
        shortest = torch.full((pair.numel(),), torch.inf, device=index.device)
        shortest.scatter_reduce_(0, place, distance, "amin")
        spread = _distances(score)[:, -1].clamp(min=1e-12).sqrt()
        weight = torch.exp(-shortest / (spread[pair // n] * spread[pair % n])).repeat(2)
    elif weighting != "union":
        raise InputError(f"weighting={weighting!r} is unknown: use 'union', 'mutual' or 'gaussian'")
    low, high = pair // n, pair % n
    return CSR.from_edges(
        torch.cat([low, high]), torch.cat([high, low]), weight, (n, n), symmetric=True
    )


def _distances(score: Tensor) -> Tensor:
    # Cosines lie in [-1, 1] and start near 1; minus squared distances are never positive.
    return (1 - score if bool((score > 0).any()) else -score).clamp(min=0)
