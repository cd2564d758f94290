"""Communities of kept libraries: they end, and the seed alone decides."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import networkx as nx
import numpy as np
import scipy.sparse as sp
import torch

from graphclust.graphs.communities import leiden
from graphclust.graphs.generators import stochastic_blocks
from graphclust.metrics import modularity
from graphclust.sparse import CSR

# scikit-network's own refinement goes round for ever on most sparse graphs of this size.
SPARSE = """
import torch
from graphclust.graphs.communities import leiden
from graphclust.graphs.generators import stochastic_blocks
from graphclust.sparse import CSR
chances = (torch.eye(4) * 9.4e-4 + 6e-5).tolist()
for seed in range(3):
    draw = torch.Generator().manual_seed(seed)
    row, col = stochastic_blocks([5000] * 4, chances, draw).edge_index
    leiden(CSR.from_edges(row, col, None, (20000, 20000), symmetric=True), seed=seed)
"""


def test_leiden_ends_on_sparse_graphs() -> None:
    # In a process of its own: compiled code that never ends cannot be interrupted.
    subprocess.run([sys.executable, "-c", SPARSE], check=True, timeout=120)


def test_leiden_is_decided_by_its_seed_alone() -> None:
    chances = (torch.eye(3) * 0.25 + 0.02).tolist()
    row, col = stochastic_blocks([40] * 3, chances, torch.Generator().manual_seed(0)).edge_index
    adj = CSR.from_edges(row, col, None, (120, 120), symmetric=True)
    found = []
    for state in (1, 2, 3):
        ctypes.CDLL(None).srand(state)
        found.append(leiden(adj, seed=5))
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])


def test_leiden_reaches_the_modularity_of_louvain() -> None:
    graph = nx.les_miserables_graph()
    adjacency = nx.to_scipy_sparse_array(graph, dtype=np.float64)
    labels = leiden(CSR.from_scipy(adjacency, symmetric=True))
    others = nx.community.louvain_communities(graph, seed=0)
    assert (
        modularity(sp.csr_array(adjacency), labels) > nx.community.modularity(graph, others) - 0.01
    )
    for community in range(labels.max() + 1):
        members = [node for node, label in zip(graph, labels, strict=True) if label == community]
        assert nx.is_connected(graph.subgraph(members))
