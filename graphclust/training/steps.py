"""The steps of an epoch: one over the whole graph, or one over each batch."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.objectives import Objective, Step
from graphclust.objectives.batch_step import BatchStep, Kept
from graphclust.ondisk import StoredRows
from graphclust.training.network import Network
from graphclust.training.run import Run


class Steps:
    """What the loop goes through in an epoch.

    Parameters
    ----------
    network : Network
    graph : Graph
        Prepared.
    objective : Objective
    n_epochs : int
    run : Run
        Its ``batches`` say how the graph is cut; ``None`` does not cut it.

    Raises
    ------
    InputError
        If batches would compute something else than the objective, or than the encoder.
    """

    def __init__(
        self, network: Network, graph: Graph, objective: Objective, n_epochs: int, run: Run
    ) -> None:
        self.network, self.graph, self.n_epochs, self.run = network, graph, n_epochs, run
        self._draws = None
        if run.batches is not None:
            check_splits(objective)
            seed = run.generator.initial_seed()
            self._draws = run.batches.draws(graph, network.encoder, seed)
            self._encoder = run.batches.encoder(network.encoder)

    def of_epoch(self, epoch: int) -> Iterator[Step]:
        """Yield the steps of an epoch."""
        network, generator = self.network, self.run.generator
        if self._draws is None:
            yield network.step(self.graph, generator, epoch, self.n_epochs)
            return
        # Of the weights that the epoch begins with, whichever batch asks first.
        kept = Kept(self._encoded, network.head, self.graph.adj)
        for batch in self._draws.epoch(generator):
            yield BatchStep(
                self._encoder, network.head, batch, kept, generator, epoch, self.n_epochs
            )

    def _encoded(self) -> Tensor | StoredRows:
        return self.network.encode(self.graph, in_blocks=True)


def check_splits(objective: Objective) -> None:
    """Refuse what a batch gives no unbiased estimate of.

    Raises
    ------
    InputError
        Naming the objective.
    """
    for name, _, term in objective.terms():
        if term.in_batches == "refused":
            raise InputError(
                f"objective {name!r} cannot be trained in batches: from some of the nodes alone it "
                "would be something else than on the whole graph. Leave batches out, or take an "
                "objective that splits, such as modularity"
            )
