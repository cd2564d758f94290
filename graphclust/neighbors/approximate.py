"""Neighbours by other packages: scikit-learn's trees, pynndescent, and faiss."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.errors import InputError, MissingDependencyError

Found = tuple[NDArray[Any], NDArray[Any]]
# A search sees more candidates than are kept, which is where its recall comes from.
_CANDIDATES = 30
# Links of a row in faiss's HNSW index, and how many rows a query of it keeps in view.
_LINKS, _VIEW = 16, 64


def by_trees(x: Tensor, k: int, metric: str, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Search exactly by scikit-learn: KD trees where there are few columns, otherwise all pairs.

    Parameters
    ----------
    x : Tensor, shape (n, f)
    k : int
        Between 1 and n - 1.
    metric : "cosine" or "euclidean"
    seed : int
        Not read.

    Returns
    -------
    index, score : Tensor, shape (n, k)
        As :func:`~graphclust.neighbors.knn_search` returns them.

    Notes
    -----
    Cost O(n log n) with trees in few dimensions, towards O(n^2 f) in many.
    """
    from sklearn.neighbors import NearestNeighbors

    rows = _rows(x, metric, "trees")
    distance, index = NearestNeighbors(n_neighbors=k + 1).fit(rows).kneighbors(rows)
    return _without_itself((index, distance**2), k, metric)


def by_descent(x: Tensor, k: int, metric: str, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Search approximately by pynndescent, neighbours of neighbours: about O(n log n) time.

    Parameters and results as for :func:`by_trees`; ``seed`` starts its random trees.

    Raises
    ------
    MissingDependencyError
        Without pynndescent.

    References
    ----------
    Dong, Moses and Li, *Efficient k-nearest neighbor graph construction for generic similarity
    measures*, 2011.
    """
    _require("pynndescent", "neighbors", "approximate search by descent")
    from pynndescent import NNDescent

    rows = _rows(x, metric, "descent")
    with warnings.catch_warnings():
        # That it found fewer than asked for shows in what it returns, and is filled in below.
        warnings.simplefilter("ignore")
        found = NNDescent(
            rows, n_neighbors=min(x.shape[0], max(_CANDIDATES, k + 1)), random_state=seed
        )
        index, distance = found.neighbor_graph
    return _without_itself((index, distance**2), k, metric)


def by_faiss(kind: str) -> Callable[[Tensor, int, str, int], tuple[Tensor, Tensor]]:
    """Return a search by faiss: ``"flat"`` is exact, ``"hnsw"`` and ``"ivf"`` approximate.

    Notes
    -----
    HNSW keeps a graph of 16 links a row; IVF looks into the nearest sixteenth, and at least 8, of
    the square root of n cells. On several threads the links of HNSW depend on which row was there
    first, so that the last per mille of neighbours may differ between runs.

    References
    ----------
    Douze et al., *The Faiss library*, 2024, arXiv:2401.08281; Malkov and Yashunin, *Efficient and
    robust approximate nearest neighbor search using hierarchical navigable small world graphs*,
    2016, arXiv:1603.09320.
    """

    def search(x: Tensor, k: int, metric: str, seed: int = 0) -> tuple[Tensor, Tensor]:
        _require("faiss", "faiss", "a search by faiss")
        rows = _rows(x, metric, kind, inner=True)
        score, index = _faiss_index(kind, rows, metric, seed).search(rows, k + 1)
        return _without_itself((index, score), k, metric)

    return search


def _faiss_index(kind: str, rows: NDArray[np.float32], metric: str, seed: int) -> Any:
    import faiss

    n, f = rows.shape
    inner = metric == "inner"
    measure = faiss.METRIC_INNER_PRODUCT if inner else faiss.METRIC_L2
    index: Any
    if kind == "hnsw":
        index = faiss.IndexHNSWFlat(f, _LINKS, measure)
        index.hnsw.efSearch = _VIEW
    elif kind == "ivf":
        cells = max(1, int(n**0.5))
        flat = faiss.IndexFlatIP(f) if inner else faiss.IndexFlatL2(f)
        index = faiss.IndexIVFFlat(flat, f, cells, measure)
        index.cp.seed, index.cp.min_points_per_centroid = seed, 1
        index.nprobe = max(8, cells // 16)
        index.train(rows)
    else:
        index = faiss.IndexFlatIP(f) if inner else faiss.IndexFlatL2(f)
    index.add(rows)
    return index


def installed(search: str) -> bool:
    """Whether the package of a search is there."""
    package = {"descent": "pynndescent", "trees": "sklearn"}.get(search, "faiss")
    return find_spec(package) is not None


def _require(package: str, extra: str, purpose: str) -> None:
    if find_spec(package) is None:
        name = "faiss-cpu" if package == "faiss" else package
        raise MissingDependencyError(name, extra, purpose)


def _rows(x: Tensor, metric: str, search: str, inner: bool = False) -> NDArray[np.float32]:
    """Return the rows as numpy, of unit length for the cosine, which then is a distance."""
    if metric == "inner" and not inner:
        raise InputError(
            f"search={search!r} knows no inner product: use search='exact', 'flat', 'hnsw' or 'ivf'"
        )
    rows = normalize(x.float(), dim=1) if metric == "cosine" else x.float()
    return np.ascontiguousarray(rows.cpu().numpy())


def _without_itself(found: Found, k: int, metric: str) -> tuple[Tensor, Tensor]:
    """Return k others for each row; ``found`` holds k + 1 or more, squared distances or products.

    Where a row was found fewer than k others, its last one is repeated: graphs count it once.
    """
    index, value = torch.from_numpy(found[0].astype(np.int64)), torch.from_numpy(found[1]).float()
    n = index.shape[0]
    bad = (index == torch.arange(n)[:, None]) | (index < 0)
    score = value if metric == "inner" else -value
    if metric == "cosine":
        score = 1 + score / 2  # of unit rows, the squared distance is 2 - 2 cos
    order = torch.where(bad, -torch.inf, score).argsort(dim=1, descending=True, stable=True)[:, :k]
    index, score, bad = index.gather(1, order), score.gather(1, order), bad.gather(1, order)
    last = (~bad).sum(1, keepdim=True).clamp(min=1) - 1
    place = torch.minimum(torch.arange(k), last)
    return index.gather(1, place), score.gather(1, place)
