"""One training step on one rank's nodes: what an objective asks for, of all ranks together."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.graphs.batch import Batch
from graphclust.graphs.share import Share, taken
from graphclust.objectives.augmentation import Augmentation
from graphclust.objectives.batch_step import BatchStep, Kept
from graphclust.objectives.rank_totals import RankTotals
from graphclust.objectives.step import Of, Step
from graphclust.objectives.totals import Totals
from graphclust.randomness import randperm
from graphclust.ranks import Ranks, summed
from graphclust.ranks.sums import descend
from graphclust.sparse import CSR

if TYPE_CHECKING:
    from graphclust.encoders import Encoder
    from graphclust.heads import Head
    from graphclust.objectives.base import Objective


class RankStep(Step):
    """A step whose ``z`` and ``s`` have a row for each of this rank's nodes.

    Every rank gets the loss of the whole graph, and the gradient of it.

    Parameters
    ----------
    encoder, head : modules
    share : Share
    generator : torch.Generator
        In the same state on each rank.
    epoch, n_epochs : int
    """

    def __init__(
        self,
        encoder: Encoder,
        head: Head,
        share: Share,
        generator: torch.Generator,
        epoch: int = 0,
        n_epochs: int = 1,
    ) -> None:
        super().__init__(encoder, head, share.graph, generator, epoch, n_epochs)
        self.share, self.ranks = share, share.ranks

    def encode(self, x: Features | None = None, adj: CSR | None = None) -> Tensor:
        """Run the encoder on this rank's nodes.

        Raises
        ------
        InputError
            If it draws random numbers: of as many as there are rows here, other ranks would go
            on with other ones, and one process with others again.
        """
        before = self.generator.get_state()
        out = super().encode(x, adj)
        self._check_draws(before, self.encoder)
        return out

    @cached_property
    def s(self) -> Tensor:
        """The memberships of this rank's nodes, shape (m, k), with gradient."""
        z = self.z
        before = self.generator.get_state()
        out: Tensor = self.head(z)
        self._check_draws(before, self.head)
        return out

    def totals(self, of: Of = "memberships") -> Totals:
        """Return sums over the whole graph."""
        rows = self.s if of == "memberships" else self.z
        return RankTotals(rows, self.share.rows, self.ranks)

    def mean(self, rows: Tensor) -> Tensor:
        """Return the mean over all nodes of the graph."""
        return summed(rows.sum(dim=0), self.ranks) / self.share.whole.n_nodes

    @property
    def all_memberships(self) -> Tensor:
        """The memberships of all nodes, shape (n, k), without gradient."""
        return self.share.rows.halo.gather(self.s.detach())

    def own(self, rows: Tensor) -> Tensor:
        """Return of rows for all nodes those of this rank's nodes."""
        return rows.index_select(0, self.share.own)

    def weighed(self, value: Tensor, term: Objective) -> Tensor:
        """Return a term's value on the whole graph."""
        if term.on_ranks == "mean":
            return summed(value * self.share.weight, self.ranks)
        return value

    @cached_property
    def corrupted(self) -> Tensor:
        """The embedding of this rank's nodes where features were shuffled among all nodes."""
        whole = self.share.whole
        assert whole.x is not None
        order = randperm(whole.n_nodes, self.generator).to(whole.adj.device)
        return self.encode(x=taken(whole.x, order[self.share.own]))

    def view(self, augmentation: Augmentation, index: int) -> tuple[Features, CSR]:
        """Refuse: a view's degrees are known where all of its edges are.

        Raises
        ------
        InputError
        """
        raise InputError(f"several ranks have no augmented view {augmentation!r}: use one process")

    def descend(self, loss: Tensor, parameters: list[nn.Parameter]) -> None:
        """Put the gradient of the loss, of all ranks, into the parameters."""
        descend(loss, parameters, self.ranks)

    def _check_draws(self, before: Tensor, part: Encoder | Head) -> None:
        if not torch.equal(before, self.generator.get_state()):
            raise InputError(
                f"{part!r} draws random numbers for every node while it trains (dropout, or a "
                "variational encoder), which ranks do not share: set dropout=0.0, or use one "
                "process"
            )


class RankBatchStep(BatchStep):
    """A step on those nodes of a batch that are this rank's; the batch is drawn by all alike.

    Parameters
    ----------
    encoder, head : modules
    batch : Batch
        Of this rank's nodes; its ``draw.drawn`` counts those of all ranks.
    kept : Kept
    ranks : Ranks
    generator : torch.Generator
    epoch, n_epochs : int
    """

    def __init__(
        self,
        encoder: Encoder,
        head: Head,
        batch: Batch,
        kept: Kept,
        ranks: Ranks,
        generator: torch.Generator,
        epoch: int = 0,
        n_epochs: int = 1,
    ) -> None:
        super().__init__(encoder, head, batch, kept, generator, epoch, n_epochs)
        self.ranks = ranks

    def mean(self, rows: Tensor) -> Tensor:
        """Return the mean over the batch's nodes on all ranks."""
        return summed(rows.sum(dim=0), self.ranks) / self.batch.draw.drawn

    def weighed(self, value: Tensor, term: Objective) -> Tensor:
        """Return a mean over this rank's rows as one over the batch's on all ranks."""
        if term.on_ranks == "mean":
            return summed(value * (self.batch.nodes.numel() / self.batch.draw.drawn), self.ranks)
        return value

    def totals(self, of: Of = "memberships") -> Totals:
        """Refuse: pairs of a batch's nodes lie on two ranks.

        Raises
        ------
        InputError
        """
        raise InputError(
            "several ranks do not estimate sums over the graph from batches: leave batches out, "
            "since each rank has a part of the graph already, or use one process"
        )

    def descend(self, loss: Tensor, parameters: list[nn.Parameter]) -> None:
        """Put the gradient of the loss, of all ranks, into the parameters."""
        descend(loss, parameters, self.ranks)
