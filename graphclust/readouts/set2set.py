"""Set2Set: a small recurrent network that asks the nodes again and again."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.base import Linear
from graphclust.graphs.blocks import Blocks
from graphclust.readouts.base import Readout
from graphclust.sparse import edge_softmax, segment_sum, to_edges


class Set2Set(Readout, name="set2set"):
    r"""Attend to the nodes with a query that remembers what it found.

    .. math::
        q_t = \mathrm{LSTM}(q^*_{t-1}), \quad
        r_t = \sum_{i \in g} \mathrm{softmax}_g(h_i^\top q_t)_i \, h_i, \quad
        q^*_t = q_t \Vert r_t

    Parameters
    ----------
    steps : int
        Rounds of asking; the last :math:`q^*` is the vector, twice as wide as a node's.

    Notes
    -----
    Cost O(steps (n d + g d²)).

    References
    ----------
    Vinyals, Bengio and Kudlur, *Order matters: sequence to sequence for sets*, 2016,
    arXiv:1511.06391.
    """

    def __init__(self, steps: int = 3) -> None:
        super().__init__()
        self.steps = steps

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the gates of the recurrent cell."""
        self.from_answer = Linear(2 * in_channels, 4 * in_channels, generator)
        self.from_memory = Linear(in_channels, 4 * in_channels, generator, bias=False)
        self.out_channels = 2 * in_channels
        return self

    def forward(self, h: Tensor, adj: Blocks) -> Tensor:
        """Return the last query and answer, shape (g, 2 d)."""
        g, d = adj.n_graphs, h.shape[1]
        query, cell = h.new_zeros(g, d), h.new_zeros(g, d)
        answer = h.new_zeros(g, 2 * d)
        for _ in range(self.steps):
            gates = (self.from_answer(answer) + self.from_memory(query)).chunk(4, dim=1)
            keep, take, give = (gate.sigmoid() for gate in gates[:3])
            cell = keep * cell + take * torch.tanh(gates[3])
            query = give * torch.tanh(cell)
            scores = (h * to_edges(adj.members, query)).sum(dim=1)
            weights = edge_softmax(adj.members, scores)
            found = segment_sum(adj.members, h * weights[:, None])
            answer = torch.cat([query, found], dim=1)
        return torch.where(adj.sizes[:, None] > 0, answer, 0.0)
