"""MAGI: contrast the nodes that random walks visit together with all others."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.graphs.walks import random_walks
from graphclust.objectives.base import Dims, InBatches, Objective, Split
from graphclust.objectives.log_partition import log_partition, shared_negatives
from graphclust.objectives.step import Step
from graphclust.sparse import CSR, sddmm, segment_sum

Positives = Literal["frequent", "visited"]


class Covisit(Objective, name="covisit"):
    r"""Contrast the nodes that walks from a node visit with all others (MAGI).

    .. math::
        \mathcal L = -\tau \sum_i \frac{w_i}{|\mathcal M_i|} \sum_{j \in \mathcal M_i}
            \log \frac{e^{\langle h_i, h_j \rangle / \tau}}
                      {\sum_{k \ne i} e^{\langle h_i, h_k \rangle / \tau}}

    with h the embedding's rows shifted and scaled to [0, 1], then to unit length.

    Parameters
    ----------
    temperature : float
        :math:`\tau`.
    walks, length : int
        Walks from each node and their number of steps.
    negatives : int or None
        Nodes drawn in each step to stand for all others; ``None`` takes all of them.
    positives : "frequent" or "visited"
        :math:`\mathcal M_i`. Frequent: the others that walks from i visit at least as often as the
        mean node they visit, on the graph with self-loops, those where a sampled modularity
        matrix is positive; nodes weigh the same, :math:`w_i = 1 / n`. Visited: every node that
        walks on the graph as it is come to, i itself among them; pairs weigh the same,
        :math:`w_i = |\mathcal M_i| / \sum_l |\mathcal M_l|`.

    Notes
    -----
    Cost O(n m d + n walks length) for m negatives. The positives are sampled once. The paper
    keeps the n × n similarities; here the sum over k runs in blocks over ``negatives`` nodes
    drawn anew in each step. A node without positives is left out of the mean.

    In a batch of nodes drawn one by one walks start at the batch's nodes and run on the whole
    graph, anew in each batch: O(b walks length + b m d). Pairs within the batch stand for all, each
    over its odds, and negatives are among the batch's nodes; sums are unbiased, the logarithm (and
    the quotient of pairs) is off by a term that falls as one over the batch's size.

    References
    ----------
    Liu et al., *Revisiting modularity maximization for graph clustering: a contrastive learning
    perspective*, 2024, arXiv:2406.14288. Visited nodes: the authors' formula as PyAGC computes it,
    whose figures are reported (Liu et al., *Bridging academia and industry: a comprehensive
    benchmark for attributed graph clustering*, 2026, arXiv:2602.08519).
    """

    split: ClassVar[Split] = "global"
    in_batches: ClassVar[InBatches] = "consistent"

    def __init__(
        self,
        temperature: float = 0.3,
        walks: int = 100,
        length: int = 2,
        negatives: int | None = 512,
        positives: Positives = "frequent",
    ) -> None:
        super().__init__()
        self.temperature, self.walks, self.length = temperature, walks, length
        self.negatives, self.positives = negatives, positives
        # Sampled once and kept with the weights, so that a resumed training has the same ones.
        self.rowptr: Tensor | None
        self.col: Tensor | None
        self.register_buffer("rowptr", None)
        self.register_buffer("col", None)
        self._matrix: CSR | None = None

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Forget the positives of another graph."""
        self.rowptr = self.col = None
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's nodes."""
        h = normalize(min_max_rows(step.z), dim=1)
        pairs = self._kept(step) if step.nodes is None else self._drawn(step, step.nodes)
        return covisit_loss(
            h, step.pairs_within(pairs), self.temperature, self.negatives, step.generator,
            counts=pairs.counts, by_pair=self.positives == "visited", population=step.population,
        )  # fmt: skip

    def _drawn(self, step: Step, starts: Tensor | None) -> CSR:
        every = self.positives == "visited"
        return covisits(step.whole.adj, self.walks, self.length, step.generator, starts, every)

    def _kept(self, step: Step) -> CSR:
        if self.rowptr is None or self.col is None:
            sampled = self._drawn(step, None)
            self.rowptr, self.col = sampled.rowptr, sampled.col
        if self._matrix is None or self._matrix.col is not self.col:
            self._matrix = CSR(self.rowptr, self.col, None, step.adj.shape)
        return self._matrix


