"""Which search finds the neighbours: named by the user, or chosen by size and then said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.neighbors.approximate import by_descent, by_faiss, by_trees, installed
from graphclust.neighbors.search import Metric, check_metric, knn_search
from graphclust.sparse import CSR

Search = Literal["auto", "exact", "trees", "descent", "flat", "hnsw", "ivf"]
# Multiplications up to which all pairs are looked at: some 20 s of two CPU cores, a second of a
# GPU.
_PAIRWISE, _PAIRWISE_CUDA = 1e12, 1e14
# Columns up to which trees do not have to look everywhere.
_FEW_COLUMNS = 8
# Rows on which an approximate search is compared with an exact one.
_SAMPLE = 256

_BY_NAME: dict[str, Callable[[Tensor, int, str, int], tuple[Tensor, Tensor]]] = {
    "trees": by_trees,
    "descent": by_descent,
    "flat": by_faiss("flat"),
    "hnsw": by_faiss("hnsw"),
    "ivf": by_faiss("ivf"),
}
SEARCHES = ("auto", "exact", *_BY_NAME)
_EXACT = ("exact", "trees", "flat")


@dataclass(frozen=True)
class Neighbors:
    """The neighbours of every row among the others.

    Attributes
    ----------
    index, score : Tensor, shape (n, k)
        As :func:`~graphclust.neighbors.knn_search` returns them.
    metric : str
    search : str
        The search that found them.
    recall : float or None
        Of an approximate search, the share of the true neighbours that it found for 256 rows.
    """

    index: Tensor
    score: Tensor
    metric: Metric
    search: str
    recall: float | None = None

    @property
    def words(self) -> str:
        """How they were found, for people."""
        out = f"{self.metric}, search {self.search}"
        return out if self.recall is None else f"{out} with recall {self.recall:.3f}"


def find_neighbors(
    x: Tensor | CSR, k: int = 15, metric: Metric = "cosine", search: Search = "auto", seed: int = 0
) -> Neighbors:
    """Return the ``k`` nearest other rows of every row.

    Parameters
    ----------
    x : Tensor or CSR, shape (n, f)
    k : int
        Between 1 and n - 1.
    metric : "cosine", "euclidean" or "inner"
    search : str
        ``"exact"`` looks at all pairs, in blocks, on the rows' own device; ``"trees"`` is
        scikit-learn's; ``"descent"`` is pynndescent's (extra ``neighbors``); ``"flat"``,
        ``"hnsw"`` and ``"ivf"`` are faiss's (extra ``faiss``). ``"auto"`` looks at all pairs of
        up to some 100,000 rows of 100 columns, and on a GPU of a million; beyond that it takes
        trees for at most 8 columns, else pynndescent or HNSW, whichever is installed.
    seed : int
        For the searches that draw.

    Returns
    -------
    Neighbors

    Raises
    ------
    InputError
        If ``k``, the metric or the search does not fit; sparse rows are searched exactly.
    MissingDependencyError
        If the search's package is not installed.

    Notes
    -----
    Cost O(n^2 f) for all pairs, about O(n log n f) for the approximate ones; never an n by n
    array.

    Examples
    --------
    >>> x = torch.tensor([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]])
    >>> find_neighbors(x, k=1).words
    'cosine, search exact'
    """
    check_metric(metric)
    if search not in SEARCHES:
        raise InputError(f"search={search!r} is unknown: use one of {', '.join(SEARCHES)}")
    name = chosen_search(x, metric) if search == "auto" else search
    if name == "exact":
        return Neighbors(*knn_search(x, None, k, metric), metric, name)
    if isinstance(x, CSR):
        raise InputError(f"search={name!r} reads dense rows only: use search='exact'")
    n = int(x.shape[0])
    if not 1 <= k < n:
        raise InputError(f"k={k} neighbours of {n} rows: k must lie between 1 and {n - 1}")
    index, score = _BY_NAME[name](x, k, metric, seed)
    index, score = index.to(x.device), score.to(x.device)
    recall = None if name in _EXACT else sampled_recall(x, index, metric)
    return Neighbors(index, score, metric, name, recall)


def chosen_search(x: Tensor | CSR, metric: str) -> str:
    """Return the search that ``"auto"`` stands for."""
    n, f = float(x.shape[0]), int(x.shape[1])
    most = _PAIRWISE_CUDA if x.device.type == "cuda" else _PAIRWISE
    if isinstance(x, CSR) or n * n * f <= most:
        return "exact"
    if metric == "inner":
        return "hnsw" if installed("hnsw") else "exact"
    if f <= _FEW_COLUMNS:
        return "trees"
    return next((name for name in ("descent", "hnsw") if installed(name)), "exact")


def sampled_recall(x: Tensor, index: Tensor, metric: Metric, sample: int = _SAMPLE) -> float:
    """Return the share of the true neighbours of some rows, evenly spaced, that were found."""
    n, k = index.shape
    rows = torch.linspace(0, n - 1, min(n, sample), device=x.device).long()
    true = knn_search(x[rows], x, k + 1, metric)[0]
    others = true != rows[:, None]
    # Among equal rows a row may not be its own nearest: then the last one is one too many.
    others[:, -1] &= ~others.all(dim=1)
    hit = (true[:, :, None] == index[rows][:, None, :]).any(dim=2) & others
    return float(hit.sum() / others.sum())
