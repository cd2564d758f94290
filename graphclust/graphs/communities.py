"""Communities by kept libraries: Louvain, Leiden and label propagation of scikit-network."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.sparse import CSR


def leiden(adj: CSR, resolution: float = 1.0, seed: int = 0) -> NDArray[np.int64]:
    """Return Leiden communities, int64, shape (n,), largest first. Cost O(|E|) in practice.

    References
    ----------
    Traag, Waltman and van Eck, *From Louvain to Leiden*, 2019, arXiv:1810.08473.
    """
    from sknetwork.clustering import Leiden

    return _labels(Leiden(resolution=resolution, random_state=seed, shuffle_nodes=True), adj)


def louvain(
    adj: CSR, resolution: float = 1.0, seed: int = 0, directed: bool = False
) -> NDArray[np.int64]:
    """Return Louvain communities; ``directed`` maximises Dugué's modularity instead.

    References
    ----------
    Blondel et al., *Fast unfolding of communities in large networks*, 2008, arXiv:0803.0476;
    Dugué and Perez, *Directed Louvain*, 2015.
    """
    from sknetwork.clustering import Louvain

    kind = "dugue" if directed else "newman"
    return _labels(
        Louvain(resolution=resolution, modularity=kind, random_state=seed, shuffle_nodes=True), adj
    )


def label_propagation(adj: CSR) -> NDArray[np.int64]:
    """Return the communities of asynchronous label propagation.

    References
    ----------
    Raghavan, Albert and Kumara, *Near linear time algorithm to detect community structures*,
    2007, arXiv:0709.2938.
    """
    from sknetwork.clustering import PropagationClustering

    return _labels(PropagationClustering(), adj)


def _labels(algorithm: Any, adj: CSR) -> NDArray[np.int64]:
    if adj.nnz == 0:
        return np.arange(adj.shape[0], dtype=np.int64)
    matrix = adj.to_scipy().astype(np.float64)
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    import scipy.sparse as sp

    return np.asarray(algorithm.fit_predict(sp.csr_matrix(matrix)), dtype=np.int64)
