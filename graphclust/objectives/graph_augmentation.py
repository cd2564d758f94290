"""Augmented views of whole graphs: GraphCL's four, and one drawn from several."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.graphs.blocks import Blocks
from graphclust.objectives.augmentation import Augmentation
from graphclust.randomness import rand
from graphclust.sparse import CSR, spmm

_FAR = 1 << 20


class GraphAugmentation(Augmentation, register=False):
    """Base of the augmentations that change each graph of a set by itself.

    A graph always keeps a node, so that as many graphs come out as went in.
    """

    def apply(self, x: Features, adj: CSR, generator: torch.Generator) -> tuple[Features, CSR]:
        """Return other features and another adjacency of the same graphs.

        Raises
        ------
        InputError
            If it is given one graph.
        """
        if not isinstance(adj, Blocks):
            raise InputError(
                f"augmentation {self.name!r} is of whole graphs, and one graph was given: use "
                "GraphClusterer on a list of graphs"
            )
        return self.change(x, adj, generator)

    def change(
        self, x: Features, adj: Blocks, generator: torch.Generator
    ) -> tuple[Features, Blocks]:
        """Return other features and another adjacency of the same graphs."""
        raise NotImplementedError


class AsItIs(GraphAugmentation, name="as_it_is"):
    """The graph itself."""

    def change(
        self, x: Features, adj: Blocks, generator: torch.Generator
    ) -> tuple[Features, Blocks]:
        """Return what is given."""
        return x, adj


class DropNodes(GraphAugmentation, name="drop_nodes"):
    """Drop nodes at random with their edges.

    Parameters
    ----------
    share : float
        Of each graph's nodes.
    """

    def __init__(self, share: float = 0.2) -> None:
        self.share = share

    def change(
        self, x: Features, adj: Blocks, generator: torch.Generator
    ) -> tuple[Features, Blocks]:
        """Return the graphs without the dropped nodes. Cost O(n log n + |E|)."""
        order = rand(adj.shape[0], generator=generator).to(adj.device)
        return _kept(x, adj, first_of(adj, order, 1.0 - self.share))


class Subgraph(GraphAugmentation, name="subgraph"):
    """Keep the surroundings of a node drawn at random, near nodes before far ones.

    Parameters
    ----------
    share : float
        Of each graph's nodes that is left out, at least: what no path leads to is left out too.

    Notes
    -----
    The paper keeps what a random walk visits; here all nodes of a hop come before those of the
    next, in random order within a hop. Cost O(hops |E| + n log n).
    """

    def __init__(self, share: float = 0.2) -> None:
        self.share = share

    def change(
        self, x: Features, adj: Blocks, generator: torch.Generator
    ) -> tuple[Features, Blocks]:
        """Return the surroundings."""
        n, device = adj.shape[0], adj.device
        draws = rand(n, generator=generator).to(device)
        seen = first_of(adj, draws, 0.0).float()[:, None]
        distance = torch.where(seen[:, 0] > 0, 0.0, float(_FAR))
        reached, hop = int(seen.sum()), 0
        while True:
            seen = ((spmm(adj, seen) + seen) > 0).float()
            hop += 1
            distance = torch.where((seen[:, 0] > 0) & (distance == _FAR), float(hop), distance)
            if int(seen.sum()) == reached:
                break
            reached = int(seen.sum())
        keep = first_of(adj, distance + draws, 1.0 - self.share)
        return _kept(x, adj, keep & (distance < _FAR))


class PerturbEdges(GraphAugmentation, name="perturb_edges"):
    """Drop edges at random and join as many other pairs of nodes of the same graphs.

    Parameters
    ----------
    share : float
        Of all edges.

    Notes
    -----
    New edges have features of zeros and weight 1. Cost O(|E| log |E|).
    """

    def __init__(self, share: float = 0.2) -> None:
        self.share = share

    def change(
        self, x: Features, adj: Blocks, generator: torch.Generator
    ) -> tuple[Features, Blocks]:
        """Return the changed edges."""
        upper = (adj.row < adj.col).nonzero().flatten()
        if not upper.numel():
            return x, adj
        drawn = rand(3, upper.numel(), generator=generator).to(adj.device)
        stays = drawn[0] >= self.share
        gone = upper[~stays]
        graph = adj.graph_of[adj.row.long()[gone]]
        first, size = adj.ptr[graph], adj.sizes[graph]
        one, two = (first + (d[~stays] * size).long().clamp(max=size - 1) for d in drawn[1:])
        ends = torch.stack([torch.minimum(one, two), torch.maximum(one, two)])
        ends = ends[:, ends[0] < ends[1]]
        return x, _joined(adj, upper[stays], ends)


class MaskAttributes(GraphAugmentation, name="mask_attributes"):
    """Empty the features of some nodes.

    Parameters
    ----------
    share : float
        Of all nodes.
    """

    def __init__(self, share: float = 0.2) -> None:
        self.share = share

    def change(
        self, x: Features, adj: Blocks, generator: torch.Generator
    ) -> tuple[Features, Blocks]:
        """Return the masked features. Cost O(nnz(X))."""
        keep = (rand(adj.shape[0], generator=generator).to(adj.device) >= self.share).float()
        if isinstance(x, CSR):
            return x.with_weight(x.values * keep[x.row.long()]), adj
        return x * keep[:, None], adj


class OneOf(GraphAugmentation, name="one_of"):
    """One of several augmentations, drawn anew for each view.

    Parameters
    ----------
    choices : sequence of Augmentation, optional
        GraphCL's four by default.
    """

    def __init__(self, choices: Sequence[Augmentation] | None = None) -> None:
        self.choices = choices

    def change(
        self, x: Features, adj: Blocks, generator: torch.Generator
    ) -> tuple[Features, Blocks]:
        """Return the view of the one that was drawn."""
        known = graphcl_four() if self.choices is None else self.choices
        one = known[int(rand(1, generator=generator) * len(known))]
        return one.apply(x, adj, generator)  # type: ignore[return-value]


def graphcl_four(share: float = 0.2) -> list[Augmentation]:
    """Return GraphCL's augmentations, each changing a share of what it changes."""
    return [DropNodes(share), PerturbEdges(share), MaskAttributes(share), Subgraph(share)]


