"""Batches of whole graphs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import torch

from graphclust.encoders import Encoder
from graphclust.errors import InputError
from graphclust.graphs import Features, Graph
from graphclust.graphs.batch import Batch, Draw
from graphclust.graphs.graph_set import GraphSet
from graphclust.randomness import randperm
from graphclust.sparse import CSR
from graphclust.training.batch_draws import BatchDraws
from graphclust.training.batches import Batches


class Graphs(Batches, name="graphs"):
    """Graphs drawn one by one, each whole.

    Parameters
    ----------
    size : int
        Graphs of a batch.
    prefetch : bool, optional
        Whether a second thread makes the next batch; see
        :class:`~graphclust.training.batches.Batches`.

    Notes
    -----
    **The embedding is exact**: no edge leads out of a graph. What an epoch costs does not depend
    on the size of a batch, what a step needs in memory is that of its graphs.
    """

    def __init__(self, size: int = 128, prefetch: bool | None = None) -> None:
        self.size, self.prefetch = size, prefetch

    def draws(self, graph: Graph, encoder: Encoder, seed: int) -> BatchDraws:
        """Return what gives the batches of an epoch."""
        if not isinstance(graph, GraphSet):
            raise InputError(
                f"{graph.name} is one graph, and batches of kind 'graphs' are of many: take "
                "training.Neighbors() for its nodes"
            )
        return GraphByGraph(graph, self.size)


class GraphByGraph(BatchDraws):
    """All graphs in random order, cut into batches of even size."""

    def __init__(self, graphs: GraphSet, size: int) -> None:
        self.graphs = graphs
        self.number = max(1, -(-graphs.n_items // size))

    def epoch(self, generator: torch.Generator) -> Iterator[Batch]:
        """Yield the batches of an epoch."""
        g, device = self.graphs.n_items, self.graphs.adj.device
        for chosen in randperm(g, generator).to(device).tensor_split(self.number):
            b = int(chosen.numel())
            draw = Draw(g, b, torch.arange(b, device=device))
            some = self.graphs.choose(chosen)
            corrupted = partial(_shuffled, some, generator)
            yield Batch(self.graphs, chosen, some, slice(None), draw, corrupted)


def _shuffled(graphs: GraphSet, generator: torch.Generator) -> Features:
    """Return the features shuffled among the nodes of all of these graphs."""
    assert graphs.x is not None
    order = randperm(graphs.n_nodes, generator).to(graphs.adj.device)
    return graphs.x.take_rows(order) if isinstance(graphs.x, CSR) else graphs.x[order]
