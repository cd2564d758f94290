"""The graph that every method sees: adjacency and features, and never a label."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from graphclust.ranks import Ranks
from graphclust.sparse import CSR

Features = Tensor | CSR


@dataclass(frozen=True)
class Graph:
    """One graph, ready for message passing.

    Labels have no place in it: ground truth travels beside it, to the score alone, so that
    nothing that trains or selects can read them.

    Attributes
    ----------
    adj : CSR, shape (n, n)
        Symmetric, non-negative, no self-loops, no duplicate entries; each undirected edge is
        stored in both directions.
    x : Tensor of float32, shape (n, f), or CSR of that shape, or None
        Node features, dense or sparse.
    ids : sequence of hashables or None
        The user's own name for each node; ``None`` stands for 0 .. n-1.
    directed : CSR or None
        The adjacency before it was symmetrised, for methods that read direction.
    name : str
        What the graph is called in messages and reports.
    notes : tuple of str
        What was changed on the way in (duplicates merged, self-loops dropped ...), in words.
    table : bool
        Whether it stands for a table: the edges are the kNN graph of the rows of ``x``, which a
        fitted model keeps, so that new rows find their neighbours among them.
    own_space : bool
        Whether the features were made of these items together (words weighed by how many texts
        have them, columns standardised), so that those of other items mean something else.
    of_rows : bool
        Whether the edges are a neighbour graph of vectors: the default method reads such graphs
        in another way than those that somebody observed.
    of_texts : bool
        Whether the items are texts, whose clusters lie along broad directions of their vectors
        rather than in dense places: the default method then reads the vectors more than the edges.
    ranks : Ranks or None
        The processes that share the work on it, each of which has all of it.
    grid : (int, int, int) or None
        Channels, height and width, where a row of ``x`` is a picture laid out in this order.
    """

    adj: CSR
    x: Features | None = None
    ids: Sequence[Hashable] | None = None
    directed: CSR | None = None
    name: str = "graph"
    notes: tuple[str, ...] = field(default=())
    table: bool = False
    of_rows: bool = False
    own_space: bool = False
    of_texts: bool = False
    ranks: Ranks | None = None
    grid: tuple[int, int, int] | None = None

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return self.adj.shape[0]

    @property
    def n_edges(self) -> int:
        """Number of undirected edges."""
        return self.adj.nnz // 2

    @property
    def n_features(self) -> int:
        """Width of the features, 0 without any."""
        return 0 if self.x is None else int(self.x.shape[1])

    @property
    def node_ids(self) -> Sequence[Hashable]:
        """The user's ids, or ``range(n)``."""
        return range(self.n_nodes) if self.ids is None else self.ids

    @property
    def n_items(self) -> int:
        """Number of what is clustered: the nodes."""
        return self.n_nodes

    @property
    def item_ids(self) -> Sequence[Hashable]:
        """The user's ids of what is clustered: those of the nodes."""
        return self.node_ids

    def to(self, device: torch.device | str) -> Graph:
        """Return the graph with its tensors on another device."""
        x = None if self.x is None else self.x.to(device)
        directed = None if self.directed is None else self.directed.to(device)
        return replace(self, adj=self.adj.to(device), x=x, directed=directed)
