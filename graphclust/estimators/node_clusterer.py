"""Clustering the nodes of one graph, with scikit-learn's habits."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.exceptions import NotFittedError

from graphclust.errors import InputError
from graphclust.estimators.clusters import resolve_n_clusters, warn_of_collapse
from graphclust.estimators.features import NodeFeatures
from graphclust.estimators.inputs import is_matrix, to_graph
from graphclust.estimators.on_disk import as_array, check_streams
from graphclust.estimators.on_ranks import shared
from graphclust.estimators.resolution import resolve_method, resolve_seed
from graphclust.estimators.same_bits import same_bits
from graphclust.estimators.saving import save
from graphclust.estimators.threads import fitting_threads
from graphclust.graphs import Graph
from graphclust.graphs.loaded import fingerprint
from graphclust.methods import Method
from graphclust.metrics import effective_number_of_clusters, score
from graphclust.objectives import Objective
from graphclust.ranks import find_ranks
from graphclust.training import Run
from graphclust.training.network import Model

DEFAULT_METHOD = "default"


class NodeClusterer(ClusterMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
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

    Examples
    --------
    >>> import networkx as nx
    >>> from graphclust import NodeClusterer
    >>> G = nx.karate_club_graph()
    >>> model = NodeClusterer(n_clusters=2, method="spectral", random_state=0).fit(G)
    >>> sorted(np.bincount(model.labels_).tolist())
    [16, 18]
    """

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

    # -- fitting -----------------------------------------------------------------------------

    def fit(
        self, X: Any, y: Any = None, *, checkpoint: str | Path | None = None, resume: bool = False
    ) -> Self:
        """Fit to a graph.

        Where torch.distributed is initialised with several processes, or torchrun started them,
        they share the fit, and each gets all of the result; all of them call this alike.

        Parameters
        ----------
        X : Data, networkx or igraph graph, Graph, GraphStore, or matrix of features (n, f)
            An array or sparse matrix is features, never an adjacency. A store is loaded if it
            fits into memory, and read in blocks otherwise.
        y : ignored
        checkpoint : path, optional
            Folder that keeps the state of the training: once a minute, and on Ctrl-C, which
            then takes effect when the epoch is done. Saving the finished fit into the same
            folder removes it.
        resume : bool
            Go on from what ``checkpoint`` holds, bit for bit; it must be of the same method,
            settings, number of clusters, seed and data. Without one the fit begins anew.

        Raises
        ------
        InputError
            If the input, the method or the number of clusters cannot be used.
        """
        began = time.perf_counter()
        ranks = find_ranks()
        method = resolve_method(self.method, self.encoder, self.head, self.objective)
        seed = resolve_seed(self.random_state)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            graph = to_graph(X, method.reads_direction)
            if graph.n_nodes < 2:
                raise InputError(
                    f"{graph.name} has n_samples = {graph.n_nodes}: there is nothing to cluster. "
                    "Give two nodes at least"
                )
            folder = None if checkpoint is None else Path(checkpoint)
            run = Run.start(seed, self.device, self.verbose, folder, resume, ranks)
            if run.checkpoint is not None:
                run.identify(
                    method=method.to_config(),
                    n_clusters=str(self.n_clusters),
                    data=fingerprint(graph),
                    device=run.device.type,
                )
            with fitting_threads(graph) as threads, same_bits(run.device):
                self._fit(shared(graph.to(run.device), method, self.n_clusters, run), method, run)
        self.threads_ = threads
        for one in caught if ranks is None or ranks.first else ():
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
        self.history_ = run.history
        self.notes_ = [*self.graph_.notes, *(str(w.message) for w in caught)]
        self.n_features_in_ = self.graph_.n_features
        self.seed_ = int(run.generator.initial_seed())
        self.seconds_ = time.perf_counter() - began
        return self

    def fit_predict(self, X: Any, y: Any = None, **options: Any) -> NDArray[np.int64]:
        """Fit and return ``labels_``."""
        return self.fit(X, **options).labels_

    # -- applying ----------------------------------------------------------------------------

    def predict(self, X: Any) -> NDArray[np.int64]:
        """Return the cluster of each node of a graph, int64, shape (m,).

        The graph may be the one that was fitted with nodes added, or another one with the same
        features. A matrix of features is joined to the fitted rows by its nearest neighbours.
        """
        return self._infer(X)[0]

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return the embedding of each node of a graph, shape (m, d)."""
        return self._infer(X)[2]

    def predict_membership(self, X: Any) -> NDArray[np.float32]:
        """Return the memberships of each node of a graph, shape (m, k)."""
        return self._infer(X)[1]

    def score(self, X: Any, y: Any = None) -> dict[str, float]:
        """Return ``acc nmi ami ari f1`` of ``labels_`` against ground truth, as fractions.

        ``score(y)`` and ``score(X, y)`` are the same: the fitted labels are scored.
        """
        self._check_fitted()
        truth = X if y is None else y
        if isinstance(truth, torch.Tensor):
            truth = truth.cpu().numpy()
        if not is_matrix(truth):
            raise InputError(
                f"score() was given a {type(truth).__name__}: give one label for each node, such "
                "as data.y"
            )
        return score(np.asarray(truth).ravel(), self.labels_)

    def save(self, path: str | Path) -> Path:
        """Write the run folder (labels, embedding, metrics, settings, model) and return it.

        Of ranks that shared the fit, the first writes, and nothing happens on the others.
        """
        self._check_fitted()
        ranks = self.graph_.ranks
        return save(self, Path(path)) if ranks is None or ranks.first else Path(path)

    # -- inside ------------------------------------------------------------------------------

    def _fit(self, graph: Graph, method: Method, run: Run) -> None:
        if graph.adj.streamed:
            check_streams(method, graph, self.n_clusters)
        features = NodeFeatures()
        graph = features.fit(graph, method, run)
        k, chosen = resolve_n_clusters(self.n_clusters, method, graph, run)
        model: Model = chosen if chosen is not None else method.fit(graph, k, run)
        answer = model.in_row_order().infer(graph)
        # Only now: a fit that fails or is interrupted leaves the one before as it was.
        self.model_, self.features_, self.method_, self.graph_ = model, features, method, graph
        self._assign(graph, *answer)
        if hasattr(self, "saved_"):
            del self.saved_  # what was loaded is of the fit before
        warn_of_collapse(self.labels_, self.n_effective_clusters_, k)

    def _assign(
        self, graph: Graph, labels: torch.Tensor, membership: torch.Tensor, embedding: torch.Tensor
    ) -> None:
        self.labels_ = labels.cpu().numpy()
        self.membership_ = as_array(membership)
        self.embedding_ = as_array(embedding)
        # A list of the ids of a graph on disk may take more memory than was allowed.
        self.node_ids_ = graph.node_ids if graph.adj.streamed else list(graph.node_ids)
        self.n_clusters_ = self.membership_.shape[1]
        self.n_effective_clusters_ = effective_number_of_clusters(self.labels_)

    def _infer(self, X: Any) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
        self._check_fitted()
        graph, rows = self.features_.graph_for(X, self.method_.reads_direction)
        device = next(iter(self.model_.state_dict().values())).device
        with fitting_threads(graph), same_bits(device):
            labels, membership, embedding = self.model_.infer(graph.to(device))
        return (
            labels.cpu().numpy()[rows],
            as_array(membership)[rows],
            as_array(embedding)[rows],
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _check_fitted(self) -> None:
        if not hasattr(self, "model_"):
            raise NotFittedError("this NodeClusterer is not fitted yet: call fit first")
