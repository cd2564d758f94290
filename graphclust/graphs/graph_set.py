"""Many graphs as one: their disjoint union, with the boundaries kept."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from graphclust.graphs.blocks import Blocks
from graphclust.graphs.graph import Graph
from graphclust.sparse import CSR


@dataclass(frozen=True)
class GraphSet(Graph):
    """Graphs to be clustered whole: nodes and edges of all of them, one graph after the other.

    Attributes
    ----------
    adj : Blocks, shape (n, n)
        One block a graph.
    x : Tensor of float32, shape (n, f), or None
    items : sequence of hashables or None
        The user's name for each graph; ``None`` stands for 0 .. g-1.
    smiles : tuple of str or None
        What each graph was read from, where they are molecules.
    """

    adj: Blocks
    items: Sequence[Hashable] | None = None
    smiles: tuple[str, ...] | None = None

    @property
    def n_items(self) -> int:
        """Number of graphs."""
        return self.adj.n_graphs

    @property
    def item_ids(self) -> Sequence[Hashable]:
        """The user's names of the graphs, or ``range(g)``."""
        return range(self.n_items) if self.items is None else self.items

    @property
    def edge_channels(self) -> int:
        """Number of features of an edge, 0 without any."""
        return 0 if self.adj.edge_attr is None else int(self.adj.edge_attr.shape[1])

    def choose(self, graphs: Tensor) -> GraphSet:
        """Return some of the graphs, by their numbers (int64, shape (b,)), in that order."""
        nodes, adj = self.adj.choose(graphs.to(self.adj.device))
        if isinstance(self.x, CSR):
            x: Tensor | CSR | None = self.x.take_rows(nodes)
        else:
            x = None if self.x is None else self.x.index_select(0, nodes)
        numbers = graphs.tolist()
        ids = self.item_ids
        smiles = None if self.smiles is None else tuple(self.smiles[i] for i in numbers)
        return replace(self, adj=adj, x=x, items=[ids[i] for i in numbers], smiles=smiles)

    def __len__(self) -> int:
        return self.n_items

    def __getitem__(self, number: int) -> Graph:
        """Return one graph by itself."""
        if not -len(self) <= number < len(self):
            raise IndexError(number)
        one = self.choose(torch.tensor([number % len(self)]))
        adj = CSR(one.adj.rowptr, one.adj.col, one.adj.weight, one.adj.shape, symmetric=True)
        return Graph(adj, one.x, name=f"{self.name}[{one.item_ids[0]}]")
