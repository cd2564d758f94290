"""What a method is: a short recipe that composes encoder, head, objective and strategy."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from graphclust.component import Component
from graphclust.encoders import Encoder
from graphclust.encoders.transforms import Transform
from graphclust.graphs import Graph
from graphclust.heads import Head
from graphclust.objectives import Objective
from graphclust.training import Batches, Network, Optimisation, Run, Strategy
from graphclust.training.network import Model

FAMILIES = ("classical", "multistage", "iterative", "generative", "simultaneous")


@dataclass
class Recipe:
    """A deep method, composed and not yet trained.

    Attributes
    ----------
    encoder : Encoder
    head : Head
    objective : Objective or None
        ``None`` where the encoder has nothing to learn.
    strategy : Strategy
        How encoder and head take turns.
    optimisation : Optimisation
    before, after : sequences of Transform
        Done to the features before the encoder, and to the embedding before a fitted head.
    batches : Batches or None
        How trainings are cut into batches; ``None`` takes the whole graph in each step.
    """

    encoder: Encoder
    head: Head
    objective: Objective | None
    strategy: Strategy
    optimisation: Optimisation = field(default_factory=Optimisation)
    before: Sequence[Transform] = ()
    after: Sequence[Transform] = ()
    batches: Batches | None = None


class Method(Component, kind="method"):
    """Base of all methods.

    Attributes
    ----------
    family : str
        One of :data:`FAMILIES`.
    title : str
        The method's name as its paper writes it.
    paper, year, arxiv : str, int, str
        Where it comes from.
    needs : tuple of str
        Of ``"features"``, ``"edges"`` and ``"k"``; without ``"k"`` it finds their number.
    cost : str
        Time of a fit, as ``graphclust methods`` prints it.
    reads_direction : bool
        Whether it reads the direction of edges; otherwise they are symmetrised.
    inductive : bool
        Whether it can be applied to nodes and graphs that it has not seen.
    """

    family: ClassVar[str] = ""
    title: ClassVar[str] = ""
    paper: ClassVar[str] = ""
    year: ClassVar[int] = 0
    arxiv: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ("features", "edges", "k")
    cost: ClassVar[str] = ""
    reads_direction: ClassVar[bool] = False
    inductive: ClassVar[bool] = True

    @property
    def shown_name(self) -> str:
        """What results are filed under: the name that it is chosen by."""
        return self.name

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Model:
        """Fit to a graph on the run's device and return the model that assigns nodes."""
        raise NotImplementedError


class DeepMethod(Method, register=False):
    """Base of the methods that are a recipe over the one loop."""

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe for a graph of these sizes and so many clusters."""
        raise NotImplementedError

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> Model:
        """Compose, build and train."""
        assert n_clusters is not None
        return fit_recipe(self.compose(graph, n_clusters), graph, n_clusters, run)


def fit_recipe(recipe: Recipe, graph: Graph, n_clusters: int, run: Run) -> Network:
    """Train what a recipe describes; the recipe's own parts are left as they were."""
    recipe = copy.deepcopy(recipe)
    network = Network(recipe.before, recipe.encoder, recipe.after, recipe.head)
    run.batches = recipe.batches
    prepared = network.build(graph, n_clusters, run.generator)
    recipe.strategy.run(network, prepared, recipe.objective, recipe.optimisation, run)
    # As they will be saved: a transposed view multiplies to other last bits than its copy.
    for owner in network.modules():
        for name, value in owner.named_buffers(recurse=False):
            owner._buffers[name] = value.contiguous()
    return network.eval()
