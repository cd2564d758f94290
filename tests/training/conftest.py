"""A small graph and a network on it, not yet trained."""

from __future__ import annotations

import scipy.sparse as sp
import torch

from graphclust.encoders import GCN
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.sparse import CSR
from graphclust.training import Network, Run


def two_blocks(n: int = 40) -> Graph:
    """Return two sparse blocks with features that lean towards their block."""
    generator = torch.Generator().manual_seed(3)
    block = torch.arange(n) % 2
    same = block[:, None] == block[None]
    dense = (torch.rand(n, n, generator=generator) < torch.where(same, 0.4, 0.02)).triu(1)
    adjacency = sp.csr_array((dense | dense.T).float().numpy())
    x = torch.randn(n, 6, generator=generator) + block[:, None]
    return Graph(CSR.from_scipy(adjacency, symmetric=True, weighted=False), x)


def built(run: Run, dropout: float = 0.2) -> tuple[Network, Graph]:
    network = Network((), GCN(8, dropout=dropout), (), KMeans(restarts=2))
    return network, network.build(two_blocks(), 2, run.generator)