def first_of(adj: Blocks, order: Tensor, share: float) -> Tensor:
    """Return which nodes come first in their graph by a key, boolean of shape (n,).

    Of each graph the share of nodes, rounded up, and one at least.
    """
    n = adj.shape[0]
    by_key = order.argsort()
    sorted_ = by_key[adj.graph_of[by_key].argsort(stable=True)]
    place = torch.empty_like(sorted_)
    place[sorted_] = torch.arange(n, device=adj.device) - adj.ptr[adj.graph_of]
    wanted = (share * adj.sizes.double()).ceil().clamp(min=1).long()
    return place < wanted[adj.graph_of]


def _kept(x: Features, adj: Blocks, keep: Tensor) -> tuple[Features, Blocks]:
    nodes = keep.nonzero().flatten()
    rows = x.take_rows(nodes) if isinstance(x, CSR) else x.index_select(0, nodes)
    return rows, adj.induced(keep)


def _joined(adj: Blocks, stay: Tensor, added: Tensor) -> Blocks:
    """Return the edges at some entries above the diagonal, and others, in both directions."""
    n, m = adj.shape[0], int(stay.numel())
    ends = torch.stack([adj.row.long()[stay], adj.col.long()[stay]])
    # What is there already stays what it is; what is drawn twice comes once.
    key = torch.cat([ends[0] * n + ends[1], added[0] * n + added[1]])
    order = key.argsort(stable=True)
    fresh = torch.ones_like(order, dtype=torch.bool)
    fresh[1:] = key[order][1:] != key[order][:-1]
    chosen = order[fresh]
    row, col = torch.cat([ends, added], dim=1)[:, chosen]
    both = torch.cat([row * n + col, col * n + row]).argsort()
    source = torch.cat([chosen, chosen])[both]
    counts = torch.bincount(torch.cat([row, col]), minlength=n)
    rowptr = torch.zeros(n + 1, dtype=torch.int64, device=adj.device)
    rowptr[1:] = counts.cumsum(0)
    kind, old = adj.col.dtype, source < m
    weight = attr = None
    if adj.weight is not None:
        weight = adj.weight.new_ones(source.numel())
        weight[old] = adj.weight[stay[source[old]]]
    if adj.edge_attr is not None:
        attr = adj.edge_attr.new_zeros(source.numel(), adj.edge_attr.shape[1])
        attr[old] = adj.edge_attr[stay[source[old]]]
    cols = torch.cat([col, row])[both].to(kind)
    return Blocks.of(CSR(rowptr.to(kind), cols, weight, (n, n), symmetric=True), adj.ptr, attr)
