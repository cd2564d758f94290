"""The steps of an epoch: one over the whole graph, or one over each batch; on ranks, of a share."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor
from torch.nn import BatchNorm1d

from graphclust.encoders import Encoder
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.share import share_of
from graphclust.objectives import Objective, Step
from graphclust.objectives.batch_step import BatchStep, Kept
from graphclust.objectives.rank_step import RankBatchStep, RankStep
from graphclust.ondisk import StoredRows
from graphclust.training.batches import Batches, Rows
from graphclust.training.graph_batches import Graphs
from graphclust.training.network import Network
from graphclust.training.run import Run


class Steps:
    """What the loop goes through in an epoch.

    Parameters
    ----------
    network : Network
    graph : Graph
        Prepared; its ``ranks`` say who shares the work.
    objective : Objective
    n_epochs : int
    run : Run
        Its ``batches`` say how the graph is cut; ``None`` does not cut it.

    Raises
    ------
    InputError
        If batches or ranks would compute something else than the objective, or than the encoder.
    """

    def __init__(
        self, network: Network, graph: Graph, objective: Objective, n_epochs: int, run: Run
    ) -> None:
        self.network, self.graph, self.n_epochs, self.run = network, graph, n_epochs, run
        self._draws = self._share = None
        if graph.ranks is not None:
            check_ranks(objective, network.encoder, run.batches)
            self._share = share_of(graph)
        if run.batches is not None:
            check_splits(objective, run.batches)
            seed = run.generator.initial_seed()
            self._draws = run.batches.draws(graph, network.encoder, seed)
            self._encoder = run.batches.encoder(network.encoder)

    def of_epoch(self, epoch: int) -> Iterator[Step]:
        """Yield the steps of an epoch."""
        network, generator, share = self.network, self.run.generator, self._share
        when = (generator, epoch, self.n_epochs)
        if self._draws is None and share is None:
            yield network.step(self.graph, *when)
        elif self._draws is None and share is not None:
            yield RankStep(network.encoder, network.head, share, *when)
        elif self._draws is not None and self.run.batches is not None:
            # Of the weights that the epoch begins with, whichever batch asks first.
            kept = Kept(self._encoded, network.head, self.graph.adj)
            device = self.graph.adj.device
            for batch in self.run.batches.made(self._draws.epoch(generator), device):
                parts = (self._encoder, network.head, batch, kept)
                if share is None:
                    yield BatchStep(*parts, *when, network.targets)
                else:
                    yield RankBatchStep(*parts, share.ranks, *when)

    def _encoded(self) -> Tensor | StoredRows:
        return self.network.encode(self.graph, in_blocks=True)


def check_splits(objective: Objective, batches: Batches) -> None:
    """Refuse what a batch gives no unbiased estimate of.

    A batch of whole graphs is a set of graphs as all of them are: there the objective is that of
    the batch, as the papers have it, and nothing is refused.

    Raises
    ------
    InputError
        Naming the objective.
    """
    if isinstance(batches, Graphs):
        return
    for name, _, term in objective.terms():
        if term.in_batches == "refused":
            raise InputError(
                f"objective {name!r} cannot be trained in batches: from some of the nodes alone it "
                "would be something else than on the whole graph. Leave batches out, or take an "
                "objective that splits, such as modularity"
            )


def check_ranks(objective: Objective | None, encoder: Encoder, batches: Batches | None) -> None:
    """Refuse what several ranks would not compute as one process does.

    Raises
    ------
    InputError
        Naming the objective, the encoder or the batches.
    """
    advice = (
        "start it in one process, without torchrun, or take a method that ranks share: dmon, "
        "mincut, jbgnn, neuromap, dgi, default, ssgc or kmeans"
    )
    for name, _, term in [] if objective is None else objective.terms():
        if term.on_ranks == "refused":
            raise InputError(
                f"objective {name!r} cannot be shared by several ranks, since it reads nodes that "
                f"lie on others: {advice}"
            )
    if encoder.hops is None:
        raise InputError(
            f"encoder={encoder!r} cannot be shared by several ranks, since it holds something of "
            f"every node, or does not say how far it reads: {advice}"
        )
    if any(isinstance(part, BatchNorm1d) for part in encoder.modules()):
        raise InputError(
            f"encoder={encoder!r} normalises over the nodes of a batch, of which each rank sees "
            f"its own: set batch_norm=False, or {advice}"
        )
    if batches is not None and not isinstance(batches, Rows):
        raise InputError(
            f"batches={batches!r} cannot be shared by several ranks: leave batches out, since "
            "each rank has a part of the graph already, or use one process"
        )
