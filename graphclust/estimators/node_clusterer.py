"""Clustering the nodes of one graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from graphclust.errors import InputError
from graphclust.estimators.base import Answer, Clusterer
from graphclust.estimators.clusters import (
    inferred,
    resolve_n_clusters,
    warn_of_blank,
    warn_of_collapse,
)
from graphclust.estimators.features import NodeFeatures
from graphclust.estimators.inputs import to_graph
from graphclust.estimators.on_disk import as_array, check_streams
from graphclust.estimators.on_ranks import shared, shared_for_prediction
from graphclust.estimators.resolution import resolve_method
from graphclust.estimators.same_bits import same_bits
from graphclust.estimators.threads import fitting_threads
from graphclust.graphs import Graph
from graphclust.methods import Method
from graphclust.objectives import Objective
from graphclust.sparse.large_pages import let_go_afterwards
from graphclust.training import Run
from graphclust.training.network import Model

DEFAULT_METHOD = "default"


class NodeClusterer(Clusterer):
    """Cluster the nodes of a graph, or the rows of an array through their kNN graph.

    Parameters
    ----------
    n_clusters : int or "auto"
        Number of clusters; ``"auto"`` chooses it from the graph and the embedding.
    method : str or Method
        A name out of ``graphclust methods``, or a configured method such as
        ``graphclust.methods.DMoN(epochs=500)``; in batches of nodes,
        ``graphclust.methods.InBatches(DMoN(), graphclust.training.Neighbors(4096))``.
    encoder : Encoder or torch.nn.Module, optional
        Replaces the method's encoder. Any ``torch_geometric`` model with
        ``forward(x, edge_index)`` works.
    head : Head or scikit-learn clusterer, optional
        Replaces the method's head.
    objective : Objective, optional
        Composes a method from encoder, head and this objective; ``method`` is not read then.
    device : "auto", "cpu" or "cuda"
    random_state : int, optional
        The same seed gives the same answer on the same machine and number of threads.
    verbose : bool
        Draw a progress bar with every loss term on standard error.

    Attributes
    ----------
    labels_ : array of int64, shape (n,)
        Cluster of each node; -1 is unassigned.
    membership_ : array of float32, shape (n, k)
        Rows sum to one.
    embedding_ : array of float32, shape (n, d)
        What the head read.
    n_clusters_ : int
        Number of clusters asked of the method, or found by it.
    n_effective_clusters_ : float
        Exponential of the entropy of the cluster sizes: k for equal sizes, 1 for a collapse.
    history_ : dict of str to list of float
        Every loss term, an entry an epoch. Where ``n_clusters="auto"`` trained another network to
        choose the number in, its losses are not kept.
    node_ids_ : list
        The user's ids, in the order of the rows above. Of a graph on disk, another sequence.
    n_features_in_ : int
    seed_ : int
        The seed that was used; without ``random_state``, the one that was drawn.
    model_ : Model
    notes_ : list of str
        What was done to the input, and what was warned about.
    seconds_ : float
        Duration of the fit.
    threads_ : int
        Threads that the fit computed with; one where the graph is tiny.

    Notes
    -----
    ``fit(X)`` takes a Data, a networkx or igraph graph, a Graph, a GraphStore, or a matrix of
    features (n, f): an array or sparse matrix is features, never an adjacency. A store is loaded
    if it fits into memory, and read in blocks otherwise. ``predict(X)`` and its like take the
    graph that was fitted, with nodes added or not, or another one with the same features; a
    matrix of features is joined to the fitted rows by its nearest neighbours.

    Where torch.distributed is initialised with several processes, or torchrun started them, they
    share the fit, and each gets all of the result; all of them call ``fit`` alike.

    Examples
    --------
    >>> import networkx as nx
    >>> import numpy as np
    >>> from graphclust import NodeClusterer
    >>> G = nx.karate_club_graph()
    >>> model = NodeClusterer(n_clusters=2, method="spectral", random_state=0).fit(G)
    >>> sorted(np.bincount(model.labels_).tolist())
    [16, 18]
    """

    _ids: ClassVar[str] = "node_ids_"
    level: ClassVar[str] = "nodes"
    node_ids_: Sequence[Any]

    def __init__(
        self,
        n_clusters: int | str = "auto",
        method: str | Method = DEFAULT_METHOD,
        encoder: Any = None,
        head: Any = None,
        objective: Objective | None = None,
        device: str = "auto",
        random_state: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.n_clusters, self.method = n_clusters, method
        self.encoder, self.head, self.objective = encoder, head, objective
        self.device, self.random_state, self.verbose = device, random_state, verbose

    def _resolved(self) -> Method:
        return resolve_method(self.method, self.encoder, self.head, self.objective)

    def _read(self, X: Any, method: Method) -> Graph:
        graph = to_graph(X, method.reads_direction)
        if graph.n_nodes < 2:
            raise InputError(
                f"{graph.name} has n_samples = {graph.n_nodes}: there is nothing to cluster. "
                "Give two nodes at least"
            )
        return graph

    def _shared(self, graph: Graph, method: Method, run: Run) -> Graph:
        return shared(graph, method, self.n_clusters, run)

    def _fit(self, graph: Graph, method: Method, run: Run) -> None:
        if graph.adj.streamed:
            check_streams(method, graph, self.n_clusters)
        features = NodeFeatures()
        graph = features.fit(graph, method, run)
        k, chosen = resolve_n_clusters(self.n_clusters, method, graph, run)
        model: Model = chosen if chosen is not None else method.fit(graph, k, run)
        answer = inferred(model.in_row_order(), graph)
        # Only now: a fit that fails or is interrupted leaves the one before as it was.
        self.model_, self.features_, self.method_, self.graph_ = model, features, method, graph
        self._assign(graph, *answer)
        warn_of_blank(graph)
        warn_of_collapse(self.labels_, self.n_effective_clusters_, k)

    def _infer(self, X: Any) -> Answer:
        graph, rows = self.features_.graph_for(X, self.method_.reads_direction)
        kept = let_go_afterwards(keep=not graph.adj.streamed)
        with fitting_threads(graph), same_bits(self._device), kept:
            graph = shared_for_prediction(graph.to(self._device), self.method_, self.n_clusters_)
            labels, membership, embedding = inferred(self.model_, graph)
        return (
            labels.cpu().numpy()[rows],
            as_array(membership)[rows],
            as_array(embedding)[rows],
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
