"""Training in batches: which nodes a step is about, and what the encoder sees around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from graphclust.component import Component
from graphclust.encoders import Encoder
from graphclust.encoders.decoupled import Decoupled, OfRows
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.batch import Batch
from graphclust.graphs.neighborhoods import ALL
from graphclust.graphs.partition import partition
from graphclust.randomness import make_generator
from graphclust.training.batch_draws import (
    BatchDraws,
    NodeByNode,
    PartByPart,
    RowByRow,
    alone,
    among_walks,
    with_neighbors,
)
from graphclust.training.prefetch import prefetched, usable_cpus


class Batches(Component, kind="batches"):
    """Base of the ways to cut a training into batches.

    An epoch passes over all nodes once, in batches of ``size`` nodes, each of which is one step.
    Every batch, taken by itself, is a uniform draw: of nodes, or of clusters of nodes. So means
    and sums over nodes, and over pairs of nodes, are estimated without bias **for the embedding
    that the encoder gives the batch's nodes**. Whether that is their embedding in the whole graph
    is the encoder's side, and each subclass says of it what holds. Batch normalisation is over
    the nodes in view, in every one of them.

    While a step computes, a second thread makes the batch of the next one, if ``prefetch`` says
    so; left out, it does on a GPU, and on a CPU where there are more CPUs than threads that torch
    computes with. The answer is the same either way; the memory is that of two batches.
    """

    size: int
    prefetch: bool | None = None

    def made(self, epoch: Iterator[Batch], device: torch.device) -> Iterator[Batch]:
        """Yield the batches of an epoch, made ahead of the step that asks or when it asks."""
        wanted = self.prefetch
        if wanted is None:
            wanted = device.type != "cpu" or usable_cpus() > torch.get_num_threads()
        return prefetched(epoch, device) if wanted else epoch

    def encoder(self, encoder: Encoder) -> Encoder:
        """Return what encodes a batch's surroundings; the encoder itself by default."""
        return encoder

    def draws(self, graph: Graph, encoder: Encoder, seed: int) -> BatchDraws:
        """Return what gives the batches of an epoch.

        Raises
        ------
        InputError
            If the encoder cannot be run on some of the nodes.
        """
        raise NotImplementedError


class Neighbors(Batches, name="neighbors"):
    """Nodes drawn one by one, seen with their neighbours, hop by hop.

    Parameters
    ----------
    size : int
        Nodes of a batch.
    fanouts : sequence of int, optional
        Neighbours drawn for each node at each hop from the batch outwards, -1 for all of them.
        By default all, as many hops as the encoder reads.
    prefetch : bool, optional
        Whether a second thread makes the next batch; see :class:`Batches`.

    Notes
    -----
    **By default the embedding is exact**, that of the whole graph (but for dropout and batch
    normalisation), and so are value and gradient of the estimate without bias. Its cost grows
    with the number of nodes within the hops, which on a graph with hubs soon are nearly all. With
    fan-outs, sums over neighbours are estimated without bias within each layer; the non-linearity
    that follows makes the embedding biased, the less so the greater the fan-out. Attention is
    over the neighbours drawn.

    References
    ----------
    Hamilton, Ying and Leskovec, *Inductive representation learning on large graphs*, 2017,
    arXiv:1706.02216.
    """

    def __init__(
        self,
        size: int = 4096,
        fanouts: Sequence[int] | None = None,
        prefetch: bool | None = None,
    ) -> None:
        self.size, self.fanouts, self.prefetch = size, fanouts, prefetch

    def draws(self, graph: Graph, encoder: Encoder, seed: int) -> BatchDraws:
        """Return what gives the batches of an epoch."""
        hops = hops_of(encoder)
        fanouts = [ALL] * hops if self.fanouts is None else list(self.fanouts)
        if fanouts and min(fanouts) < ALL:
            raise InputError(f"fanouts={fanouts}: give whole numbers, -1 for all neighbours")
        if len(fanouts) != hops:
            raise InputError(
                f"fanouts={fanouts} are for {len(fanouts)} hops, and the encoder reads {hops}: "
                "give one number a hop, or none for all neighbours"
            )
        return NodeByNode(graph, self.size, with_neighbors(graph, fanouts))


class Walks(Batches, name="walks"):
    """Nodes drawn one by one, seen among all that random walks from them visit.

    Parameters
    ----------
    size : int
        Nodes of a batch.
    walks : int
        Walks from each of them.
    length : int
        Steps of a walk.
    prefetch : bool, optional
        Whether a second thread makes the next batch; see :class:`Batches`.

    Notes
    -----
    The encoder runs on the nodes visited and all edges among them, as on a graph of its own.
    Neighbours that no walk came to are missing, so that the embedding is approximate: least where
    degrees are great.

    References
    ----------
    Zeng et al., *GraphSAINT: graph sampling based inductive learning method*, 2020,
    arXiv:1907.04931.
    """

    def __init__(
        self, size: int = 4096, walks: int = 4, length: int = 3, prefetch: bool | None = None
    ) -> None:
        self.size, self.walks, self.length, self.prefetch = size, walks, length, prefetch

    def draws(self, graph: Graph, encoder: Encoder, seed: int) -> BatchDraws:
        """Return what gives the batches of an epoch."""
        hops_of(encoder)
        return NodeByNode(graph, self.size, among_walks(graph, self.walks, self.length))


