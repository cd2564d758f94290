"""A graph with what travels beside it: ground truth, class names, card, fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.graphs.cards import Card
from graphclust.graphs.graph import Graph
from graphclust.sparse import CSR, StreamedCSR


@dataclass(frozen=True)
class Loaded:
    """What a source holds.

    Attributes
    ----------
    graph : Graph
    y : array of int64, shape (n,), or None
        Ground truth for scoring only; -1 is a node without a class.
    class_names : sequence of str or None
        Name of class 0, 1, ...
    card : Card or None
        For a named data set.
    readings : mapping of str to callable
        Files that a run folder gets beside its own: from the labels to what is written as JSON
        under that name.
    pictures : callable or None
        Of images and clips, from the numbers of items to a small picture of each
        (:class:`graphclust.adapters.thumbnails.Thumbnail`), read when it is asked for.
    views : sequence of mappings
        Of several sources of the same items, what each is called and its weight.
    """

    graph: Graph
    y: NDArray[np.int64] | None = None
    class_names: Sequence[str] | None = None
    card: Card | None = None
    readings: Mapping[str, Callable[[NDArray[np.int64]], Any]] = field(default_factory=dict)
    pictures: Callable[[Sequence[int]], Iterator[Any]] | None = None
    views: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the graph's edges, weights and features."""
        return fingerprint(self.graph)

    @property
    def n_classes(self) -> int | None:
        """Number of classes: the card's, else that of the ground truth, else None."""
        return number_of_classes(self.card, self.y)

    def to_data(self) -> Any:
        """Return a ``torch_geometric`` Data: x, edge_index, y, name, num_classes, class_names.

        Sparse features become dense, as PyG models expect.
        """
        from torch_geometric.data import Data

        graph = self.graph
        data = Data(edge_index=graph.adj.edge_index)
        if isinstance(graph.x, CSR):
            data.x = graph.x.to_dense()
        elif graph.x is not None:
            data.x = graph.x
        else:
            data.num_nodes = graph.n_nodes
        if graph.adj.weight is not None:
            data.edge_weight = graph.adj.weight
        if self.y is not None:
            data.y = torch.from_numpy(self.y.copy())
        if graph.ids is not None:
            data.ids = list(graph.ids)
        data.name = graph.name
        for flag in ("of_rows", "of_texts", "own_space", "table"):
            if getattr(graph, flag):
                data[flag] = True
        if graph.grid is not None:
            data.grid = graph.grid
        data.num_classes = self.n_classes
        if self.class_names is not None:
            data.class_names = list(self.class_names)
        return data


def fingerprint(graph: Graph) -> str:
    """Return the SHA-256 of a graph's edges, weights and features, in hexadecimal.

    Of a graph on disk, that of the digests which its store records of them.
    """
    if isinstance(graph.adj, StreamedCSR):
        return graph.adj.digest
    digest = hashlib.sha256()
    for part in _parts(graph):
        digest.update(str(tuple(part.shape)).encode())
        digest.update(np.ascontiguousarray(part.detach().cpu().numpy()).data)
    return digest.hexdigest()


def _parts(graph: Graph) -> Iterator[Tensor]:
    for piece in (graph.adj, graph.x):
        stored = (piece.rowptr, piece.col, piece.weight) if isinstance(piece, CSR) else (piece,)
        yield from (part for part in stored if part is not None)


def number_of_classes(card: Card | None, y: NDArray[np.int64] | None) -> int | None:
    """Return the number of classes that a card tells, else that of the ground truth, else None."""
    if card is not None and card.n_classes is not None:
        return card.n_classes
    return None if y is None else int(np.unique(y[y >= 0]).size)
