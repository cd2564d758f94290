"""Weisfeiler and Lehman's colours, counted: an encoder of graphs with nothing to learn."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.base import Encoder
from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import UnitRows
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.graphs.blocks import Blocks
from graphclust.sparse import CSR

# Odd constants with well mixed bits, for arithmetic modulo 2**64.
_A, _B, _C = -7046029254386353131, -4265267296055464877, 7664345821815920749


class WeisfeilerLehman(Encoder, name="weisfeiler_lehman", register=False):
    r"""Count the subtree patterns of each graph; unit rows, their leading directions.

    A node's colour is its features (or its degree); round by round it becomes a number for its
    colour and the multiset of its neighbours' colours. A graph is the histogram of all colours of
    all rounds, scaled to unit length and reduced to its leading singular directions.

    Parameters
    ----------
    rounds : int
    dim : int
        Directions; columns of zeros where there are fewer.

    Notes
    -----
    Colours are hashes of 64 bits: a sum of hashes stands for a multiset. Only columns of zeros and
    ones are read as colours, since equal measurements are rare. Patterns that the training did not
    see are not counted. Cost O(rounds |E|) and that of the decomposition.

    References
    ----------
    Shervashidze et al., *Weisfeiler-Lehman graph kernels*, 2011 (JMLR).
    """

    def __init__(self, rounds: int = 3, dim: int = 64) -> None:
        super().__init__()
        self.rounds, self.dim = rounds, dim
        self.register_buffer("known", None)
        self.register_buffer("projection", None)

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Settle the width."""
        self.out_channels = self.dim
        return self

    def adapt(self, x: Features, adj: CSR, generator: torch.Generator) -> None:
        """Learn which patterns there are, and the leading directions of their histograms."""
        blocks = _blocks(adj)
        colours = wl_colours(x, blocks, self.rounds)
        self.known = torch.cat([torch.unique(c) for c in colours])  # type: ignore[no-untyped-call]
        histogram = self._histogram(colours, blocks)
        rows = UnitRows()(histogram, adj)
        reduce = Reduce(min(self.dim, *histogram.shape)).fit(rows, adj, generator)
        self.projection = reduce.projection

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the reduced histograms, shape (g, dim)."""
        blocks = _blocks(adj)
        histogram = self._histogram(wl_colours(x, blocks, self.rounds), blocks)
        rows = UnitRows()(histogram, adj)
        out = Reduce(self.dim)
        out.projection = self.projection
        z = out(rows, adj)
        assert isinstance(z, Tensor)
        return torch.nn.functional.pad(z, (0, self.dim - z.shape[1]))

    def _histogram(self, colours: list[Tensor], adj: Blocks) -> CSR:
        known: Tensor = self.known  # type: ignore[assignment]
        return wl_histogram(colours, adj, known)


def wl_colours(x: Features, adj: Blocks, rounds: int) -> list[Tensor]:
    """Return every node's colour after 0, 1, ... rounds, int64 of shape (n,) each."""
    marks = _marks(x, adj)
    weights = torch.arange(1, marks.shape[1] + 1, device=marks.device)
    colour = _mixed((marks.long() * _mixed(weights)).sum(dim=1))
    out = [colour]
    row, col = adj.row.long(), adj.col.long()
    for index in range(rounds):
        around = torch.zeros_like(colour).index_add_(0, row, _mixed(colour * _B)[col])
        colour = _mixed(colour * _A + around + index + 1)
        out.append(colour)
    return out


def wl_histogram(colours: list[Tensor], adj: Blocks, known: Tensor) -> CSR:
    """Return how often each graph has each known colour, shape (g, m); ``known`` by rounds.

    Colours of different rounds differ, so that one table serves all of them.
    """
    table, order = known.sort()
    rows, columns = [], []
    for colour in colours:
        at = torch.searchsorted(table, colour).clamp(max=table.numel() - 1)
        there = table[at] == colour
        rows.append(adj.graph_of[there])
        columns.append(order[at[there]])
    m = int(known.numel())
    key, count = torch.unique(  # type: ignore[no-untyped-call]
        torch.cat(rows) * m + torch.cat(columns), return_counts=True
    )
    return CSR.from_edges(key // m, key % m, count.float(), (adj.n_graphs, m))


def _marks(x: Features, adj: Blocks) -> Tensor:
    dense = x.to_dense() if isinstance(x, CSR) else x
    binary = ((dense == 0) | (dense == 1)).all(dim=0)
    if not bool(binary.any()):
        return adj.counts[:, None]
    return dense[:, binary]


def _mixed(value: Tensor) -> Tensor:
    """Return numbers whose every bit depends on every bit of the given ones."""
    value = (value ^ _shifted(value, 30)) * _B
    value = (value ^ _shifted(value, 27)) * _C
    return value ^ _shifted(value, 31)


def _shifted(value: Tensor, bits: int) -> Tensor:
    # A shift of signed numbers brings copies of the sign in, which the mask takes away.
    return (value >> bits) & ((1 << (64 - bits)) - 1)


def _blocks(adj: CSR) -> Blocks:
    if not isinstance(adj, Blocks):
        raise InputError(
            "weisfeiler_lehman counts patterns of whole graphs, and one graph was given: use "
            "GraphClusterer on a list of graphs"
        )
    return adj
