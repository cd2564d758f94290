"""Clustering whole graphs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.estimators.base import Answer, Clusterer
from graphclust.estimators.clusters import resolve_n_clusters, warn_of_collapse
from graphclust.estimators.graph_features import GraphFeatures
from graphclust.estimators.on_disk import as_array
from graphclust.estimators.resolution import resolve_graph_method
from graphclust.estimators.same_bits import same_bits
from graphclust.estimators.threads import fitting_threads
from graphclust.graphs import Graph
from graphclust.graphs.graph_set import GraphSet
from graphclust.graphs.many import as_graph_set
from graphclust.methods import Method
from graphclust.objectives import Objective
from graphclust.sparse.large_pages import let_go_afterwards
from graphclust.training import Run
from graphclust.training.network import Model


class GraphClusterer(Clusterer):
    """Cluster whole graphs: molecules, proteins, ego networks.

    Parameters
    ----------
    n_clusters : int or "auto"
        Number of clusters; ``"auto"`` chooses it by the silhouette in the embedding.
    method : str or Method
        A name out of ``graphclust methods --level graphs``, or a configured method such as
        ``graphclust.methods.graph_level.InfoGraph(epochs=50)``.
    encoder : Encoder or torch.nn.Module, optional
        Replaces the method's encoder of nodes. Any ``torch_geometric`` model with
        ``forward(x, edge_index)`` works. ``GINE`` reads the features of edges.
    readout : Readout or str, optional
        Replaces the method's readout: ``"sum"``, ``"mean"``, ``"max"``, ``"attention"``,
        ``"set2set"`` ...
    head : Head or scikit-learn clusterer, optional
        Replaces the method's head.
    objective : Objective, optional
        Composes a method from encoder, readout, head and this objective; ``method`` is not read
        then.
    device : "auto", "cpu" or "cuda"
    random_state : int, optional
        The same seed gives the same answer on the same machine and number of threads.
    verbose : bool
        Draw a progress bar with every loss term on standard error.

    Attributes
    ----------
    labels_ : array of int64, shape (g,)
        Cluster of each graph; -1 is unassigned: a graph without nodes.
    membership_ : array of float32, shape (g, k)
        Rows sum to one.
    embedding_ : array of float32, shape (g, d)
        What the head read.
    graph_ids_ : list
        The user's ids (``id`` of a Data, ``name`` of a networkx graph), or 0 .. g-1.
    n_clusters_, n_effective_clusters_, history_, n_features_in_, seed_, model_, notes_, \
seconds_, threads_
        As :class:`~graphclust.NodeClusterer` has them.

    Notes
    -----
    ``fit(X)`` takes a list of ``torch_geometric`` Data, a PyG dataset, a list of networkx graphs
    (features under the node attribute ``x`` or ``features``) or a GraphSet. Nodes without features
    get their degree, a column a degree. No graph is lost: one without edges, or of one node, is
    clustered by the nodes that it has; one without nodes keeps its place with the label -1, an
    embedding of zeros and even memberships, and is left out of the training.

    It has nine arguments, one more than the house allows otherwise: ``readout`` is what graphs
    have and nodes have not.

    Examples
    --------
    >>> import networkx as nx
    >>> from graphclust import GraphClusterer
    >>> sizes = range(5, 15)
    >>> graphs = [nx.cycle_graph(n) for n in sizes] + [nx.star_graph(n) for n in sizes]
    >>> labels = GraphClusterer(2, "graph_statistics", random_state=0).fit_predict(graphs)
    >>> len(set(labels[:10].tolist())), bool(labels[0] != labels[10])
    (1, True)
    """

    _ids: ClassVar[str] = "graph_ids_"
    level: ClassVar[str] = "graphs"
    graph_ids_: Sequence[Any]

    def __init__(
        self,
        n_clusters: int | str = "auto",
        method: str | Method = "default",
        encoder: Any = None,
        readout: Any = None,
        head: Any = None,
        objective: Objective | None = None,
        device: str = "auto",
        random_state: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.n_clusters, self.method = n_clusters, method
        self.encoder, self.readout, self.head = encoder, readout, head
        self.objective = objective
        self.device, self.random_state, self.verbose = device, random_state, verbose

    def _resolved(self) -> Method:
        return resolve_graph_method(
            self.method, self.encoder, self.readout, self.head, self.objective
        )

    def _read(self, X: Any, method: Method) -> Graph:
        graphs = as_graph_set(X)
        if int((graphs.adj.sizes > 0).sum()) < 2:
            raise InputError(
                f"{graphs.name} has n_samples = {graphs.n_items}, of which "
                f"{int((graphs.adj.sizes > 0).sum())} have nodes: there is nothing to cluster. "
                "Give two graphs with nodes at least"
            )
        return graphs

    def _shared(self, graph: Graph, method: Method, run: Run) -> Graph:
        if run.ranks is not None:
            raise InputError(
                "whole graphs are clustered by one process: start it without torchrun, or outside "
                "of a process group"
            )
        return graph

    def _fit(self, graph: Graph, method: Method, run: Run) -> None:
        assert isinstance(graph, GraphSet)
        features = GraphFeatures()
        graphs = features.fit(graph, method)
        some = with_nodes(graphs)
        if some.n_items < graphs.n_items:
            note = f"{graphs.n_items - some.n_items} graphs without nodes are left unassigned (-1)"
            graphs = replace(graphs, notes=(*graphs.notes, note))
        k, chosen = resolve_n_clusters(self.n_clusters, method, some, run)
        model: Model = chosen if chosen is not None else method.fit(some, k, run)
        answer = everywhere(graphs, *model.in_row_order().infer(some))
        # Only now: a fit that fails or is interrupted leaves the one before as it was.
        self.model_, self.features_, self.method_, self.graph_ = model, features, method, graphs
        self._assign(graphs, *answer)
        warn_of_collapse(self.labels_, self.n_effective_clusters_, k)

    def _infer(self, X: Any) -> Answer:
        graphs = self.features_.graph_for(X)
        with fitting_threads(graphs), same_bits(self._device), let_go_afterwards():
            found = self.model_.infer(with_nodes(graphs).to(self._device))  # type: ignore[arg-type]
            labels, membership, embedding = everywhere(graphs, *found)
        return labels.cpu().numpy(), as_array(membership), as_array(embedding)


def with_nodes(graphs: GraphSet) -> GraphSet:
    """Return the graphs that have a node at least."""
    sizes = graphs.adj.sizes
    return graphs if bool((sizes > 0).all()) else graphs.choose(sizes.nonzero().flatten())


def everywhere(
    graphs: GraphSet, labels: Tensor, membership: Tensor, embedding: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return an answer for the graphs with nodes as one for all: the others are unassigned."""
    there = (graphs.adj.sizes > 0).to(labels.device)
    if bool(there.all()):
        return labels, membership, embedding
    g, k = graphs.n_items, membership.shape[1]
    out = torch.full((g,), -1, dtype=labels.dtype, device=labels.device)
    even = torch.full((g, k), 1.0 / k, device=labels.device)
    rows = torch.zeros(g, embedding.shape[1], device=labels.device)
    out[there], even[there], rows[there] = labels, membership.float(), embedding.float()
    return out, even, rows
