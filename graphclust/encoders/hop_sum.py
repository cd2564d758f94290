"""One hop and a diffusion, each through its own matrix, and a free vector a node (S3GC)."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Encoder, Linear
from graphclust.graphs import Features
from graphclust.randomness import randn
from graphclust.sparse import CSR, matmul, spmm


class HopSum(Encoder, name="hop_sum"):
    r"""Add a one-hop average, a personalised PageRank diffusion and a free vector of each node.

    .. math::
        z = \hat A X \Theta_1
          + \sum_{t=0}^{T} \alpha (1 - \alpha)^t \hat A^t X \Theta_2 + b + I,
        \qquad \hat A = \hat D^{-1/2} (A + I) \hat D^{-1/2}

    Parameters
    ----------
    channels : int
        Width of the output.
    steps : int
        T.
    restart : float
        :math:`\alpha`.
    n_nodes : int
        Number of rows of I; 0 leaves I out.
    scale : float
        Deviation of the normal start of I.

    Notes
    -----
    Cost O(T |E| d + nnz(X) d); the products run on the narrow side, so that the diffused
    features are never formed. I belongs to the training graph's nodes and is left out on a graph
    of another size: with it the encoder is transductive.

    References
    ----------
    Devvrit et al., *S3GC: scalable self-supervised graph clustering*, 2022 (NeurIPS; not on
    arXiv).
    """

    def __init__(
        self,
        channels: int = 256,
        steps: int = 3,
        restart: float = 0.2,
        n_nodes: int = 0,
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.channels, self.steps, self.restart = channels, steps, restart
        self.n_nodes, self.scale = n_nodes, scale

    @property
    def hops(self) -> int | None:
        """As many as there are steps; with free vectors it holds something of every node."""
        return None if self.n_nodes else max(1, self.steps)

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the two matrices, the bias and the free vectors."""
        self.one_hop = Linear(in_channels, self.channels, generator, bias=False)
        self.diffused = Linear(in_channels, self.channels, generator, bias=False)
        self.bias = nn.Parameter(torch.zeros(self.channels))
        if self.n_nodes:
            free = randn(self.n_nodes, self.channels, generator=generator)
            self.free = nn.Parameter(free * self.scale)
        self.out_channels = self.channels
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the sum, shape (n, channels)."""
        matrix = adj.normalized("sym", 1.0)
        h = matmul(x, self.diffused.weight)
        out = spmm(matrix, matmul(x, self.one_hop.weight), bias=self.bias)
        weight = self.restart
        for step in range(self.steps + 1):
            out = torch.add(out, h, alpha=weight)
            weight *= 1.0 - self.restart
            if step < self.steps:
                h = spmm(matrix, h)
        return out + self.free if self.n_nodes == adj.shape[0] else out