def min_max_rows(z: Tensor) -> Tensor:
    """Shift and scale each row to [0, 1]; a constant row becomes 0."""
    low, high = z.min(dim=1, keepdim=True).values, z.max(dim=1, keepdim=True).values
    return (z - low) / (high - low + 1e-20)


def covisit_loss(
    h: Tensor,
    positives: CSR,
    temperature: float,
    negatives: int | None,
    generator: torch.Generator,
    counts: Tensor | None = None,
    by_pair: bool = False,
    population: int | None = None,
) -> Tensor:
    """Return the mean contrast of positives with all nodes, times the temperature.

    Parameters
    ----------
    h : Tensor, shape (n, d)
        Unit rows.
    positives : CSR, shape (n, n)
        Positive pairs; values say how many pairs each stands for.
    temperature : float
    negatives : int or None
        Nodes that stand for all others, ``None`` for all.
    generator : torch.Generator
        Draws them.
    counts : Tensor of int, shape (n,), optional
        Positives of each node; those in ``positives`` by default.
    by_pair : bool
        Whether pairs weigh the same, rather than nodes.
    population : int, optional
        Number of nodes of which these n are a uniform draw.

    Returns
    -------
    Tensor
        A scalar; 0 without positives.
    """
    counts = positives.counts if counts is None else counts
    nodes, position, log_scale = shared_negatives(h, negatives, generator, population)
    among = log_partition(h, h[nodes], temperature, position) + log_scale
    dots = sddmm(positives, h, h)
    if positives.weight is not None:
        dots = dots * positives.weight
    pull = segment_sum(positives, dots) / counts.clamp(min=1).to(h.dtype)
    # Rows that are left out may hold minus infinity: chosen away, not multiplied by 0.
    each = torch.where(counts > 0, temperature * among - pull, 0.0)
    weight = (counts if by_pair else counts > 0).to(h.dtype)
    return (each * weight).sum() / weight.sum().clamp(min=1)


def covisits(
    adj: CSR,
    walks: int,
    length: int,
    generator: torch.Generator,
    starts: Tensor | None = None,
    every: bool = False,
) -> CSR:
    """Return for each start what its walks visit, shape (starts, n); all nodes start by default.

    With ``every``, all nodes visited on the graph as it is; else the others visited at least as
    often as the mean one, on the graph with self-loops. The start of a walk is no visit. Cost
    O(starts walks length log), memory the same, in blocks of starts.
    """
    n = adj.shape[0]
    walked = adj if every else adj.with_self_loops(1.0)
    starts = torch.arange(n, device=adj.device) if starts is None else starts
    block = max(1, (1 << 22) // max(1, walks * length))
    rows, cols = [], []
    for first in range(0, starts.numel(), block):
        of_block = starts[first : first + block]
        paths = random_walks(walked, of_block.repeat_interleave(walks), length, generator)[:, 1:]
        local = torch.arange(of_block.numel(), device=adj.device).repeat_interleave(walks * length)
        pair, visits = torch.unique(local * n + paths.flatten(), return_counts=True)
        local, col = pair // n, pair % n
        if not every:
            keep = _frequent(local, visits, own=of_block[local] == col)
            local, col = local[keep], col[keep]
        rows.append(first + local)
        cols.append(col)
    return CSR.from_edges(torch.cat(rows), torch.cat(cols), None, (starts.numel(), n))


def _frequent(row: Tensor, visits: Tensor, own: Tensor) -> Tensor:
    """Tell which visits are of others and at least as many as the row's mean."""
    # Returns to the node itself count as visited no time, as a stored zero.
    times = torch.where(own, 0, visits).double()
    n = int(row[-1]) + 1 if row.numel() else 0
    total = torch.zeros(n, dtype=torch.float64, device=row.device).index_add(0, row, times)
    mean = total / row.bincount(minlength=n)
    return (times >= mean[row] - 1e-10) & ~own
