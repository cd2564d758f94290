"""The batches of an epoch: how nodes are drawn, and what of the graph goes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial

import torch
from torch import Tensor

from graphclust.encoders.decoupled import Decoupled
from graphclust.encoders.in_blocks import by_columns
from graphclust.graphs import Features, Graph
from graphclust.graphs.batch import Batch, Draw
from graphclust.graphs.neighborhoods import NeighborSampler, walk_surroundings
from graphclust.graphs.part import induced
from graphclust.graphs.share import share_of
from graphclust.ondisk import StoredRows
from graphclust.randomness import make_generator, randperm, spawn_seed
from graphclust.sparse import CSR

# From nodes, ascending, to all nodes that the encoder sees, the edges among these, and where the
# first are among them.
Around = Callable[[Tensor, torch.Generator], tuple[Tensor, CSR, slice | Tensor]]
RowsAt = Callable[[slice, Tensor], Tensor]


class BatchDraws:
    """Gives the batches of one epoch after another."""

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Yield the batches of an epoch, each drawn and found when it is asked for.

        They may be asked for by another thread than the one that works on them: after the first,
        the generator is left to those who do, and what else is drawn has one of its own.
        """
        raise NotImplementedError


class _Epoch:
    """Makes the batches of one epoch, whose features are shuffled once, if that is asked for."""

    def __init__(self, graph: Graph, around: Around, generator: torch.Generator) -> None:
        self.graph, self.around, self.generator = graph, around, generator
        self.ahead = make_generator(spawn_seed(generator), generator.device)

    @cached_property
    def shuffled(self) -> Tensor:
        """Whose features each node has where they are shuffled among all nodes."""
        return randperm(self.graph.n_nodes, self.generator).to(self.graph.adj.device)

    def batch(self, nodes: Tensor, draw: Draw) -> Batch:
        """Return a batch of nodes, ascending, in their surroundings."""
        found, adj, place = self.around(nodes, self.ahead)
        assert self.graph.x is not None
        x = self.graph.x
        around = Graph(adj, take_rows(x, found), name=self.graph.name)
        return Batch(
            self.graph, nodes, around, place, draw, lambda: take_rows(x, self.shuffled[found])
        )


