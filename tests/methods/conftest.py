"""What the tests of the methods share: a partition that every one of them finds."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp

from graphclust.graphs import Graph
from graphclust.methods import Method
from graphclust.sparse import CSR
from graphclust.training import Run


def planted(seed: int = 0, per_block: int = 60) -> tuple[Graph, np.ndarray]:
    """Return three dense blocks with features that lean towards their block."""
    draw = np.random.default_rng(seed)
    y = np.repeat(np.arange(3), per_block)
    chance = np.where(y[:, None] == y[None], 0.2, 0.01)
    upper = np.triu(draw.random(chance.shape) < chance, 1)
    x = (draw.random((y.size, 24)) < 0.05 + 0.3 * (np.arange(24) // 8 == y[:, None])).astype("f4")
    adj = CSR.from_scipy(
        sp.csr_array((upper | upper.T).astype("f4")), symmetric=True, weighted=False
    )
    return Graph(adj, CSR.from_scipy(sp.csr_array(x))), y


def labels_of(method: Method, graph: Graph, seed: int = 0) -> np.ndarray:
    """Fit and return the labels."""
    return method.fit(graph, 3, Run.start(seed, "cpu")).infer(graph)[0].numpy()
