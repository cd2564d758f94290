"""Spectral clustering of a neighbour graph at many scales, judged by the graph itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import normalize, one_hot

from graphclust.encoders.adaptive_smoothing import partition_modularity
from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import Smooth, UnitRows
from graphclust.graphs import Graph
from graphclust.graphs.leading_vectors import leading_eigenvectors
from graphclust.heads.tied_mixture import TiedGaussianMixture
from graphclust.methods.base import Method
from graphclust.methods.classical.agreement import mean_agreement
from graphclust.methods.classical.leiden_at_k import communities_from
from graphclust.methods.classical.partition import Partition
from graphclust.neighbors.shape import n_components
from graphclust.randomness import spawn_seed
from graphclust.sparse import CSR, spmm
from graphclust.training import Run

# Features of more columns are first turned into so many singular directions.
_WIDE = 256
# Share of the partitions that are left out, those that agree least with the others.
_OUTLIERS = 0.15
# Graphs of more nodes have one fit to each embedding: on so many, starts differ less. All fits to
# an embedding together begin on so many rows; Leiden's later starts on such graphs begin where the
# first found k, for few trials.
_SMALL = 1 << 13
# Rows for each cluster, at least, that such a fit begins on.
_EACH = 1 << 8
_TRIALS, _LATER_TRIALS = 16, 4
# On such graphs features of at most so many columns are reduced by their Gram matrix: on more,
# random projections are less work.
_EXACT = 1 << 11


class ManyScales(Method, name="many_scales"):
    r"""Cluster a neighbour graph's diffusion at many scales; keep what the graph prefers.

    Embeddings are the unit rows of :math:`V_m \Lambda_m^t`, the leading m eigenvectors of
    :math:`D^{-1/2} A D^{-1/2}` after t steps of diffusion, for m of k, 2k and 3k and several t,
    and the features averaged over so many steps. In each of them a Gaussian mixture with one
    shared covariance is fitted from several starts; beside these stand k communities that Leiden
    finds, from several starts. The 15 % of all these partitions that agree least with the
    others are left out; of the others the one of greatest modularity is kept, and nodes then move
    to the cluster of most of their edge weight.

    Parameters
    ----------
    times : sequence of int
        Values of t.
    depths : sequence of int
        Steps that features are averaged over, ascending.
    starts : int
        Fits of the mixture to each embedding (one, on graphs of more than 8,192 nodes), and of
        Leiden.
    restarts : int
        Starts of k-means, from whose best each of these fits starts.
    shrinkage : float
        How far the mixture's metric is drawn towards that of k-means, from 0 to 1.
    votes : int
        Rounds in which nodes may move at the end.

    Notes
    -----
    In a neighbour graph no one scale is right: few eigenvectors miss a cluster, many find its
    parts. All partitions have the same number of clusters, which is when modularities may be
    compared; no label is read. On a poor graph modularity misleads: what it prefers then is like
    nothing else that was found, hence those that are left out. Cost O(|E| k) for each step of
    diffusion, and O(n k²) for each iteration of some 50 small mixtures. All starts in
    one embedding together are fitted to 8,192 rows at most (256 a cluster at least), and go on
    from there over all rows for three iterations. On graphs of more nodes than that, dense
    features are reduced by one pass, and Leiden's later starts begin at the resolution that the
    first one ended at. **Its settings are tuned**, with scores on the
    pictures, clips and texts of BENCHMARKS.md in view.

    References
    ----------
    Coifman and Lafon, *Diffusion maps*, 2006; Ng, Jordan and Weiss, *On spectral clustering*,
    2001; Newman and Girvan, *Finding and evaluating community structure in networks*, 2004,
    arXiv:cond-mat/0308217; Traag, Waltman and van Eck, *From Louvain to Leiden*, 2019,
    arXiv:1810.08473; Strehl and Ghosh, *Cluster ensembles*, 2002.
    """

    family, title, year = "classical", "many scales", 2026
    paper = "graphclust"
    needs, cost, inductive = ("edges", "k"), "O(|E| k + n k²)", False

    def __init__(
        self,
        times: Sequence[int] = (1, 2, 4, 8),
        depths: Sequence[int] = (0, 1, 2, 4, 8, 16),
        starts: int = 3,
        restarts: int = 10,
        shrinkage: float = 0.7,
        votes: int = 5,
    ) -> None:
        self.times, self.depths = times, depths
        self.starts, self.restarts = starts, restarts
        self.shrinkage, self.votes = shrinkage, votes

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Partition:
        """Embed, cluster, compare, and keep the best."""
        assert n_clusters is not None
        found: list[Tensor] = []
        worth: list[float] = []
        shown: tuple[float, Tensor] | None = None
        starts = self.starts if graph.n_nodes <= _SMALL else 1
        few = max(_SMALL // starts, _EACH * n_clusters)
        for z in self._embeddings(graph, n_clusters, run):
            for _ in range(starts):
                head = TiedGaussianMixture(self.shrinkage, self.restarts, few=few)
                head.build(z.shape[1], n_clusters, run.generator).to(z.device)
                found.append(head.fit(z, graph, run.generator).predict(z))
                worth.append(partition_modularity(graph.adj, found[-1], n_clusters)[0])
                # One embedding is kept: that of the best partition of an embedding.
                shown = max(shown or (-1.0, z), (worth[-1], z), key=lambda one: one[0])
        for labels in self._communities(graph, n_clusters, run):
            found.append(labels)
            worth.append(partition_modularity(graph.adj, labels, n_clusters)[0])
        assert shown is not None
        labels = voted(
            graph.adj, found[preferred(found, worth, n_clusters)], n_clusters, self.votes
        )
        return Partition.of(torch.unique(labels, return_inverse=True)[1], graph, shown[1])

    def _communities(self, graph: Graph, k: int, run: Run) -> Iterator[Tensor]:
        """Yield what Leiden finds, where that is as many communities as are asked for."""
        if n_components(graph.adj) > k:
            return  # which communities do not join: there are never k
        resolution, trials = 1.0, _TRIALS
        for _ in range(self.starts):
            seed = spawn_seed(run.generator)
            found, reached = communities_from(graph.adj, k, seed, resolution, trials)
            if graph.n_nodes > _SMALL:
                resolution, trials = reached, _LATER_TRIALS
            # Fewer would have greater modularity for that alone.
            if int(found.max()) + 1 == k:
                yield torch.from_numpy(found).to(graph.adj.device)

    def _embeddings(self, graph: Graph, k: int, run: Run) -> Iterator[Tensor]:
        n = graph.n_nodes
        values, vectors = leading_eigenvectors(graph.adj, 3 * k, run.generator)
        widths = sorted({min(m * k, n) for m in (1, 2, 3)})
        for width in widths:
            for time in self.times:
                diffused = vectors[:, :width] * values[:width].clamp(min=0).pow(time)
                yield normalize(diffused, dim=1)
        exact = _EXACT if n > _SMALL else 0
        for rows in smoothed_rows(graph, self.depths, run, exact):
            z = reduced(rows, graph, max(16, 3 * k), 0.0, run, exact)
            yield z
            # Half-whitened, the leading directions are what the rows themselves would give.
            yield reduced(z if exact else rows, graph, max(16, 3 * k), 0.5, run)
            del rows, z  # not while the next ones are made


def preferred(found: Sequence[Tensor], worth: Sequence[float], k: int) -> int:
    """Return which partition is worth most, of those that agree with the others."""
    agreement = mean_agreement(found, k)
    eligible = agreement >= torch.quantile(agreement, _OUTLIERS)
    return int(torch.where(eligible, torch.tensor(worth, dtype=torch.float64), -torch.inf).argmax())


def smoothed_rows(
    graph: Graph, depths: Sequence[int], run: Run, exact: int = 0
) -> Iterator[Tensor]:
    """Yield the features' unit rows after so many steps of averaging over neighbours.

    Wide ones are reduced first, exactly where they have at most ``exact`` columns.
    """
    if graph.x is None:
        return
    x, reached = UnitRows()(graph.x, graph.adj), 0
    if isinstance(x, CSR) or x.shape[1] > _WIDE:
        x = Reduce(_WIDE, exact=exact).fit(x, graph.adj, run.generator)(x, graph.adj)
    for depth in depths:
        x, reached = Smooth(depth - reached, rate=0.5)(x, graph.adj), depth
        assert isinstance(x, Tensor)
        # Given away, not kept while the next ones are made.
        yield normalize(x, dim=1)


def reduced(
    rows: Tensor, graph: Graph, dim: int, whiten: float, run: Run, exact: int = 0
) -> Tensor:
    """Return the rows in their leading directions, found as :class:`Reduce` finds them."""
    reduce = Reduce(dim, whiten, exact=exact).fit(rows, graph.adj, run.generator)
    out = reduce(rows, graph.adj)
    assert isinstance(out, Tensor)
    return out


def voted(adj: CSR, labels: Tensor, k: int, rounds: int) -> Tensor:
    """Let each node move to the cluster of most of its edge weight, at most so many rounds.

    A round that would leave a cluster without members is not taken. Cost O(|E| k) a round.
    """
    for _ in range(rounds):
        votes = spmm(adj, one_hot(labels, k).to(adj.values.dtype))
        own = votes.gather(1, labels[:, None])[:, 0]
        moved = torch.where(votes.max(1).values > own, votes.argmax(1), labels)
        if torch.equal(moved, labels):
            break
        if torch.unique(moved).numel() < torch.unique(labels).numel():
            break
        labels = moved
    return labels
