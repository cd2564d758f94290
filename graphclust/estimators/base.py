"""What every estimator of the package shares: scikit-learn's habits around one fit."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.exceptions import NotFittedError

from graphclust.errors import InputError
from graphclust.estimators.inputs import is_matrix
from graphclust.estimators.on_disk import as_array
from graphclust.estimators.resolution import resolve_seed
from graphclust.estimators.same_bits import same_bits
from graphclust.estimators.saving import save
from graphclust.estimators.threads import fitting_threads
from graphclust.graphs import Graph
from graphclust.graphs.loaded import fingerprint
from graphclust.methods import Method
from graphclust.metrics import effective_number_of_clusters, score
from graphclust.ranks import find_ranks
from graphclust.sparse.large_pages import let_go_afterwards
from graphclust.training import Run
from graphclust.training.network import Model

# Labels, memberships and embedding of some items.
Answer = tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]


class Clusterer(ClusterMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Base of the estimators: what is clustered, nodes or graphs, is the subclass's.

    A subclass says how its arguments make a method (:meth:`_resolved`), how an input is read
    (:meth:`_read`), what a fit is (:meth:`_fit`) and how a fitted model is applied
    (:meth:`_infer`), and keeps the items' ids under a name of its own.
    """

    # The attribute that holds the user's ids.
    _ids: ClassVar[str]
    # What run folders call it.
    level: ClassVar[str]

    n_clusters: int | str
    random_state: int | None
    device: str
    verbose: bool
    method_: Method
    model_: Model
    graph_: Graph
    labels_: NDArray[np.int64]
    membership_: NDArray[np.float32]
    embedding_: NDArray[np.float32]

    # -- fitting -----------------------------------------------------------------------------

    def fit(
        self, X: Any, y: Any = None, *, checkpoint: str | Path | None = None, resume: bool = False
    ) -> Self:
        """Fit to what the class clusters.

        Parameters
        ----------
        X : what the class takes, see there
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
        method = self._resolved()
        seed = resolve_seed(self.random_state)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            graph = self._read(X, method)
            folder = None if checkpoint is None else Path(checkpoint)
            run = Run.start(seed, self.device, self.verbose, folder, resume, ranks)
            if run.checkpoint is not None:
                run.identify(
                    method=method.to_config(),
                    n_clusters=str(self.n_clusters),
                    data=fingerprint(graph),
                    device=run.device.type,
                )
            kept = let_go_afterwards(keep=not graph.adj.streamed)
            with fitting_threads(graph) as threads, same_bits(run.device), kept:
                self._fit(self._shared(graph.to(run.device), method, run), method, run)
        if hasattr(self, "saved_"):
            del self.saved_  # what was loaded is of the fit before
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
        """Return the cluster of each item, int64, shape (m,)."""
        return self._applied(X)[0]

    def transform(self, X: Any) -> NDArray[np.float32]:
        """Return the embedding of each item, shape (m, d)."""
        return self._applied(X)[2]

    def predict_membership(self, X: Any) -> NDArray[np.float32]:
        """Return the memberships of each item, shape (m, k)."""
        return self._applied(X)[1]

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
                f"score() was given a {type(truth).__name__}: give one label for each item, such "
                "as data.y"
            )
        return score(np.asarray(truth).ravel(), self.labels_)

    def save(self, path: str | Path) -> Path:
        """Write the run folder (labels, embedding, metrics, settings, model) and return it.

        Of ranks that shared the fit, the first writes, and nothing happens on the others.
        """
        self._check_fitted()
        # A model that was loaded has no graph, and was shared by nobody.
        ranks = self.graph_.ranks if hasattr(self, "graph_") else None
        return save(self, Path(path)) if ranks is None or ranks.first else Path(path)

    @property
    def item_ids_(self) -> Sequence[Any]:
        """The user's ids of the items, in the order of the rows."""
        ids: Sequence[Any] = getattr(self, self._ids)
        return ids

    # -- inside ------------------------------------------------------------------------------

    def _resolved(self) -> Method:
        """Return the method that the arguments describe, checked."""
        raise NotImplementedError

    def _read(self, X: Any, method: Method) -> Graph:
        """Return an input as the method reads it, or refuse it."""
        raise NotImplementedError

    def _shared(self, graph: Graph, method: Method, run: Run) -> Graph:
        """Return the graph as the run's ranks share it; refuse ranks where none can."""
        raise NotImplementedError

    def _fit(self, graph: Graph, method: Method, run: Run) -> None:
        """Fit on the run's device and keep what came out; nothing is kept of one that fails."""
        raise NotImplementedError

    def _infer(self, X: Any) -> Answer:
        """Return labels, memberships and embedding of other items."""
        raise NotImplementedError

    def _applied(self, X: Any) -> Answer:
        self._check_fitted()
        return self._infer(X)

    def _assign(
        self, graph: Graph, labels: torch.Tensor, membership: torch.Tensor, embedding: torch.Tensor
    ) -> None:
        self.labels_ = labels.cpu().numpy()
        self.membership_ = as_array(membership)
        self.embedding_ = as_array(embedding)
        # A list of the ids of a graph on disk may take more memory than was allowed.
        setattr(self, self._ids, graph.item_ids if graph.adj.streamed else list(graph.item_ids))
        self.n_clusters_ = self.membership_.shape[1]
        self.n_effective_clusters_ = effective_number_of_clusters(self.labels_)

    @property
    def _device(self) -> torch.device:
        """Where the fitted model lies."""
        tensors = self.model_.state_dict().values()
        return next((t.device for t in tensors), torch.device("cpu"))

    def _check_fitted(self) -> None:
        if not hasattr(self, "model_"):
            raise NotFittedError(f"this {type(self).__name__} is not fitted yet: call fit first")
