"""Texts as a graph: words weighed, reduced to vectors, each text joined to its nearest ones."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.adapters.sentence_models import sentence_vectors
from graphclust.adapters.tokens import WordTable, count_words
from graphclust.adapters.top_words import clusters_in_words
from graphclust.adapters.vectors import data_of
from graphclust.adapters.views import fused
from graphclust.errors import InputError
from graphclust.graphs.graph import Graph
from graphclust.graphs.node_features import node_features
from graphclust.graphs.rows import NEIGHBORS, graph_of_rows
from graphclust.neighbors.search import Metric
from graphclust.sparse import CSR

DIMENSIONS = 64
WORDS = "tfidf"
# What is kept of a text, to show it beside its cluster.
_EXCERPT = 200
_MOST_EXCERPTS = 200_000


def from_texts(
    texts: Iterable[str],
    ids: Sequence[Hashable] | None = None,
    y: Any = None,
    *,
    vectors: Any = "tfidf",
    neighbors: int = NEIGHBORS,
    cache: bool | str | Path = True,
) -> Any:
    """Return texts with their neighbour graph, as a ``torch_geometric`` Data.

    Parameters
    ----------
    texts : iterable of str
        Documents, sentences or titles, of any language. An iterator is met once, and only what
        its words are is kept.
    ids : sequence of hashables, optional
        Names of the texts; their numbers otherwise.
    y : sequence, optional
        Known classes, for scoring only.
    vectors : "tfidf", str or matrix of shape (n, f)
        Words weighed by tf-idf and reduced to 64 latent semantic directions, with nothing to
        download; or the name or folder of a sentence-transformers model (extra ``text``);
        ``"tfidf+MODEL"`` for both; or vectors of your own.
    neighbors : int
        Neighbours of each text.
    cache : bool or path
        A model's vectors are kept in the user's cache folder (or the one named) by what the texts
        and its weights are; ``False`` keeps nothing.

    Returns
    -------
    torch_geometric.data.Data
        ``x`` (unit rows), ``edge_index``, ``edge_weight``, ``ids`` and ``y`` as given.

    Raises
    ------
    InputError
        If there are no texts or no common words, or sizes do not fit.
    MissingDependencyError
        If a model is named and sentence-transformers is not installed.

    Notes
    -----
    Words are sequences of two or more letters and digits; in scripts without spaces, pairs of
    characters. Words of more than half of the texts say nothing and are left out, which stands in
    for lists of stop words. Memory and time are linear in the texts' different words.

    With ``"tfidf+MODEL"`` texts are two views, what they say and in which words, which count the
    same: their neighbour graphs are added and their vectors stand side by side, as
    :func:`~graphclust.adapters.from_views` does it. A model of sentences knows what means the
    same, words know names that it never met; where words alone find little, the model alone is
    the better one. That both count the same is **tuned**: scores on StackOverflow's titles and
    BBC News were in view.

    Examples
    --------
    >>> texts = ["the cat sat", "a cat and a dog", "stocks fell today", "stocks and bonds fell"]
    >>> from_texts(texts, neighbors=1).num_nodes
    4

    References
    ----------
    Deerwester et al., *Indexing by latent semantic analysis*, 1990.
    """
    read = read_texts(texts, vectors, cache=cache)
    return data_of(read.graph(ids, "texts", read.notes, neighbors), y)


@dataclass
class TextVectors:
    """Texts, read.

    Attributes
    ----------
    views : sequence of Tensor or CSR, each of shape (n, f)
        Vectors of one kind or several; of several the graphs are added.
    words : WordTable
    excerpts : list of str
        How each text begins; of more than 200,000 texts none is kept.
    notes : tuple of str
    own_space : bool
        Whether the vectors were made of these texts together.
    metric : str or None
        Unit vectors are compared by their cosine, however few words there are: what is nearest to
        a text without words is none other, not those that lack words too.
    """

    views: tuple[Tensor | CSR, ...]
    words: WordTable
    excerpts: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    own_space: bool = False
    metric: Metric | None = "cosine"

    @property
    def n_texts(self) -> int:
        """Number of texts."""
        return int(self.views[0].shape[0])

    def graph(
        self,
        ids: Sequence[Hashable] | None,
        name: str,
        notes: tuple[str, ...],
        neighbors: int = NEIGHBORS,
    ) -> Graph:
        """Return the texts' neighbour graph."""
        graphs = [
            graph_of_rows(
                x, ids, name, notes, neighbors, metric=self.metric, own_space=self.own_space
            )
            for x in self.views
        ]
        graph = replace(graphs[0], of_texts=True)
        if len(graphs) == 1:
            return graph
        adj, x, _ = fused(graphs, [1 / len(graphs)] * len(graphs))
        told = (*notes, *(g.notes[-1] for g in graphs), "these graphs are added, each as much")
        return replace(graph, adj=adj, x=x, notes=told)

    def reading(self, ids: Sequence[Hashable] | None) -> Any:
        """Return the function from labels to what is told of each cluster in words."""

        def words_of_clusters(labels: NDArray[np.int64]) -> dict[str, list[dict[str, Any]]]:
            return clusters_in_words(self.words, labels, self.excerpts, ids)

        return words_of_clusters


