"""The surroundings of some nodes: all their neighbours, a sample of them, or what walks visit."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from graphclust.graphs.part import Part, induced, table_pays
from graphclust.graphs.walks import random_walks
from graphclust.randomness import rand
from graphclust.sparse import CSR

# A fan-out that stands for all neighbours.
ALL = -1


class NeighborSampler:
    r"""Find neighbours hop by hop, of each node some or all.

    A row of c neighbours from which f are drawn (with replacement, repetitions dropped, d
    different ones left) keeps their weights times c / d. Given d, every choice of d neighbours is
    as likely as another, so that the row's sum :math:`\sum_j a_{ij} x_j` is estimated without
    bias, for whatever x.

    Parameters
    ----------
    adj : CSR, shape (n, n)
        The whole graph, on the CPU, a GPU or on disk.

    Notes
    -----
    Cost of a call O(entries found), with a logarithm where they are few beside n: of the n numbers
    that are held, a call then touches those of the nodes that it finds.

    pyg-lib's sampler (0.9) takes no part in this, though its other half does, see
    :func:`~graphclust.graphs.part.induced`. It draws from the process's one generator, and by
    remainders of 16 random bits: of a row of 40,000 neighbours the first 25,536 come twice as
    often as the others, which no weight mends. With two hops it also takes longer.

    References
    ----------
    Hamilton, Ying and Leskovec, *Inductive representation learning on large graphs*, 2017,
    arXiv:1706.02216.
    """

    def __init__(self, adj: CSR) -> None:
        self.adj = adj
        # Of a graph on disk, what is found fits into memory.
        self._kind = torch.int32 if adj.streamed else adj.col.dtype
        self._place = torch.full((adj.shape[0],), -1, dtype=self._kind, device=adj.device)

    def __call__(
        self, seeds: Tensor, fanouts: Sequence[int], generator: torch.Generator
    ) -> tuple[Tensor, Part]:
        """Return the nodes within as many hops as there are fan-outs, and the edges found.

        Parameters
        ----------
        seeds : Tensor of int64, shape (b,)
            Different nodes.
        fanouts : sequence of int
            Neighbours of each node, the seeds' first; -1 takes all of them.
        generator : torch.Generator

        Returns
        -------
        nodes : Tensor of int64, shape (m,)
            The seeds first, in their order, then hop by hop.
        part : Part, shape (m, m)
            A row holds what was found of the node's neighbours; rows of the last hop are empty.
        """
        nodes, frontier = seeds, seeds
        self._number(seeds, 0)
        counts, cols, weights, within = [], [], [], [int(seeds.numel())]
        for fanout in fanouts:
            count, entry, scale = draw_entries(self.adj, frontier, fanout, generator)
            col, weight = self.adj.entries(entry)
            new = self._new(col)
            self._number(new, int(nodes.numel()))
            nodes, frontier = torch.cat([nodes, new]), new
            within.append(int(nodes.numel()))
            counts.append(count)
            cols.append(self._place.index_select(0, col))
            if weight is None:
                weight = torch.ones(entry.numel(), device=entry.device)
            weights.append(weight if scale is None else weight * scale)
        self._place.index_fill_(0, nodes, -1)
        matrix = self._assemble(int(nodes.numel()), counts, cols, weights)
        return nodes, Part.of(matrix, self.adj.degree[nodes], tuple(within))

    def _number(self, nodes: Tensor, first: int) -> None:
        last = first + nodes.numel()
        self._place[nodes] = torch.arange(first, last, dtype=self._kind, device=nodes.device)

    def _new(self, col: Tensor) -> Tensor:
        """Return which columns have no number yet, ascending, int64."""
        n = self._place.numel()
        if not table_pays(n, col.numel()):
            new: Tensor = torch.unique(col[self._place.index_select(0, col) < 0])
            return new.long()
        found = torch.zeros(n, dtype=torch.bool, device=col.device).index_fill_(0, col.long(), True)
        return (found & (self._place < 0)).nonzero().flatten()

    def _assemble(
        self, m: int, counts: list[Tensor], cols: list[Tensor], weights: list[Tensor]
    ) -> CSR:
        device = self.adj.device
        count = torch.zeros(m + 1, dtype=torch.int64, device=device)
        found = torch.cat(counts) if counts else count[:0]
        count[1 : 1 + found.numel()] = found
        rowptr = count.cumsum(0).to(self._kind)
        col = torch.cat(cols).to(self._kind) if cols else rowptr[:0]
        weight = torch.cat(weights) if weights else self.adj.degree[:0]
        return CSR(rowptr, col, weight, (m, m))


def draw_entries(
    adj: CSR, rows: Tensor, fanout: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Return of each row at most so many entries, different ones.

    Returns
    -------
    count : Tensor of int64, shape (m,)
        How many of each row.
    entry : Tensor of int64, shape (sum of count,)
        Their positions, row by row.
    scale : Tensor or None
        Entries of the row over entries taken, for each of them; ``None`` where all were.
    """
    first, size = adj.spans(rows)
    many = size > fanout if fanout >= 0 else torch.zeros_like(size, dtype=torch.bool)
    if not bool(many.any()):
        start = torch.zeros_like(size)
        start[1:] = size.cumsum(0)[:-1]
        total = int(size.sum())
        shift = (first - start).repeat_interleave(size, output_size=total)
        return size, shift + torch.arange(total, device=rows.device), None
    # Rows of at most f entries count off 0, 1, 2 ...; the others draw f times.
    drawn = (rand(rows.numel(), fanout, generator=generator).to(rows.device) * size[:, None]).long()
    # Single precision can round a draw up to the size itself.
    drawn = torch.minimum(drawn, size[:, None] - 1).sort(dim=1).values
    off = torch.arange(fanout, device=rows.device).expand_as(drawn)
    offset = torch.where(many[:, None], drawn, off)
    again = torch.zeros_like(offset, dtype=torch.bool)
    again[:, 1:] = offset[:, 1:] == offset[:, :-1]
    keep = (offset < size[:, None]) & ~again
    count = keep.sum(dim=1)
    scale = (size / count.clamp(min=1)).float()
    return count, (first[:, None] + offset)[keep], scale.repeat_interleave(count)


def walk_surroundings(
    adj: CSR, seeds: Tensor, walks: int, length: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, CSR]:
    """Return what random walks from the seeds visit, and all edges among it.

    Parameters
    ----------
    adj : CSR, shape (n, n)
        Symmetric.
    seeds : Tensor of int64, shape (b,)
    walks, length : int
        Walks from each seed, and their steps.
    generator : torch.Generator

    Returns
    -------
    nodes : Tensor of int64, shape (m,)
        Ascending.
    place : Tensor of int64, shape (b,)
        Where the seeds are among them.
    inner : CSR, shape (m, m)

    References
    ----------
    Zeng et al., *GraphSAINT: graph sampling based inductive learning method*, 2020,
    arXiv:1907.04931.
    """
    paths = random_walks(adj, seeds.repeat_interleave(walks), length, generator)
    nodes = torch.unique(torch.cat([seeds, paths.flatten()]))
    return nodes, torch.searchsorted(nodes, seeds), induced(adj, nodes)
