"""Kernel k-means with the Weisfeiler-Lehman subtree kernel, the kernel never written down."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.encoders.transforms import UnitRows
from graphclust.graphs import Graph
from graphclust.graphs.blocks import Blocks
from graphclust.graphs.graph_set import GraphSet
from graphclust.methods.of_graphs import GraphMethod
from graphclust.randomness import rand
from graphclust.readouts.weisfeiler_lehman import wl_colours, wl_histogram
from graphclust.sparse import CSR, matmul, spmm
from graphclust.training import Run
from graphclust.training.network import Model


class WLKernel(GraphMethod, name="wl_kernel"):
    r"""Minimise the spread of clusters in the feature space of the subtree kernel.

    .. math:: k(g, g') = \frac{\langle \phi_g, \phi_{g'} \rangle}
        {\lVert \phi_g \rVert \lVert \phi_{g'} \rVert}

    with :math:`\phi` the histogram of all subtree patterns up to ``rounds``. Since the kernel is
    an inner product of sparse histograms, kernel k-means is k-means of their unit rows: centres
    are kept as rows of all patterns, and no table of graphs times graphs is formed.

    Parameters
    ----------
    rounds : int
        Depth of the patterns.
    restarts : int
        Starts; the one of the least spread is kept.
    max_iter : int

    References
    ----------
    Shervashidze et al., *Weisfeiler-Lehman graph kernels*, 2011 (JMLR); Schölkopf, Smola and
    Müller, *Nonlinear component analysis as a kernel eigenvalue problem*, 1998 (kernel k-means).
    """

    family, title, year = "classical", "Weisfeiler-Lehman kernel k-means", 2011
    paper = "Weisfeiler-Lehman graph kernels"
    cost = "O(rounds |E| + restarts iterations n rounds k)"

    def __init__(self, rounds: int = 3, restarts: int = 10, max_iter: int = 100) -> None:
        self.rounds, self.restarts, self.max_iter = rounds, restarts, max_iter

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> WLCenters:
        """Fit to a set of graphs and return the model that assigns graphs."""
        assert isinstance(graph, GraphSet) and n_clusters is not None
        assert graph.x is not None
        model = WLCenters(self.rounds)
        colours = wl_colours(graph.x, graph.adj, self.rounds)
        model.known = torch.cat([torch.unique(c) for c in colours])  # type: ignore[no-untyped-call]
        rows = model.rows(graph)
        best = torch.inf
        for _ in range(self.restarts):
            centers, spread = self._once(rows, n_clusters, run.generator)
            if spread < best:
                best, model.centers = spread, centers
        return model

    def _once(self, rows: CSR, k: int, generator: torch.Generator) -> tuple[Tensor, float]:
        centers = _seeds(rows, k, generator)
        labels = nearest(rows, centers)[0]
        for _ in range(self.max_iter):
            one_hot = torch.nn.functional.one_hot(labels, k).float()
            sizes = one_hot.sum(dim=0).clamp(min=1)
            fresh = spmm(rows.transpose(), one_hot / sizes).T
            empty = one_hot.sum(dim=0) == 0
            centers = torch.where(empty[:, None], centers, fresh)
            moved = nearest(rows, centers)[0]
            if torch.equal(moved, labels):
                break
            labels = moved
        return centers.contiguous(), float(nearest(rows, centers)[1].sum())


class WLCenters(Model, name="wl_centers"):
    """Centres in the space of all subtree patterns.

    Parameters
    ----------
    rounds : int
        Depth of the patterns.
    """

    def __init__(self, rounds: int = 3) -> None:
        super().__init__()
        self.rounds = rounds
        self.known: Tensor
        self.centers: Tensor
        self.register_buffer("known", None)
        self.register_buffer("centers", None)

    def rows(self, graph: GraphSet) -> CSR:
        """Return the unit histograms of graphs."""
        assert graph.x is not None
        colours = wl_colours(graph.x, graph.adj, self.rounds)
        out = UnitRows()(wl_histogram(colours, graph.adj, self.known), graph.adj)
        assert isinstance(out, CSR)
        return out

    def infer(self, graph: Graph) -> tuple[Tensor, Tensor, Tensor]:
        """Return labels, memberships as k-means gives them, and the cosines to the centres."""
        assert isinstance(graph, GraphSet) and isinstance(graph.adj, Blocks)
        rows = self.rows(graph)
        labels, _, distance = nearest(rows, self.centers)
        inverse = 1.0 / distance.clamp(min=1e-12)
        cosines = matmul(rows, normalize(self.centers, dim=1).T.contiguous())
        return labels, inverse / inverse.sum(dim=1, keepdim=True), cosines


def nearest(rows: CSR, centers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return each row's nearest centre, its squared distance, and those to all, (g, k)."""
    own = torch.zeros(rows.shape[0], device=rows.device)
    own = own.index_add(0, rows.row.long(), rows.values.square())
    inner = matmul(rows, centers.T.contiguous())
    distance = (own[:, None] - 2.0 * inner + centers.square().sum(dim=1)).clamp(min=0.0)
    least = distance.min(dim=1)
    return least.indices, least.values, distance


def _seeds(rows: CSR, k: int, generator: torch.Generator) -> Tensor:
    """Return k rows, each drawn by its squared distance from those before it (k-means++)."""
    g, device = rows.shape[0], rows.device
    chosen = [int(rand(1, generator=generator) * g)]
    centers = rows.take_rows(torch.tensor(chosen, device=device)).to_dense()
    while len(chosen) < k:
        odds = nearest(rows, centers)[1].double().cumsum(0)
        draw = rand(1, generator=generator).to(device, torch.float64) * odds[-1]
        chosen.append(min(g - 1, int((odds < draw).sum())))
        fresh = rows.take_rows(torch.tensor(chosen[-1:], device=device)).to_dense()
        centers = torch.cat([centers, fresh])
    return centers
