"""Communities by kept libraries: Louvain, Leiden and label propagation of scikit-network."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphclust.sparse import CSR


def leiden(adj: CSR, resolution: float = 1.0, seed: int = 0) -> NDArray[np.int64]:
    """Return Leiden communities, int64, shape (n,), largest first. Cost O(|E|) in practice.

    Notes
    -----
    scikit-network's refinement moves nodes until no move gains anything, which in single
    precision may be never: two moves that gain nothing but a rounding error alternate for ever.
    Here a move must gain a thousandth of a mean edge. It also draws from the C library's
    ``rand``, which is seeded first, so that the same seed gives the same answer.

    References
    ----------
    Traag, Waltman and van Eck, *From Louvain to Leiden*, 2019, arXiv:1810.08473.
    """
    from sknetwork.clustering import Leiden
    from sknetwork.clustering.leiden_core import optimize_refine_core
    from sknetwork.utils import get_membership

    class Ending(Leiden):  # type: ignore[misc]
        def _optimize_refine(
            self,
            labels: Any,
            labels_refined: Any,
            adjacency: Any,
            out_weights: Any,
            in_weights: Any,
        ) -> Any:
            data = adjacency.data.astype(np.float32)
            outs, ins = out_weights.astype(np.float32), in_weights.astype(np.float32)
            membership = get_membership(labels_refined)
            out_clusters, in_clusters = membership.T.dot(outs), membership.T.dot(ins)
            # What a node is tied to itself by counts for leaving; a little less of it is a
            # little more that a move must gain.
            price = 5e-4 * float(data.mean()) if data.size else 0.0
            loops = (adjacency.diagonal() - price).astype(np.float32)
            return optimize_refine_core(
                labels.astype(np.int32), labels_refined.astype(np.int32), adjacency.indices,
                adjacency.indptr, data, outs, ins, out_clusters, in_clusters,
                np.zeros_like(out_clusters, dtype=np.float32), loops, self.resolution,
            )  # fmt: skip

    _seed_c_library(seed)
    return _labels(Ending(resolution=resolution, random_state=seed, shuffle_nodes=True), adj)


def _seed_c_library(seed: int) -> None:
    """Seed ``rand`` of the C library that compiled extensions draw from."""
    library = ctypes.CDLL("msvcrt" if hasattr(ctypes, "windll") else None)
    library.srand(ctypes.c_uint(seed & 0xFFFFFFFF))


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
    return np.asarray(algorithm.fit_predict(sp.csr_matrix(matrix)), dtype=np.int64)
