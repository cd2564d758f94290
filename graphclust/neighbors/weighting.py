"""From each row's neighbours to a symmetric adjacency."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.neighbors.bridges import bridging_pairs
from graphclust.neighbors.search import Metric
from graphclust.sparse import CSR

Weighting = Literal["union", "mutual", "bridged", "plain", "gaussian", "fuzzy", "shared"]
WEIGHTINGS = ("union", "mutual", "bridged", "plain", "gaussian", "fuzzy", "shared")
# Lists of neighbours are compared for so many numbers at a time.
_BLOCK = 1 << 24
_BISECTIONS = 40


def neighbor_graph(
    index: Tensor,
    score: Tensor | None = None,
    weighting: Weighting = "union",
    keep: Tensor | None = None,
    metric: Metric = "euclidean",
) -> CSR:
    r"""Return the adjacency of a kNN search of rows among themselves.

    Parameters
    ----------
    index : Tensor of int64, shape (n, k)
        The neighbours of each row, nearest first, as :func:`~graphclust.neighbors.knn_search`
        returns them, or your own.
    score : Tensor, shape (n, k), optional
        How near they are; needed for ``"bridged"``, ``"gaussian"`` and ``"fuzzy"``.
    weighting : str
        ``"union"`` ties two rows when either finds the other, ``"mutual"`` when both do, and
        ``"bridged"`` adds to these the shortest pairs of the union that join its components, a
        minimum spanning tree over them. ``"plain"`` weighs the union by how many of the two find
        the other, a half or one. ``"gaussian"`` weighs it by
        :math:`\exp(-d_{ij}^2 / (\sigma_i \sigma_j))`, :math:`\sigma_i` being the distance to the
        last neighbour. ``"fuzzy"`` weighs it by :math:`p_{ij} + p_{ji} - p_{ij} p_{ji}` with
        :math:`p_{ij} = \exp(-(d_{ij} - \rho_i) / \sigma_i)`, :math:`\rho_i` the distance to the
        first neighbour and :math:`\sigma_i` such that :math:`\sum_j p_{ij} = \log_2 k`.
        ``"shared"`` weighs it by the share of neighbours that the two rows have in common, each
        counted among its own: intersection over union (Jaccard).
    keep : Tensor of bool, shape (n,), optional
        Rows that may have neighbours at all.
    metric : "cosine", "euclidean" or "inner"
        What the scores are; distances of cosines are those between unit rows, distances of inner
        products their differences from the greatest.

    Returns
    -------
    CSR, shape (n, n)
        Symmetric, without self-loops.

    Raises
    ------
    InputError
        If the weighting is unknown, or needs scores that are not given.

    Notes
    -----
    Cost O(n k log(n k)), for ``"shared"`` O(n k² log k).

    References
    ----------
    Zelnik-Manor and Perona, *Self-tuning spectral clustering*, 2004; McInnes, Healy and Melville,
    *UMAP*, 2018, arXiv:1802.03426; Jarvis and Patrick, *Clustering using a similarity measure
    based on shared near neighbors*, 1973.

    Examples
    --------
    >>> index = torch.tensor([[1], [0], [1]])
    >>> neighbor_graph(index).nnz, neighbor_graph(index, weighting="mutual").nnz
    (4, 2)
    """
    if weighting not in WEIGHTINGS:
        raise InputError(
            f"weighting={weighting!r} is unknown: use one of {', '.join(map(repr, WEIGHTINGS))}"
        )
    n, k = index.shape
    if score is None:
        if weighting in ("bridged", "gaussian", "fuzzy"):
            raise InputError(
                f"weighting={weighting!r} needs distances, and only indices are given: give both, "
                "or use 'union', 'mutual', 'plain' or 'shared'"
            )
        score = torch.zeros(n, k, device=index.device)
    square = squared_lengths(score, metric)
    row = torch.arange(n, device=index.device).repeat_interleave(k)
    col, held = index.flatten(), index.flatten() != row
    if keep is not None:
        held &= keep[row] & keep[col]
    row, col = row[held], col[held]
    # A pair that is named twice by one row counts once.
    code, first = _distinct(row * n + col)
    row, col, at = code // n, code % n, held.nonzero().flatten()[first]
    low, high = torch.minimum(row, col), torch.maximum(row, col)
    pair, place, times = torch.unique(low * n + high, return_inverse=True, return_counts=True)
    shortest = torch.full((pair.numel(),), torch.inf, device=index.device)
    shortest.scatter_reduce_(0, place, square.flatten()[at], "amin")
    low, high = pair // n, pair % n
    weight: Tensor | None = None
    if weighting in ("mutual", "bridged"):
        chosen = times == 2
        if weighting == "bridged":
            chosen |= bridging_pairs(n, low, high, shortest, chosen)
        low, high = low[chosen], high[chosen]
    elif weighting == "plain":
        weight = times.float() / 2
    elif weighting == "gaussian":
        spread = square[:, -1].clamp(min=1e-12).sqrt()
        weight = torch.exp(-shortest / (spread[low] * spread[high]))
    elif weighting == "fuzzy":
        p = _memberships(square.sqrt()).flatten()[at]
        total = torch.zeros(pair.numel(), device=p.device).index_add_(0, place, p)
        product = torch.ones_like(total).scatter_reduce_(0, place, p, "prod")
        # Where only one of the two finds the other, the product would be of one factor.
        weight = total - torch.where(times == 2, product, torch.zeros_like(product))
    elif weighting == "shared":
        weight = _shared(index, low, high)
    return CSR.from_edges(
        torch.cat([low, high]),
        torch.cat([high, low]),
        None if weight is None else weight.repeat(2),
        (n, n),
        symmetric=True,
    )


def squared_lengths(score: Tensor, metric: str) -> Tensor:
    """Return squared distances, at least 0, for the scores of a search."""
    if metric == "cosine":
        return (2 - 2 * score).clamp(min=0)
    if metric == "inner":
        return (score.max() - score).square() if score.numel() else score
    return (-score).clamp(min=0)


def _distinct(code: Tensor) -> tuple[Tensor, Tensor]:
    """Return the different values, ascending, and where each of them stands first."""
    value, place = torch.unique(code, return_inverse=True)
    first = torch.full((value.numel(),), code.numel(), device=code.device)
    first.scatter_reduce_(0, place, torch.arange(code.numel(), device=code.device), "amin")
    return value, first


def _memberships(distance: Tensor) -> Tensor:
    """Return UMAP's fuzzy memberships of each row's neighbours, shape (n, k)."""
    beyond = (distance - distance[:, :1]).clamp(min=0)
    wanted = torch.log2(torch.tensor(float(max(2, distance.shape[1]))))
    # exp(-beyond / s) grows with s from the number of zeros to k: bisection on a wide bracket.
    least = (1e-3 * distance.mean(1)).clamp(min=1e-12)
    low, high = least.log(), (1e3 * distance.amax(1)).clamp(min=1e-9).log()
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        enough = torch.exp(-beyond / middle.exp()[:, None]).sum(1) > wanted
        low, high = torch.where(enough, low, middle), torch.where(enough, middle, high)
    return torch.exp(-beyond / torch.maximum(low.exp(), least)[:, None])


def _shared(index: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Return intersection over union of the neighbours of both ends, each its own neighbour."""
    n, k = index.shape
    lists = torch.cat([torch.arange(n, device=index.device)[:, None], index], dim=1)
    out = torch.empty(low.numel(), device=index.device)
    step = max(1, _BLOCK // (2 * k + 2))
    for start in range(0, low.numel(), step):
        part = slice(start, start + step)
        both = torch.cat([lists[low[part]], lists[high[part]]], dim=1).sort(dim=1).values
        common = (both[:, 1:] == both[:, :-1]).sum(1)
        out[part] = common / (2 * (k + 1) - common)
    return out
