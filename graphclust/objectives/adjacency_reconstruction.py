"""Edges rebuilt from inner products: all edges, and sampled pairs for the rest (GAE)."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

from graphclust.graphs.batch import Batch
from graphclust.objectives.base import InBatches, Objective, Split
from graphclust.objectives.batch_step import BatchStep
from graphclust.objectives.step import Step
from graphclust.randomness import randint
from graphclust.sparse import CSR, sddmm


class AdjacencyReconstruction(Objective, name="adjacency_reconstruction"):
    r"""Tell edges from other pairs by the inner product of their ends.

    .. math::
        \mathcal L = -\frac{\beta}{W} \Big[ \sum_{(i,j) \in E} w_{ij} \ln \sigma(z_i^\top z_j)
          + \lambda \sum_i \ln \sigma(z_i^\top z_i) \Big]
          - \frac{1 - \beta}{|\bar E|} \sum_{(i,j) \in \bar E} \ln (1 - \sigma(z_i^\top z_j))

    with W the total weight of the edges and self-loops, and :math:`\bar E` the ordered pairs of
    different nodes without an edge.

    Parameters
    ----------
    negatives : int, optional
        Pairs sampled for each node and step; as many as its mean degree by default.
    balance : "even" or "density"
        :math:`\beta` = 1/2, which is GAE's weighting; or the share of pairs that are edges,
        which is plain cross-entropy over all pairs.
    self_loops : float
        :math:`\lambda`, the weight of every node's edge to itself: 1 in GAE, whose adjacency has
        a diagonal of ones. It keeps nodes of few edges from shrinking to the origin.

    Notes
    -----
    Cost O((|E| + n · negatives) d); the papers form the n x n table of all pairs. The second
    sum is estimated without bias: it is the sum over all pairs, for which sampled ones stand,
    less the sum over the edges, which is exact. A node with itself is no pair of the second sum.
    In batches, both sums are over the pairs within a batch, each over its odds.

    References
    ----------
    Kipf and Welling, *Variational graph auto-encoders*, 2016, arXiv:1611.07308.
    """

    split: ClassVar[Split] = "edge"
    in_batches: ClassVar[InBatches] = "totals"

    def __init__(
        self,
        negatives: int | None = None,
        balance: Literal["even", "density"] = "even",
        self_loops: float = 0.0,
    ) -> None:
        super().__init__()
        self.negatives, self.balance, self.self_loops = negatives, balance, self_loops

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's embedding."""
        batch = step.batch if isinstance(step, BatchStep) else None
        adj = step.adj if batch is None else batch.whole.adj
        each = self.negatives or max(1, -(-adj.nnz // max(1, adj.shape[0])))
        n = adj.shape[0] if batch is None else batch.nodes.numel()
        pairs = sample_pairs(n, each, step.generator).to(adj.device)
        if batch is not None:
            return estimated_reconstruction_loss(
                step.z, batch, pairs, self.balance, self.self_loops
            )
        return adjacency_reconstruction_loss(step.z, adj, pairs, self.balance, self.self_loops)


def adjacency_reconstruction_loss(
    z: Tensor, adj: CSR, pairs: CSR, balance: str = "even", self_loops: float = 0.0
) -> Tensor:
    """Return the loss of embeddings ``z``.

    Parameters
    ----------
    z : Tensor, shape (n, d)
    adj : CSR, shape (n, n)
        Without self-loops.
    pairs : CSR, shape (n, n)
        Pairs of different nodes, drawn uniformly with replacement; every pair once gives the
        exact loss.
    balance : "even" or "density"
    self_loops : float
    """
    n, edges = adj.shape[0], adj.nnz
    total = max(1, n * (n - 1))
    beta = 0.5 if balance == "even" else edges / total
    scores = sddmm(adj, z, z)
    weight = adj.values
    attract, mass = (weight * softplus(-scores)).sum(), weight.sum()
    if self_loops:
        attract = attract + self_loops * softplus(-z.square().sum(dim=1)).sum()
        mass = mass + self_loops * n
    attract = attract / mass.clamp(min=1e-12)
    everywhere = softplus(sddmm(pairs, z, z)).sum() * (total / max(1, pairs.nnz))
    repel = (everywhere - softplus(scores).sum()) / max(1, total - edges)
    return beta * attract + (1.0 - beta) * repel


def estimated_reconstruction_loss(
    z: Tensor, batch: Batch, pairs: CSR, balance: str = "even", self_loops: float = 0.0
) -> Tensor:
    """Return an unbiased estimate of :func:`adjacency_reconstruction_loss` from a batch.

    ``z`` (b, d) and ``pairs`` (b, b) are of the batch's nodes, everything else is as there.
    """
    adj, edges, draw = batch.whole.adj, batch.edges, batch.draw
    n, b = adj.shape[0], edges.shape[0]
    total = max(1, n * (n - 1))
    beta = 0.5 if balance == "even" else adj.nnz / total
    scores = sddmm(edges, z, z)
    attract = (batch.edges_over_odds.values * softplus(-scores)).sum()
    mass = adj.degree.sum() + self_loops * n
    if self_loops:
        own = softplus(-z.square().sum(dim=1)).sum()
        attract = attract + self_loops * draw.node_weight * own
    share = b * (b - 1) / max(1, pairs.nnz)
    everywhere = (draw.weight_of(pairs) * softplus(sddmm(pairs, z, z))).sum() * share
    among = (draw.weight_of(edges) * softplus(scores)).sum()
    repel = (everywhere - among) / max(1, total - adj.nnz)
    return beta * attract / mass.clamp(min=1e-12) + (1.0 - beta) * repel


def sample_pairs(n: int, each: int, generator: torch.Generator) -> CSR:
    """Return for each of n nodes ``each`` others, drawn uniformly with replacement."""
    if n < 2:
        return CSR(torch.zeros(n + 1, dtype=torch.int32), torch.zeros(0, dtype=torch.int32),
                   None, (n, n))  # fmt: skip
    device = generator.device
    own = torch.arange(n, device=device)[:, None]
    col = (own + 1 + randint(n - 1, n, each, generator=generator)) % n
    kind = torch.int32 if n * each < 2**31 else torch.int64
    rowptr = torch.arange(n + 1, device=device) * each
    return CSR(rowptr.to(kind), col.flatten().to(kind), None, (n, n))