class Clusters(Batches, name="clusters"):
    """Clusters of nodes that hang together, several to a batch.

    Parameters
    ----------
    size : int
        Nodes of a batch, about.
    parts : int
        Clusters of a batch, 2 at least: with one alone, no batch would hold a pair of nodes of
        two clusters, and what is a sum over pairs could not be estimated.
    cut : bool
        Whether the encoder sees the batch alone, as Cluster-GCN has it.
    prefetch : bool, optional
        Whether a second thread makes the next batch; see :class:`Batches`.

    Notes
    -----
    The graph is partitioned once, by METIS where pymetis is installed, else by
    :func:`~graphclust.graphs.partition.grown_parts`. **By default the embedding is exact**: the
    encoder sees all neighbours too, as many hops as it reads, of which neighbouring nodes share
    many. With ``cut`` it runs on the batch's nodes and the edges among them as on a graph of its
    own, and what it costs does not grow with the number of layers. Edges that lead out of the
    batch are missing then, and the embedding is approximate; the objective's own sums count all
    edges in either case. Nodes that are alike come together, so that estimates vary more than
    with :class:`Neighbors`.

    References
    ----------
    Chiang et al., *Cluster-GCN: an efficient algorithm for training deep and large graph
    convolutional networks*, 2019, arXiv:1905.07953.
    """

    def __init__(
        self, size: int = 4096, parts: int = 8, cut: bool = False, prefetch: bool | None = None
    ) -> None:
        self.size, self.parts, self.cut, self.prefetch = size, parts, cut, prefetch

    def draws(self, graph: Graph, encoder: Encoder, seed: int) -> BatchDraws:
        """Return what gives the batches of an epoch."""
        hops = hops_of(encoder)
        if self.parts < 2:
            raise InputError(
                f"parts={self.parts}: give 2 at least, so that a batch holds pairs of nodes of "
                "two clusters"
            )
        number = max(self.parts, -(-graph.n_nodes * self.parts // self.size))
        # Drawn apart from the run's own generator, so that a resumed run finds the same parts.
        labels = partition(graph.adj, min(number, graph.n_nodes), make_generator(seed, "cpu"))
        around = alone(graph) if self.cut else with_neighbors(graph, [ALL] * hops)
        return PartByPart(graph, labels, self.parts, around)


class Rows(Batches, name="rows"):
    """Nodes drawn one by one, for encoders that propagate once and learn row by row.

    Parameters
    ----------
    size : int
        Nodes of a batch.
    prefetch : bool, optional
        Whether a second thread makes the next batch; see :class:`Batches`.

    Notes
    -----
    **The embedding is exact.** The features are propagated before the training, and an epoch
    reads rows of the result: no neighbour is looked up, and what a step costs does not depend on
    the edges. Where an objective asks for corrupted features (deep graph infomax does), each
    epoch shuffles them anew and propagates them once more. Memory O(n f) for each of the two.
    Encoders: :class:`~graphclust.encoders.diffusion_gcn.DiffusionGCN`.
    """

    def __init__(self, size: int = 8192, prefetch: bool | None = None) -> None:
        self.size, self.prefetch = size, prefetch

    def encoder(self, encoder: Encoder) -> Encoder:
        """Return the part of the encoder that reads propagated rows."""
        return OfRows(_decoupled(encoder))

    def draws(self, graph: Graph, encoder: Encoder, seed: int) -> BatchDraws:
        """Return what gives the batches of an epoch."""
        return RowByRow(graph, _decoupled(encoder), self.size)


def _decoupled(encoder: Encoder) -> Decoupled:
    if not isinstance(encoder, Decoupled):
        raise InputError(
            f"encoder={encoder!r} does not propagate once and learn row by row, as "
            "encoders.DiffusionGCN() does: take that, or training.Neighbors() for batches"
        )
    return encoder


def hops_of(encoder: Encoder) -> int:
    """Return how many hops an encoder reads.

    Raises
    ------
    InputError
        If it cannot be run on some of the nodes.
    """
    if encoder.hops is None:
        raise InputError(
            f"encoder={encoder!r} cannot be trained in batches: it holds something of every node, "
            "or does not say how far it reads. Take another encoder, such as encoders.GCN(), or "
            "leave batches out"
        )
    return encoder.hops
