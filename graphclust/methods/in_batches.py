"""A method whose trainings are cut into batches."""

from __future__ import annotations

from dataclasses import replace

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.methods.base import DeepMethod, Method, Recipe
from graphclust.training import Batches

# What a method is, apart from its settings.
_FACTS = ("family", "title", "paper", "year", "arxiv", "needs", "cost", "reads_direction",
          "inductive")  # fmt: skip


class InBatches(DeepMethod, register=False, name="in_batches"):
    """A deep method trained in batches of nodes rather than on the whole graph in each step.

    An epoch then is one pass over all nodes, and has as many steps as there are batches.

    Parameters
    ----------
    method : Method
        A deep one, all of whose objectives split: simultaneous ones do (DMoN, MinCut, Neuromap,
        JBGNN, DGCluster), and of the multistage ones DGI, GRACE, CCA-SSG and BGRL, whose
        objectives say what they are in a batch. Others are refused by the training, in words.
    batches : Batches
        See :mod:`graphclust.training.batches` for what is exact with which.

    Examples
    --------
    >>> from graphclust.methods import DMoN
    >>> from graphclust.training import Neighbors
    >>> InBatches(DMoN(epochs=20), Neighbors(1024)).shown_name
    'dmon'
    """

    def __init__(self, method: Method, batches: Batches) -> None:
        if not isinstance(method, DeepMethod):
            raise InputError(
                f"method={method.name!r} trains nothing that could be cut into batches: leave "
                "batches out, or choose a deep method"
            )
        self.method, self.batches = method, batches
        for fact in _FACTS:
            setattr(self, fact, getattr(method, fact))

    @property
    def shown_name(self) -> str:
        """What results are filed under: the method that is trained."""
        return self.method.shown_name

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the method's recipe, in batches."""
        recipe = self.method.compose(graph, n_clusters)  # type: ignore[attr-defined]
        return replace(recipe, batches=self.batches)
