"""Leiden at the resolution that gives as many communities as were asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphclust.graphs import Graph
from graphclust.graphs.communities import leiden
from graphclust.methods.base import Method
from graphclust.methods.classical.communities import picture
from graphclust.methods.classical.partition import Partition
from graphclust.randomness import spawn_seed
from graphclust.sparse import CSR
from graphclust.training import Run

# Between these resolutions lie one community and far more than anybody asks for.
_LEAST, _MOST = 1e-3, 1e3


class LeidenAtK(Method, name="leiden_at_k"):
    r"""Search for the resolution at which Leiden finds k communities.

    The number of communities that maximise :math:`Q_\gamma = \sum_c [e_c - \gamma a_c^2]` (with
    :math:`e_c` the share of the edge weight within a community and :math:`a_c` that of its ends)
    grows with the resolution :math:`\gamma`, which is halved in on. If no resolution that was
    tried gives k, the fewest communities above k are merged: at each step the two whose union
    costs least modularity at that resolution.

    Parameters
    ----------
    trials : int
        Resolutions that are tried at most.

    Notes
    -----
    Cost O(trials |E|) and O(c³) for the merging of c communities. On graphs of more components
    than k, the nearest number that there is is given: components are not merged.

    References
    ----------
    Traag, Waltman and van Eck, *From Louvain to Leiden*, 2019, arXiv:1810.08473; Reichardt and
    Bornholdt, *Statistical mechanics of community detection*, 2006, arXiv:cond-mat/0603718.
    """

    family, title, year, arxiv = "classical", "Leiden at k", 2019, "1810.08473"
    paper = "From Louvain to Leiden: guaranteeing well-connected communities"
    needs, cost, inductive = ("edges", "k"), "O(trials |E|)", False

    def __init__(self, trials: int = 16) -> None:
        self.trials = trials

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Partition:
        """Search, and merge if need be."""
        assert n_clusters is not None
        labels = communities_at(graph.adj, n_clusters, spawn_seed(run.generator), self.trials)
        return Partition.of(labels, graph, picture(graph, run))


def communities_at(adj: CSR, k: int, seed: int, trials: int = 16) -> NDArray[np.int64]:
    """Return labels of k communities where that can be, int64, shape (n,)."""
    return communities_from(adj, k, seed, 1.0, trials)[0]


def communities_from(
    adj: CSR, k: int, seed: int, resolution: float, trials: int = 16
) -> tuple[NDArray[np.int64], float]:
    """Return labels of k communities where that can be, and the resolution that gave them.

    The search begins at ``resolution`` (1 is modularity itself): where another seed found k
    there, it is over after one or two trials.
    """
    low, high = np.log(_LEAST), np.log(_MOST)
    above: tuple[int, float, NDArray[np.int64]] | None = None
    found = np.zeros(adj.shape[0], dtype=np.int64)
    at = float(np.log(resolution))
    for _ in range(trials):
        tried = float(np.exp(at))
        found = leiden(adj, tried, seed)
        count = int(found.max()) + 1
        if count == k:
            return found, tried
        if count > k:
            high = at
            if above is None or count < above[0]:
                above = (count, tried, found)
        else:
            low = at
        # A number of communities is about proportional to the resolution: a step by that first.
        guess = at + np.log(k / count)
        at = guess if low < guess < high else (low + high) / 2
        if high - low < 1e-3:
            break
    if above is None:
        return found, tried
    return merged(adj, above[2], k, above[1]), above[1]


def merged(
    adj: CSR, labels: NDArray[np.int64], k: int, resolution: float = 1.0
) -> NDArray[np.int64]:
    """Merge communities, the cheapest pair first, until k are left or none are tied."""
    count = int(labels.max()) + 1
    ends = np.zeros((count, count))
    row, col = adj.row.cpu().numpy(), adj.col.cpu().numpy()
    np.add.at(ends, (labels[row], labels[col]), adj.values.cpu().numpy().astype(np.float64))
    total = ends.sum()
    place = np.arange(count)
    alive = np.ones(count, dtype=bool)
    while alive.sum() > k and total > 0:
        volume = ends.sum(1)
        gain = ends / total - resolution * np.outer(volume, volume) / total**2
        tied = (ends > 0) & np.outer(alive, alive) & ~np.eye(count, dtype=bool)
        if not tied.any():
            break
        i, j = np.unravel_index(np.where(tied, gain, -np.inf).argmax(), gain.shape)
        ends[i] += ends[j]
        ends[:, i] += ends[:, j]
        ends[j], ends[:, j], alive[j] = 0.0, 0.0, False
        place[place == j] = i
    return np.unique(place[labels], return_inverse=True)[1].astype(np.int64)