def read_texts(
    texts: Iterable[str],
    vectors: Any = "tfidf",
    name: str = "the list of texts",
    cache: bool | str | Path = True,
) -> TextVectors:
    """Return the vectors of texts with the words and beginnings that clusters are told by."""
    if isinstance(texts, str):
        raise InputError("texts is one string: give a list of them, a text an item")
    excerpts: list[str] = []
    if isinstance(vectors, str) and vectors != WORDS:
        model = vectors.removeprefix(f"{WORDS}+")
        if not model:
            raise InputError(f"vectors={vectors!r} names no model behind the +")
        kept = list(_checked(texts))
        words = count_words(_excerpted(kept, excerpts), name)
        x, how = sentence_vectors(kept, model, cache)
        if model == vectors:
            return TextVectors((x,), words, excerpts, (how,))
        del kept
        latent, note = _latent(words)
        return TextVectors((x, latent), words, excerpts, (how, note), own_space=True)
    words = count_words(_excerpted(_checked(texts), excerpts), name)
    if isinstance(vectors, str):
        x, note = _latent(words)
        return TextVectors((x,), words, excerpts, (note,), own_space=True)
    own = node_features(vectors, words.counts.shape[0], "vectors")
    if own is None:
        raise InputError("vectors is None or has no column: give a row for each text")
    return TextVectors((own,), words, excerpts, ("vectors as given",), metric=None)


def _latent(words: WordTable) -> tuple[Tensor, str]:
    """Return unit rows of the leading latent semantic directions of tf-idf, and a note."""
    from sklearn.decomposition import TruncatedSVD

    table = words.weights()
    dim = min(DIMENSIONS, min(table.shape))
    if dim < 2:
        found = table.toarray()  # of one text, or of one word, there is nothing to reduce
    else:
        # Seeded apart from the fit: the same texts have the same vectors, whatever its seed. Its
        # shares of the variance, which nobody reads here, are 0 / 0 where all texts are the same.
        with np.errstate(invalid="ignore"):
            found = TruncatedSVD(dim, random_state=0).fit_transform(table)
    dim = found.shape[1]
    x = torch.nn.functional.normalize(torch.from_numpy(found).float(), dim=1)
    empty = int((words.counts.indptr[1:] == words.counts.indptr[:-1]).sum())
    note = f"{table.shape[0]} texts, {len(words.words)} words, {dim} latent directions of tf-idf"
    if empty:
        note += f"; {empty} texts have none of these words"
    return x, note


def _checked(texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"text {number} is a {type(text).__name__}: give strings")
        yield text


def _excerpted(texts: Iterable[str], excerpts: list[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        if number < _MOST_EXCERPTS:
            excerpts.append(" ".join(text[: 2 * _EXCERPT].split())[:_EXCERPT])
        elif number == _MOST_EXCERPTS:
            excerpts.clear()
        yield text
