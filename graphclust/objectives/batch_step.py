"""One training step on a batch: what an objective asks for, of the batch's nodes."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from graphclust.encoders.decoupled import OfRows
from graphclust.encoders.in_blocks import by_rows
from graphclust.encoders.variational import Posterior
from graphclust.errors import InputError
from graphclust.graphs import Features, Graph
from graphclust.graphs.batch import Batch
from graphclust.graphs.graph_set import GraphSet
from graphclust.graphs.part import Part, among
from graphclust.objectives.augmentation import Augmentation
from graphclust.objectives.estimated_totals import EstimatedTotals, KeptTotals
from graphclust.objectives.step import Of, Step
from graphclust.objectives.totals import Totals
from graphclust.ondisk import StoredRows, size_words
from graphclust.sparse import CSR

if TYPE_CHECKING:
    from graphclust.encoders import Encoder
    from graphclust.heads import Head
    from graphclust.objectives.base import Objective


class Kept:
    """The sums over all nodes' memberships or embedding, found when first asked for, and once.

    Parameters
    ----------
    embed : callable
        Returns the embedding of the whole graph, shape (n, d), without gradient.
    head : Head
    adj : CSR, shape (n, n)
    """

    def __init__(self, embed: Callable[[], Tensor | StoredRows], head: Head, adj: CSR) -> None:
        self._embed, self._head, self._adj = embed, head, adj

    @cached_property
    @torch.no_grad()
    def memberships(self) -> KeptTotals:
        """The sums over all nodes' memberships."""
        was_training = self._head.training
        self._head.eval()
        z = self._embed()
        s = by_rows(self._head, z) if isinstance(z, StoredRows) else self._head(z)
        self._head.train(was_training)
        return self._totals(s)

    @cached_property
    def embedding(self) -> KeptTotals:
        """The sums over all nodes' embedding."""
        return self._totals(self._embed())

    def _totals(self, rows: Tensor | StoredRows) -> KeptTotals:
        if isinstance(rows, StoredRows):
            raise InputError(
                f"the objective keeps {rows.shape[1]} numbers of each of {rows.shape[0]} nodes in "
                f"memory, {size_words(4 * rows.shape[0] * rows.shape[1])}, where "
                f"{size_words(rows.memory)} are allowed: allow more by --memory, or take an "
                "objective that sums over nodes, such as discriminator"
            )
        return KeptTotals(rows, self._adj)


class BatchStep(Step):
    """A step whose ``z``, ``s`` and ``posterior`` have a row for each node or graph of a batch.

    Parameters
    ----------
    encoder, head : modules
    batch : Batch
        Its surroundings are what the encoder reads.
    kept : Kept
        What was found of all nodes before the batch was drawn.
    generator : torch.Generator
    epoch, n_epochs : int
        Which pass over all batches of how many.
    targets : Tensor, optional
        Of all items, as an iterative strategy put them up.
    """

    def __init__(
        self,
        encoder: Encoder,
        head: Head,
        batch: Batch,
        kept: Kept,
        generator: torch.Generator,
        epoch: int = 0,
        n_epochs: int = 1,
        targets: Tensor | None = None,
    ) -> None:
        self.batch, self.kept = batch, kept
        own = None if targets is None else self.own(targets)
        super().__init__(encoder, head, batch.surroundings, generator, epoch, n_epochs, own)
        self.all_targets = targets

    def encode(self, x: Features | None = None, adj: CSR | None = None) -> Tensor:
        """Run the encoder on the surroundings; the rows of the batch's nodes."""
        return self.placed(super().encode(x, adj))

    @cached_property
    def posterior(self) -> Posterior:
        """The distribution of the batch's embedding."""
        around = self._posterior()
        return Posterior(self.placed(around.mean), self.placed(around.log_variance))

    @cached_property
    def corrupted(self) -> Tensor:
        """The embedding of the batch's nodes where features were shuffled among all nodes."""
        return self.encode(x=self.batch.corrupted())

    def view(self, augmentation: Augmentation, index: int) -> tuple[Features, CSR]:
        """Return the features and adjacency of an augmented view of the surroundings.

        Graphs are in the batch as a whole, and so is their view.

        An edge is in the view or not wherever the batch meets it, and columns are masked for all
        nodes. Degrees are those in a view of the whole graph: how many of the edges beyond the
        surroundings stay is drawn, for either end of such an edge by itself.

        Raises
        ------
        InputError
            If edges have weights, or features were propagated before the batch was cut.
        """
        if isinstance(self.graph, GraphSet):
            return super().view(augmentation, index)
        if isinstance(self.encoder, OfRows):
            raise InputError(
                f"batches of rows have no augmented view {augmentation!r}, since features are "
                "propagated once: take training.Neighbors(), or leave batches out"
            )
        if self.batch.whole.adj.weighted and isinstance(self.adj, Part):
            raise InputError(
                f"a batch of a graph with weights has no augmented view {augmentation!r}, since it "
                "knows the weights of a part of the edges only: leave batches out"
            )
        return super().view(augmentation, index)

    @property
    def population(self) -> int:
        """Number of nodes, or of whole graphs, of which the batch's are a uniform draw.

        Raises
        ------
        InputError
            If clusters of nodes were drawn.
        """
        n = self.batch.whole.n_items
        if self.batch.draw.parts != n:
            raise InputError(
                "a batch of clusters is no uniform draw of nodes, and the objective compares a "
                "node with others at random: take training.Neighbors() (batch_kind=neighbors)"
            )
        return n

    @property
    def all_memberships(self) -> Tensor:
        """The memberships of all nodes as they were kept, shape (n, k)."""
        return self.kept.memberships.s

    @property
    def whole(self) -> Graph:
        """The graph that the batch was drawn from."""
        return self.batch.whole

    @property
    def nodes(self) -> Tensor:
        """The batch's nodes in the whole graph, ascending."""
        return self.batch.nodes

    @property
    def edges(self) -> CSR:
        """The edges among the batch's nodes."""
        return self.batch.edges

    def pairs_within(self, pairs: CSR) -> CSR:
        """Return the pairs within the batch, each with one over its odds given its first node."""
        within, draw = among(pairs, self.batch.nodes), self.batch.draw
        return within.with_weight(draw.weight_of(within) / draw.node_weight)

    def own(self, rows: Tensor) -> Tensor:
        """Return of rows for all nodes those of the batch's nodes."""
        return rows.index_select(0, self.batch.nodes)

    def weighed(self, value: Tensor, term: Objective) -> Tensor:
        """Return a mean over the batch's rows as an unbiased estimate of that over all rows.

        Batches of clusters have more rows or fewer, and a mean over few rows must not weigh more
        than their sum does.
        """
        if term.in_batches == "totals":
            return value
        batch = self.batch
        return value * (batch.nodes.numel() * batch.draw.node_weight / batch.whole.n_items)

    def totals(self, of: Of = "memberships") -> Totals:
        """Return the sums over the whole graph, estimated."""
        rows = self.s if of == "memberships" else self.z
        return EstimatedTotals(rows, self.batch, getattr(self.kept, of))

    def placed(self, rows: Tensor) -> Tensor:
        """Return of rows for what the encoder sees those of the batch's nodes."""
        return rows[self.batch.place]
