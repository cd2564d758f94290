"""A network is encoder then head, with what is done to the features before and between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from graphclust.component import Component
from graphclust.encoders import Encoder
from graphclust.encoders.decoupled import Decoupled
from graphclust.encoders.in_blocks import all_rows, applied, by_rows, refusal
from graphclust.encoders.layered import Layered
from graphclust.encoders.transforms import Transform
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.share import by_ranks
from graphclust.heads import Head
from graphclust.objectives import Dims, Objective, Step
from graphclust.ondisk import ComputedRows, StoredRows
from graphclust.readouts import Pooled
from graphclust.sparse import CSR, StreamedCSR

# Nodes from which on a graph is encoded layer by layer, in blocks of rows.
LARGE = 1 << 18
# Nodes from which on rows that a decoupled encoder embeds are computed when they are read.
MANY = 1 << 16


class Model(Component, nn.Module, kind="model"):
    """What a fit leaves behind: it assigns the nodes of any graph that it can read.

    ``to_config`` and ``facts`` are its description in JSON, ``state_dict`` its tensors.
    """

    def facts(self) -> dict[str, Any]:
        """Return the sizes that :meth:`restore` needs, as plain JSON values."""
        return {}

    def restore(self, facts: dict[str, Any]) -> None:
        """Make the parameters from the sizes, so that saved tensors can be put in."""

    def in_row_order(self) -> Self:
        """Lay every tensor out row by row, as it will lie when it has been saved and loaded.

        A product rounds otherwise over the same numbers in another order of memory, and a node
        on the border of two clusters would then change its cluster by being saved.
        """
        for module in self.modules():
            for key, buffer in module._buffers.items():
                module._buffers[key] = None if buffer is None else buffer.contiguous()
            for parameter in module._parameters.values():
                if parameter is not None:
                    parameter.data = parameter.data.contiguous()
        return self

    def infer(self, graph: Graph) -> tuple[Tensor, Tensor, Tensor]:
        """Return labels (n,), memberships (n, k) and embedding (n, d)."""
        raise NotImplementedError


class Network(Model, name="network"):
    """What a deep method trains and a prediction applies.

    Parameters
    ----------
    before : sequence of Transform
        Applied to the features, without gradient.
    encoder : Encoder
    after : sequence of Transform
        Applied to the finished embedding, without gradient, before a fitted head reads it.
    head : Head
    """

    def __init__(
        self,
        before: Sequence[Transform],
        encoder: Encoder,
        after: Sequence[Transform],
        head: Head,
    ) -> None:
        super().__init__()
        self.before, self.after = nn.ModuleList(before), nn.ModuleList(after)
        self.encoder, self.head = encoder, head
        self.targets: Tensor | None
        self.register_buffer("targets", None, persistent=False)

    def get_params(self, deep: bool = False) -> dict[str, Any]:
        """Return the parts, as plain lists and components."""
        return {
            "before": list(self.before),
            "encoder": self.encoder,
            "after": list(self.after),
            "head": self.head,
        }

    def facts(self) -> dict[str, Any]:
        """Return the widths of the encoder's and the head's input, and k."""
        return {
            "in_channels": self.in_channels,
            "head_channels": self.head_channels,
            "n_clusters": self.head.n_clusters,
        }

    def restore(self, facts: dict[str, Any]) -> None:
        """Make all parameters from the recorded widths."""
        self.in_channels, self.head_channels = facts["in_channels"], facts["head_channels"]
        self.encoder.build(self.in_channels, None)
        self.head.build(self.head_channels, facts["n_clusters"], None)

    def build(self, graph: Graph, n_clusters: int, generator: torch.Generator) -> Graph:
        """Fit the transforms before, make all parameters, and return the graph as prepared."""
        graph = self._apply_before(graph, generator)
        self.in_channels = graph.n_features
        self.encoder.build(self.in_channels, generator)
        width = self.encoder.out_channels
        for transform in self.after:
            assert isinstance(transform, Transform)
            width = transform.width(width, graph.n_items)
        self.build_head(width, n_clusters, generator)
        self.to(graph.adj.device)
        assert graph.x is not None
        self.encoder.adapt(graph.x, graph.adj, generator)
        return graph

    def build_head(self, width: int, n_clusters: int, generator: torch.Generator | None) -> None:
        """Make the head for embeddings of the given width."""
        self.head_channels = width
        self.head.build(width, n_clusters, generator)

    def dims(self, graph: Graph) -> Dims:
        """Return the sizes that objectives build for."""
        encoder = self.encoder
        inner = encoder.encoder.out_channels if isinstance(encoder, Pooled) else None
        return Dims(
            graph.n_items, graph.n_features, encoder.out_channels, self.head.n_clusters, inner
        )

    def step(
        self, graph: Graph, generator: torch.Generator, epoch: int = 0, n_epochs: int = 1
    ) -> Step:
        """Return what one step of training offers to the objectives."""
        return Step(self.encoder, self.head, graph, generator, epoch, n_epochs, self.targets)

    # -- inference ---------------------------------------------------------------------------

    def prepare(self, graph: Graph) -> Graph:
        """Apply the fitted transforms before the encoder.

        Raises
        ------
        InputError
            If the graph has no features, or of another width than the training graph's.
        """
        return self._apply_before(graph, None)

    @torch.no_grad()
    def encode(self, graph: Graph, in_blocks: bool = False) -> Tensor | StoredRows:
        """Return what the encoder gives after training, of a prepared graph, shape (n, d).

        Large graphs, and others when asked, are encoded layer by layer in blocks of rows where
        the encoder has layers for it (GCN, SAGE, GIN and GAT have). Of a graph that ranks share,
        each computes its own nodes' rows and gets those of the others.
        """
        was_training = self.training
        self.eval()
        assert graph.x is not None
        in_blocks = in_blocks or graph.n_nodes >= LARGE
        in_blocks = in_blocks or graph.adj.streamed
        z: Tensor | StoredRows
        if graph.ranks is not None and self.encoder.hops is not None:
            z = by_ranks(self.encoder, graph)
        elif in_blocks and isinstance(self.encoder, Layered):
            z = self.encoder.layer_by_layer(graph.x, graph.adj)
        else:
            z = applied(self.encoder, graph.x, graph.adj)
        self.train(was_training)
        return z

    @torch.no_grad()
    def embed(self, graph: Graph, fit_after: torch.Generator | None = None) -> Tensor:
        """Return the embedding of a prepared graph as the head reads it, shape (n, d).

        With a generator, the transforms after the encoder are fitted on the way.
        """
        was_training = self.training
        self.eval()
        z: Any = self._computed(graph) or self.encode(graph)
        for module in self.after:
            transform: Transform = module  # type: ignore[assignment]
            if isinstance(z, ComputedRows) and transform.splits != "rows":
                z = all_rows(z, graph.adj)
            if fit_after is not None:
                transform.fit(z, graph.adj, fit_after)
            z = applied(transform, z, graph.adj)
        self.train(was_training)
        if isinstance(z, ComputedRows):
            z = all_rows(z, graph.adj)
        assert isinstance(z, (Tensor, StoredRows))
        if isinstance(z, StoredRows) and not self.head.streams:
            raise refusal(self.head)
        return z  # type: ignore[return-value]

    def _computed(self, graph: Graph) -> ComputedRows | None:
        """Return the embedding of a large graph as rows that are computed when they are read.

        What comes after a decoupled encoder is narrower than its embedding, which then is never
        there as a whole.
        """
        encoder, x, adj = self.encoder, graph.x, graph.adj
        if not isinstance(encoder, Decoupled) or isinstance(x, CSR) or x is None:
            return None
        streamed = isinstance(adj, StreamedCSR)
        if not streamed and (graph.n_nodes < MANY or x.shape[1] > encoder.out_channels):
            return None
        if isinstance(adj, StreamedCSR):
            table = encoder.propagated(x, adj)
            return ComputedRows(table, encoder.out_channels, encoder.rows, adj.memory)
        table = by_ranks(lambda x, adj: encoder.propagated(x, adj), graph)  # type: ignore[arg-type, return-value]
        return ComputedRows(table, encoder.out_channels, encoder.rows)

    @torch.no_grad()
    def infer(self, graph: Graph) -> tuple[Tensor, Tensor, Tensor]:
        """Return labels (n,), memberships (n, k) and embedding (n, d) of an unprepared graph."""
        z = self.embed(self.prepare(graph))
        self.eval()
        return self.labels(z), self.memberships(z), z

    def memberships(self, z: Tensor | StoredRows) -> Tensor:
        """Return the head's memberships of an embedding, shape (n, k); on disk if they must be."""
        out: Any = by_rows(self.head, z) if isinstance(z, StoredRows) else self.head(z)
        return out  # type: ignore[no-any-return]

    def labels(self, z: Tensor | StoredRows) -> Tensor:
        """Return the head's clusters of an embedding, int64, shape (n,)."""
        if isinstance(z, StoredRows):
            return torch.cat([self.head.predict(block) for _, block in z.blocks()])
        return self.head.predict(z)

    def _apply_before(self, graph: Graph, generator: torch.Generator | None) -> Graph:
        x = graph.x
        if x is None:
            raise InputError(f"{graph.name} has no node features, and this network reads features")
        for module in self.before:
            transform: Transform = module  # type: ignore[assignment]
            if generator is not None:
                transform.fit(x, graph.adj, generator)
            x = applied(transform, x, graph.adj)
        return replace(graph, x=x)


def build_objective(
    objective: Objective, network: Network, graph: Graph, generator: torch.Generator
) -> Objective:
    """Make an objective's parameters for the network and put them on the graph's device."""
    return objective.build(network.dims(graph), generator).to(graph.adj.device)
