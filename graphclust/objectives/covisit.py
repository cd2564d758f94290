"""MAGI: contrast the nodes that random walks visit together with all others."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.graphs.walks import random_walks
from graphclust.objectives.base import Dims, Objective, Split
from graphclust.objectives.log_partition import log_partition, shared_negatives
from graphclust.objectives.step import Step
from graphclust.sparse import CSR, sddmm, segment_sum


class Covisit(Objective, name="covisit"):
    r"""Contrast the nodes that walks from a node visit often with all others (MAGI).

    .. math::
        \mathcal L = -\tfrac{\tau}{n} \sum_i \frac{1}{|\mathcal M_i|} \sum_{j \in \mathcal M_i}
            \log \frac{e^{\langle h_i, h_j \rangle / \tau}}
                      {\sum_{k \ne i} e^{\langle h_i, h_k \rangle / \tau}}

    with h the embedding's rows shifted and scaled to [0, 1], then to unit length.
    :math:`\mathcal M_i` are the nodes that walks from i visit at least as often as the mean node
    they visit: those where a sampled modularity matrix is positive.

    Parameters
    ----------
    temperature : float
        :math:`\tau`.
    walks, length : int
        Walks from each node and their number of steps.
    negatives : int or None
        Nodes drawn in each step to stand for all others; ``None`` takes all of them.

    Notes
    -----
    Cost O(n m d + n walks length) for m negatives. The positives are sampled once, on the graph
    with self-loops. The paper keeps the n × n similarities; here the sum over k runs in blocks
    over ``negatives`` nodes drawn anew in each step. A node whose walks visit nobody else has no
    positives and is left out of the mean.

    References
    ----------
    Liu et al., *Revisiting modularity maximization for graph clustering: a contrastive learning
    perspective*, 2024, arXiv:2406.14288.
    """

    split: ClassVar[Split] = "global"

    def __init__(
        self,
        temperature: float = 0.3,
        walks: int = 100,
        length: int = 2,
        negatives: int | None = 512,
    ) -> None:
        super().__init__()
        self.temperature, self.walks, self.length = temperature, walks, length
        self.negatives = negatives
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
        """Return the loss of the step's graph."""
        positives = self._positives(step)
        h = normalize(min_max_rows(step.z), dim=1)
        return covisit_loss(h, positives, self.temperature, self.negatives, step.generator)

    def _positives(self, step: Step) -> CSR:
        if self.rowptr is None or self.col is None:
            sampled = covisits(step.adj, self.walks, self.length, step.generator)
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
) -> Tensor:
    """Return the mean contrast of each node's positives with all nodes, times the temperature.

    Parameters
    ----------
    h : Tensor, shape (n, d)
        Unit rows.
    positives : CSR, shape (n, n)
        The pattern of positive pairs; its values are not read.
    temperature : float
    negatives : int or None
        Nodes that stand for all others, ``None`` for all.
    generator : torch.Generator
        Draws them.

    Returns
    -------
    Tensor
        A scalar; 0 without positives.
    """
    has = (positives.counts > 0).to(h.dtype)
    nodes, position, log_scale = shared_negatives(h, negatives, generator)
    among = log_partition(h, h[nodes], temperature, position) + log_scale
    share = 1.0 / positives.counts.clamp(min=1).to(h.dtype)
    pull = segment_sum(positives, sddmm(positives, h, h)) * share
    # Rows that are left out may hold minus infinity: chosen away, not multiplied by 0.
    each = torch.where(has > 0, temperature * among - pull, pull)
    return each.sum() / has.sum().clamp(min=1)


def covisits(adj: CSR, walks: int, length: int, generator: torch.Generator) -> CSR:
    """Return for each node the others that its walks visit at least as often as their mean.

    The walks run on the graph with self-loops; the start of a walk is no visit. Cost
    O(n walks length log), memory the same, in blocks of nodes.
    """
    n = adj.shape[0]
    looped = adj.with_self_loops(1.0)
    block = max(1, (1 << 22) // max(1, walks * length))
    rows, cols = [], []
    for first in range(0, n, block):
        starts = torch.arange(first, min(n, first + block), device=adj.device)
        paths = random_walks(looped, starts.repeat_interleave(walks), length, generator)
        key = (paths[:, :1] * n + paths[:, 1:]).flatten()
        pair, visits = torch.unique(key, return_counts=True)
        row, col = pair // n, pair % n
        # Returns to the node itself count as visited no time, as a stored zero.
        visits = torch.where(row == col, 0, visits).double()
        local = row - first
        total = torch.zeros(starts.numel(), dtype=torch.float64, device=adj.device)
        mean = total.index_add(0, local, visits) / local.bincount(minlength=starts.numel())
        keep = (visits >= mean[local] - 1e-10) & (row != col)
        rows.append(row[keep])
        cols.append(col[keep])
    return CSR.from_edges(torch.cat(rows), torch.cat(cols), None, (n, n))
