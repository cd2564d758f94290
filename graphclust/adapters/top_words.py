"""What clusters of texts are about: their words, and the texts that stand for them."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphclust.adapters.tokens import WordTable

# In the run folder.
WORDS_FILE = "words.json"
_WORDS, _TEXTS = 10, 3


def top_words(words: WordTable, labels: NDArray[np.int64], most: int = _WORDS) -> list[list[str]]:
    r"""Return the words of each cluster that tell it from the others, best first.

    Class-based tf-idf, times how much more frequent a word is in the cluster than anywhere: of
    cluster c and word w, with all its texts taken as one,

    .. math:: \frac{f_{cw}}{\sum_v f_{cv}} \ln\Big(1 + \frac{a}{\sum_b f_{bw}}\Big)
        \max\Big(0, \ln\frac{p(w \mid c)}{p(w)}\Big)

    a being the mean number of words of a cluster.

    Parameters
    ----------
    words : WordTable
    labels : array of int, shape (n,)
        Clusters 0 .. k-1; -1 is none.
    most : int

    Returns
    -------
    list of k lists of str
        Empty for a cluster without members.

    Notes
    -----
    Cost O(nnz + k words). The last factor is not in the paper: words such as "the", which all
    clusters have alike, would otherwise stand first, as no list of stop words is used.

    References
    ----------
    Grootendorst, *BERTopic: neural topic modeling with a class-based TF-IDF procedure*, 2022,
    arXiv:2203.05794.

    Examples
    --------
    >>> from graphclust.adapters.tokens import count_words
    >>> table = count_words(["red fox", "red hen", "blue sea", "blue sky"])
    >>> top_words(table, np.array([0, 0, 1, 1]), most=1)
    [['red'], ['blue']]
    """
    frequency = (_members(labels).T @ words.counts).toarray()
    total = frequency.sum(1)
    mean = total.mean() if total.size else 0.0
    weight = np.log1p(mean / np.maximum(frequency.sum(0), 1e-12))
    share = frequency / np.maximum(total, 1e-12)[:, None]
    anywhere = frequency.sum(0) / max(float(total.sum()), 1e-12)
    lift = np.log(np.maximum(share / np.maximum(anywhere, 1e-12), 1.0))
    score = share * weight * lift
    order = np.argsort(-score, axis=1, kind="stable")[:, :most]
    return [[words.words[int(w)] for w in row if score[c, w] > 0] for c, row in enumerate(order)]


def representative_texts(
    words: WordTable, labels: NDArray[np.int64], most: int = _TEXTS
) -> list[list[int]]:
    """Return the numbers of the texts that lie nearest to the mean of their cluster, first best.

    Parameters and cost as for :func:`top_words`.
    """
    weights = words.weights()
    member = _members(labels)
    mean = (member.T @ weights).toarray()
    mean /= np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-12)
    out = []
    for cluster in range(member.shape[1]):
        rows = np.flatnonzero(labels == cluster)
        nearness = weights[rows] @ mean[cluster]
        out.append(rows[np.argsort(-nearness, kind="stable")[:most]].tolist())
    return out


def clusters_in_words(
    words: WordTable,
    labels: NDArray[np.int64],
    excerpts: Sequence[str] = (),
    ids: Sequence[Hashable] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Return what ``words.json`` holds: for each cluster its size, words and texts."""
    out = []
    named = zip(top_words(words, labels), representative_texts(words, labels), strict=True)
    for cluster, (told, rows) in enumerate(named):
        texts = [
            {"id": str(i if ids is None else ids[i]), "text": excerpts[i] if excerpts else ""}
            for i in rows
        ]
        size = int((labels == cluster).sum())
        out.append({"cluster": cluster, "size": size, "words": told, "texts": texts})
    return {"clusters": out}


def _members(labels: NDArray[np.int64]) -> Any:
    labels = np.asarray(labels)
    at = np.flatnonzero(labels >= 0)
    k = int(labels.max(initial=-1)) + 1
    one = np.ones(at.size, dtype=np.float32)
    return sp.csr_array((one, (at, labels[at])), shape=(labels.size, k))
