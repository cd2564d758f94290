"""What can be counted in a graph: size, cycles, triangles, degrees."""

from __future__ import annotations

from typing import Self

import numpy as np
import scipy.sparse as sp
import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from graphclust.encoders.base import Encoder
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.graphs.blocks import Blocks
from graphclust.sparse import CSR

COLUMNS = (
    "nodes",
    "edges",
    "cycles",
    "triangles",
    "wedges",
    "components",
    "mean degree",
    "greatest degree",
    "spread of degrees",
    "density",
    "transitivity",
)


class GraphStatistics(Encoder, name="graph_statistics", register=False):
    r"""Count nodes, edges, independent cycles, triangles, wedges and components; describe degrees.

    Counts grow with the graph and span orders of magnitude: of them, and of degrees, the
    logarithm :math:`\ln(1 + c)` is taken. Density and transitivity are shares.

    Notes
    -----
    Weights and features are not read. Cost :math:`O(\sum_i d_i^2)` for the triangles.
    """

    def __init__(self) -> None:
        super().__init__()

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Settle the width."""
        self.out_channels = len(COLUMNS)
        # A buffer of nothing, so that the device of a model without weights is known.
        self.register_buffer("place", torch.zeros(0))
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the statistics, shape (g, 11), in the order of ``COLUMNS``.

        Raises
        ------
        InputError
            If it is given one graph.
        """
        if not isinstance(adj, Blocks):
            raise InputError(
                "graph_statistics describes whole graphs, and one graph was given: use "
                "GraphClusterer on a list of graphs"
            )
        return torch.from_numpy(statistics(adj)).to(adj.device)


def statistics(adj: Blocks) -> np.ndarray:
    """Return the statistics of each graph, float32 of shape (g, 11)."""
    g = adj.n_graphs
    graph_of, n = adj.graph_of.cpu().numpy(), adj.sizes.cpu().numpy().astype(float)
    matrix = adj.to_scipy()
    matrix.data = np.ones(matrix.nnz)
    degree = np.diff(matrix.indptr).astype(float)

    def total(values: np.ndarray) -> np.ndarray:
        return np.bincount(graph_of, weights=values, minlength=g)

    edges = total(degree) / 2
    _, part = connected_components(matrix, directed=False)
    first = np.unique(part, return_index=True)[1]
    components = np.bincount(graph_of[first], minlength=g).astype(float)
    closed = total(np.asarray(sp.csr_array(matrix @ matrix).multiply(matrix).sum(axis=1)).ravel())
    wedges = total(degree * (degree - 1) / 2)
    some = np.maximum(n, 1)
    mean = 2 * edges / some
    spread = np.sqrt(np.maximum(total(degree**2) / some - mean**2, 0))
    greatest = np.zeros(g)
    np.maximum.at(greatest, graph_of, degree)
    cycles = edges - n + components
    counts = [n, edges, cycles, closed / 6, wedges, components, mean, greatest, spread]
    density = 2 * edges / np.maximum(n * (n - 1), 1)
    transitivity = closed / np.maximum(2 * wedges, 1)
    columns = [*(np.log1p(c) for c in counts), density, transitivity]
    return np.stack(columns, axis=1).astype(np.float32)
