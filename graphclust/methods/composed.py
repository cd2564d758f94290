"""A method made of the parts that the user gave, or another method with some parts replaced."""

from __future__ import annotations

from dataclasses import replace

from graphclust.encoders import GCN, Encoder, Variational
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads import Head, KMeans, Softmax
from graphclust.methods.base import DeepMethod, Method, Recipe
from graphclust.objectives import Objective
from graphclust.training import Batches, Multistage, Optimisation, Simultaneous


class Composed(DeepMethod, register=False, name="composed"):
    """Encoder, head and objective as given.

    With an objective that reads memberships (modularity, min-cut ...), encoder and head descend
    it together; with one that reads embeddings only, the encoder is trained first and the head
    fitted after.

    Parameters
    ----------
    encoder : Encoder, optional
        A one-layer GCN of width 256 by default.
    head : Head, optional
        Softmax where the objective trains the head, k-means otherwise.
    objective : Objective
    optimisation : Optimisation, optional
    batches : Batches, optional
        How the training is cut into batches; the whole graph in each step by default.
    """

    family = "simultaneous"
    title = "composed"

    def __init__(
        self,
        encoder: Encoder | None = None,
        head: Head | None = None,
        objective: Objective | None = None,
        optimisation: Optimisation | None = None,
        batches: Batches | None = None,
    ) -> None:
        self.encoder, self.head = encoder, head
        self.objective, self.optimisation = objective, optimisation
        self.batches = batches

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe; the objective decides the strategy."""
        objective, head = parts_of(self.objective, self.head)
        return Recipe(
            encoder=self.encoder or GCN(),
            head=head,
            objective=objective,
            strategy=Simultaneous() if objective.needs_head else Multistage(),
            optimisation=self.optimisation or Optimisation(),
            batches=self.batches,
        )


class Adapted(DeepMethod, register=False, name="adapted"):
    """A deep method with its encoder or head replaced."""

    title = "adapted"

    def __init__(
        self, method: Method, encoder: Encoder | None = None, head: Head | None = None
    ) -> None:
        if not isinstance(method, DeepMethod):
            raise InputError(
                f"method={method.name!r} has no encoder or head to replace: leave encoder= and "
                "head= out, or choose a deep method"
            )
        self.method, self.encoder, self.head = method, encoder, head

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the method's recipe with the parts replaced."""
        recipe = self.method.compose(graph, n_clusters)  # type: ignore[attr-defined]
        encoder = self.encoder or recipe.encoder
        if isinstance(recipe.encoder, Variational) and not isinstance(encoder, Variational):
            # The method's objective reads a distribution: the user's encoder is what it stands on.
            encoder = Variational(recipe.encoder.channels, trunk=encoder)
        return replace(recipe, encoder=encoder, head=head_instead(recipe, self.head, self.method))


def parts_of(objective: Objective | None, head: Head | None) -> tuple[Objective, Head]:
    """Return an objective and the head that goes with it.

    Raises
    ------
    InputError
        If there is no objective, or it trains memberships and the head cannot be trained.
    """
    if objective is None:
        raise InputError("objective is None: give an objective, or method= by name")
    head = head or (Softmax() if objective.needs_head else KMeans())
    if objective.needs_head and not head.trained:
        raise InputError(
            f"the objective trains memberships, which head={head!r} cannot give a gradient "
            "for: use heads.Softmax() or heads.StudentT()"
        )
    return objective, head


def head_instead(recipe: Recipe, head: Head | None, method: Method) -> Head:
    """Return the head that takes the place of a recipe's; without one, the recipe's own.

    Raises
    ------
    InputError
        If the method trains its head and the other cannot be trained.
    """
    if head is not None and recipe.head.trained and not head.trained:
        raise InputError(
            f"head={head!r} cannot be trained, as {method.name} trains its head: use "
            "heads.Softmax() or heads.StudentT()"
        )
    return head or recipe.head
