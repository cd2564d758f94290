"""One training step, from which objectives take what they need."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor, nn

from graphclust.encoders.variational import Posterior, Variational
from graphclust.errors import InputError
from graphclust.graphs import Features, Graph
from graphclust.objectives.augmentation import Augmentation
from graphclust.objectives.totals import Totals
from graphclust.randomness import randperm
from graphclust.sparse import CSR

if TYPE_CHECKING:
    from graphclust.encoders import Encoder
    from graphclust.heads import Head
    from graphclust.objectives.base import Objective

Of = Literal["memberships", "embedding"]


class Step:
    """What one step offers; each thing is computed when first asked for, and once.

    Parameters
    ----------
    encoder, head : modules
        Built, on the graph's device. A head that is fitted only after training cannot be asked.
    graph : Graph
        The graph of this step, its features ready for the encoder.
    generator : torch.Generator
        Source of every random choice of the step.
    epoch, n_epochs : int
        Which step of how many.
    targets : Tensor, optional
        Hard labels (n,) or memberships (n, k) that an iterative strategy put up.
    """

    def __init__(
        self,
        encoder: Encoder,
        head: Head,
        graph: Graph,
        generator: torch.Generator,
        epoch: int = 0,
        n_epochs: int = 1,
        targets: Tensor | None = None,
    ) -> None:
        self.encoder, self.head, self.graph, self.generator = encoder, head, graph, generator
        self.epoch, self.n_epochs, self.targets = epoch, n_epochs, targets
        self.all_targets = targets
        self._views: dict[tuple[int, int], tuple[Features, CSR]] = {}
        self._view_embeddings: dict[tuple[int, int], Tensor] = {}

    @property
    def x(self) -> Features:
        """The features that the encoder reads, shape (n, f)."""
        assert self.graph.x is not None
        return self.graph.x

    @property
    def adj(self) -> CSR:
        """The adjacency without self-loops, shape (n, n)."""
        return self.graph.adj

    def encode(self, x: Features | None = None, adj: CSR | None = None) -> Tensor:
        """Run the encoder on the graph, or on other features or another adjacency."""
        out: Tensor = self.encoder(
            self.x if x is None else x, self.adj if adj is None else adj, self.generator
        )
        return out

    def encode_nodes(self, x: Features | None = None, adj: CSR | None = None) -> Tensor:
        """Run the encoder of the nodes, also where what is clustered are graphs."""
        return self.encoder.nodes(
            self.x if x is None else x, self.adj if adj is None else adj, self.generator
        )

    @cached_property
    def posterior(self) -> Posterior:
        """The distribution of which the embedding is a draw, with gradient.

        Raises
        ------
        InputError
            If the encoder gives vectors only.
        """
        return self._posterior()

    def _posterior(self) -> Posterior:
        if not isinstance(self.encoder, Variational):
            raise InputError(
                f"encoder={self.encoder!r} gives a vector a node and no distribution, which the "
                "objective reads: wrap it, encoders.Variational(16, trunk=...)"
            )
        return self.encoder.posterior(self.x, self.adj, self.generator)

    @cached_property
    def z(self) -> Tensor:
        """The embedding, shape (n, d), with gradient; of a variational encoder, one draw."""
        if isinstance(self.encoder, Variational):
            return self.encoder.draw(self.posterior, self.generator)
        return self.encode()

    @cached_property
    def s(self) -> Tensor:
        """The memberships of the head, shape (n, k), with gradient."""
        out: Tensor = self.head(self.z)
        return out

    def totals(self, of: Of = "memberships") -> Totals:
        """Return sums over the whole graph; in a batch they are estimated, without bias."""
        return Totals(self.s if of == "memberships" else self.z, self.adj)

    def mean(self, rows: Tensor) -> Tensor:
        """Return the mean over the graph's nodes; in a batch, over the batch's alone."""
        return rows.mean(dim=0)

    @property
    def all_memberships(self) -> Tensor:
        """The memberships of all nodes, shape (n, k), without gradient."""
        return self.s.detach()

    @property
    def whole(self) -> Graph:
        """The graph that the step's nodes are of."""
        return self.graph

    @property
    def nodes(self) -> Tensor | None:
        """The step's nodes in the whole graph, ascending; None where they are all."""
        return None

    @property
    def edges(self) -> CSR:
        """The edges among the step's nodes."""
        return self.adj

    def pairs_within(self, pairs: CSR) -> CSR:
        """Return of pairs of the step's nodes with any node, (b, n), those within the step.

        Each has how many pairs it stands for: one over its odds where the step's nodes are drawn.
        """
        return pairs

    def own(self, rows: Tensor) -> Tensor:
        """Return of rows for all nodes those of the step's nodes; here they are all."""
        return rows

    @property
    def population(self) -> int:
        """Number of nodes, or of whole graphs, of which the step's are a draw; here all."""
        return self.graph.n_items

    def placed(self, rows: Tensor) -> Tensor:
        """Return of rows for what the encoder sees those of the step's nodes; here all."""
        return rows

    def weighed(self, value: Tensor, term: Objective) -> Tensor:
        """Return a term's value as an estimate of that on the whole graph; here it is that."""
        return value

    def descend(self, loss: Tensor, parameters: list[nn.Parameter]) -> None:
        """Put the gradient of the loss into the parameters."""
        loss.backward()  # type: ignore[no-untyped-call]

    @cached_property
    def corrupted(self) -> Tensor:
        """The embedding of the graph whose features were shuffled among its nodes, (n, d)."""
        order = randperm(self.graph.n_nodes, self.generator).to(self.adj.device)
        shuffled = self.x.take_rows(order) if isinstance(self.x, CSR) else self.x[order]
        return self.encode(x=shuffled)

    def view(self, augmentation: Augmentation, index: int) -> tuple[Features, CSR]:
        """Return the features and adjacency of an augmented view, the same for who asks again."""
        key = (id(augmentation), index)
        if key not in self._views:
            self._views[key] = augmentation.apply(self.x, self.adj, self.generator)
        return self._views[key]

    def view_embedding(self, augmentation: Augmentation, index: int) -> Tensor:
        """Return the embedding of an augmented view, shape (n, d), with gradient."""
        key = (id(augmentation), index)
        if key not in self._view_embeddings:
            self._view_embeddings[key] = self.encode(*self.view(augmentation, index))
        return self._view_embeddings[key]