class NodeByNode(BatchDraws):
    """All nodes in random order, cut into batches of even size."""

    def __init__(self, graph: Graph, size: int, around: Around) -> None:
        self.graph, self.around = graph, around
        self.number = max(1, -(-graph.n_nodes // size))

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Yield the batches of an epoch."""
        n, epoch = self.graph.n_nodes, _Epoch(self.graph, self.around, generator)
        order = randperm(n, generator).to(self.graph.adj.device)
        for chosen in order.tensor_split(self.number):
            nodes = chosen.sort().values
            own = torch.arange(nodes.numel(), device=nodes.device)
            yield epoch.batch(nodes, Draw(n, nodes.numel(), own))


class PartByPart(BatchDraws):
    """All parts in random order, several to a batch."""

    def __init__(self, graph: Graph, labels: Tensor, drawn: int, around: Around) -> None:
        self.graph, self.drawn, self.around = graph, drawn, around
        self.labels = labels.to(graph.adj.device)
        self.size = torch.bincount(self.labels)
        self.order = self.labels.argsort(stable=True)
        self.start = self.size.cumsum(0) - self.size

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Yield the batches of an epoch."""
        parts, device = int(self.size.numel()), self.labels.device
        epoch = _Epoch(self.graph, self.around, generator)
        order = randperm(parts, generator).to(device)
        for chosen in order.tensor_split(max(1, parts // self.drawn)):
            count = self.size[chosen]
            shift = (self.start[chosen] - (count.cumsum(0) - count)).repeat_interleave(count)
            nodes = self.order[shift + torch.arange(shift.numel(), device=device)].sort().values
            number = torch.zeros(parts, dtype=torch.int64, device=device)
            number[chosen] = torch.arange(chosen.numel(), device=device)
            draw = Draw(parts, chosen.numel(), number[self.labels[nodes]])
            yield epoch.batch(nodes, draw)


class RowByRow(BatchDraws):
    """All nodes in random order, cut into batches of even size, each seen by itself.

    What a batch has in place of features are its rows of the propagated ones. Where these are on
    disk they are written once an epoch in its order, so that a batch reads consecutive rows. Where
    ranks share the graph, each propagates its own nodes' rows and has those of every batch.
    """

    def __init__(self, graph: Graph, encoder: Decoupled, size: int) -> None:
        self.graph, self.encoder = graph, encoder
        self.number = max(1, -(-graph.n_nodes // size))
        self.share = None if graph.ranks is None else share_of(graph)
        own = graph if self.share is None else self.share.graph
        assert own.x is not None
        self.table = encoder.propagated(own.x, own.adj)

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Yield the batches of an epoch; their corruption is drawn when one is first asked."""
        n, device = self.graph.n_nodes, self.graph.adj.device
        batches = randperm(n, generator).to(device).tensor_split(self.number)
        order = torch.cat([chosen.sort().values for chosen in batches])
        own = self._in_order(self.table, order)
        corrupted: list[RowsAt] = []

        def corruption(at: slice, place: Tensor) -> Tensor:
            if not corrupted:
                table = self._shuffled(randperm(n, generator).to(device))
                corrupted.append(self._in_order(table, order))
            return corrupted[0](at, place)

        start = 0
        for drawn in map(len, batches):
            at = slice(start, start + drawn)
            start += drawn
            nodes = place = order[at]
            if self.share is not None:
                # What is fetched from other ranks has a place as well, beyond the own rows.
                place = self.share.rows.halo.place[nodes]
                here = (place >= 0) & (place < self.table.shape[0])
                nodes, place = nodes[here], place[here]
            b = nodes.numel()
            rowptr = torch.zeros(b + 1, dtype=torch.int32, device=device)
            alone = CSR(rowptr, rowptr[:0], None, (b, b), symmetric=True)
            rows = Graph(alone, own(at, place), name=self.graph.name)
            draw = Draw(n, drawn, torch.arange(b, device=device))
            around = rows, slice(None), draw
            yield Batch(self.graph, nodes, *around, partial(corruption, at, place))

    def _shuffled(self, random: Tensor) -> Tensor | StoredRows:
        x = self.graph.x
        assert x is not None
        if self.share is None:
            return self.encoder.propagated(x, self.graph.adj, random)
        assert isinstance(x, Tensor)
        return self.encoder.propagated(x[random[self.share.own]], self.share.rows)

    def _in_order(self, table: Tensor | StoredRows, order: Tensor) -> RowsAt:
        """Return what gives the rows at places of an order, which are these of the table."""
        if isinstance(table, Tensor):
            return lambda at, place: table.index_select(0, place)
        laid = by_columns(lambda columns, _: columns[order], table, self.graph.adj)
        return lambda at, place: laid[at]


def with_neighbors(graph: Graph, fanouts: Sequence[int]) -> Around:
    """Return what finds some or all neighbours of nodes, hop by hop."""
    sampler = NeighborSampler(graph.adj)

    def around(nodes: Tensor, generator: torch.Generator) -> tuple[Tensor, CSR, slice | Tensor]:
        return *sampler(nodes, fanouts, generator), slice(0, nodes.numel())

    return around


def among_walks(graph: Graph, walks: int, length: int) -> Around:
    """Return what finds the nodes that walks from nodes visit, and all edges among them."""

    def around(nodes: Tensor, generator: torch.Generator) -> tuple[Tensor, CSR, slice | Tensor]:
        found, own, inner = walk_surroundings(graph.adj, nodes, walks, length, generator)
        return found, inner, own

    return around


def alone(graph: Graph) -> Around:
    """Return what takes nodes by themselves, with the edges among them."""
    return lambda nodes, generator: (nodes, induced(graph.adj, nodes), slice(None))


def take_rows(x: Features, nodes: Tensor) -> Features:
    """Return rows of features by number, wherever the features are."""
    if isinstance(x, CSR):
        return x.take_rows(nodes)
    return x.index_select(0, nodes) if isinstance(x, Tensor) else x[nodes]
