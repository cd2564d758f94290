"""A method of graphs made of given parts, or another one with some parts replaced."""

from __future__ import annotations

from dataclasses import replace

from graphclust.encoders import Encoder
from graphclust.encoders.gine import GINE, reads_edges
from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.encoders.transforms import UnitRows
from graphclust.errors import InputError
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import Head
from graphclust.methods.base import Method, Recipe
from graphclust.methods.composed import head_instead, parts_of
from graphclust.methods.of_graphs import DeepGraphMethod
from graphclust.objectives import Objective
from graphclust.readouts import Pooled, Readout
from graphclust.readouts.sums import Sum
from graphclust.training import Graphs, Multistage, Optimisation, Simultaneous


class ComposedOfGraphs(DeepGraphMethod, register=False, name="composed_of_graphs"):
    """Encoder, readout, head and objective as given, trained in batches of 128 graphs.

    Parameters
    ----------
    encoder : Encoder, optional
        Of nodes; ``GINE([32, 32, 32])`` by default.
    readout : Readout, optional
        The sum by default.
    head : Head, optional
        Softmax where the objective trains the head, k-means on unit rows otherwise.
    objective : Objective
    """

    family = "simultaneous"
    title = "composed"

    def __init__(
        self,
        encoder: Encoder | None = None,
        readout: Readout | None = None,
        head: Head | None = None,
        objective: Objective | None = None,
    ) -> None:
        self.encoder, self.readout, self.head = encoder, readout, head
        self.objective = objective

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the recipe; the objective decides the strategy."""
        objective, head = parts_of(self.objective, self.head)
        for name, _, term in objective.terms():
            if term.level == "nodes":
                raise InputError(
                    f"objective {name!r} is about the nodes of one graph, and whole graphs are "
                    "clustered: take one of graphs, such as graph_infomax, or NodeClusterer"
                )
        encoder = with_edges(self.encoder or GINE([32, 32, 32]), graphs)
        return Recipe(
            encoder=Pooled(encoder, self.readout or Sum()),
            head=head,
            objective=objective,
            strategy=Simultaneous() if objective.needs_head else Multistage(),
            optimisation=Optimisation(50, 1e-3),
            before=[MixedColumns()],
            after=[] if objective.needs_head else [UnitRows()],
            batches=Graphs(),
        )


class AdaptedToGraphs(DeepGraphMethod, register=False, name="adapted_to_graphs"):
    """A deep method of graphs with its encoder, readout or head replaced."""

    title = "adapted"

    def __init__(
        self,
        method: Method,
        encoder: Encoder | None = None,
        readout: Readout | None = None,
        head: Head | None = None,
    ) -> None:
        if not isinstance(method, DeepGraphMethod):
            raise InputError(
                f"method={method.name!r} has no parts to replace: leave encoder=, readout= and "
                "head= out, or choose a deep method"
            )
        self.method, self.encoder, self.readout, self.head = method, encoder, readout, head

    def compose_graphs(self, graphs: GraphSet, n_clusters: int) -> Recipe:
        """Return the method's recipe with the parts replaced."""
        assert isinstance(self.method, DeepGraphMethod)
        recipe = self.method.compose_graphs(graphs, n_clusters)
        head = head_instead(recipe, self.head, self.method)
        old = recipe.encoder
        if not isinstance(old, Pooled) and (self.encoder or self.readout):
            raise InputError(
                f"method={self.method.name!r} has no encoder and readout to replace: choose one "
                "that has, such as infograph"
            )
        if isinstance(old, Pooled):
            inner = with_edges(self.encoder or old.encoder, graphs)
            old = type(old)(**{**old.get_params(), "encoder": inner,
                               "readout": self.readout or old.readout})  # fmt: skip
        return replace(recipe, encoder=old, head=head)


def with_edges(encoder: Encoder, graphs: GraphSet) -> Encoder:
    """Return an encoder that reads the features of edges, told how many there are."""
    return reads_edges(encoder, graphs.edge_channels)
