"""A batch: some nodes of a graph, what an encoder sees of their surroundings, and the odds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from graphclust.graphs.graph import Features, Graph
from graphclust.graphs.part import induced
from graphclust.sparse import CSR


@dataclass(frozen=True)
class Draw:
    r"""How a batch was drawn: q of P parts of the nodes, every choice of q as likely as another.

    Nodes that were drawn one by one are parts of one node each. Then a node is in a batch with
    probability q / P, so is a pair of nodes of one part, and a pair of nodes of two parts with
    probability q (q - 1) / (P (P - 1)). Sums in which every term is divided by its probability
    are unbiased (Horvitz and Thompson, *A generalization of sampling without replacement from a
    finite universe*, 1952).

    Attributes
    ----------
    parts, drawn : int
        P and q; q of 2 at least unless it is P.
    part : Tensor of int64, shape (b,)
        The part of each node, numbered from 0 to q - 1 within the batch.
    """

    parts: int
    drawn: int
    part: Tensor

    @property
    def node_weight(self) -> float:
        """One over the probability that a node is in the batch."""
        return self.parts / self.drawn

    @property
    def pair_weight(self) -> float:
        """One over the probability that two nodes of two parts are in the batch."""
        if self.drawn == self.parts:
            return 1.0
        return self.parts * (self.parts - 1) / (self.drawn * (self.drawn - 1))

    def weight_of(self, pairs: CSR) -> Tensor:
        """Return one over the odds of each pair of different nodes, shape (nnz,)."""
        same = self.part[pairs.row.long()] == self.part[pairs.col.long()]
        return torch.where(same, self.node_weight, self.pair_weight)


@dataclass(frozen=True)
class Batch:
    """Some nodes of a graph for one step.

    Attributes
    ----------
    whole : Graph
    nodes : Tensor of int64, shape (b,)
        The batch's nodes in the whole graph, ascending.
    surroundings : Graph
        What the encoder reads: the batch's nodes and others about them.
    place : slice, or Tensor of int64 of shape (b,)
        Where the batch's nodes are in the surroundings.
    draw : Draw
    corrupted : callable
        Returns the rows of the surroundings as they are where features are shuffled among all
        nodes.
    """

    whole: Graph
    nodes: Tensor
    surroundings: Graph
    place: slice | Tensor
    draw: Draw
    corrupted: Callable[[], Features]

    @cached_property
    def edges(self) -> CSR:
        """The edges among the batch's nodes, shape (b, b)."""
        return induced(self.whole.adj, self.nodes)

    @cached_property
    def edges_over_odds(self) -> CSR:
        """The same, each weight over the odds of its pair of nodes."""
        return self.edges.with_weight(self.edges.values * self.draw.weight_of(self.edges))
