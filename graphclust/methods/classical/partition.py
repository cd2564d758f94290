"""What a method without a network leaves behind: the label of every node, by id."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.graphs import Graph
from graphclust.sparse import CSR, spmm
from graphclust.training.network import Model


class Partition(Model, name="partition"):
    """A partition of known nodes; nodes added later join the cluster of their neighbours.

    Parameters
    ----------
    n_clusters : int
    ids : list, optional
        Ids of the nodes, ``None`` for 0 .. n-1.

    Notes
    -----
    A node is known by its id. Unknown nodes take the cluster to which most of their edge weight
    goes, known neighbours first, then neighbours that were assigned so; a node that nothing
    reaches is left unassigned (-1). Memberships are hard.
    """

    def __init__(self, n_clusters: int, ids: Sequence[Any] | None = None) -> None:
        super().__init__()
        self.n_clusters = n_clusters
        self.ids = None if ids is None else [json_id(i) for i in ids]
        self.labels: Tensor | None
        self.embedding: Tensor | None
        self.register_buffer("labels", None)
        self.register_buffer("embedding", None)

    @classmethod
    def of(cls, labels: np.ndarray | Tensor, graph: Graph, embedding: Tensor | None) -> Partition:
        """Return the partition of a graph's nodes."""
        tensor = torch.as_tensor(labels).long()
        out = cls(int(tensor.max()) + 1, None if graph.ids is None else list(graph.ids))
        out.labels = tensor.to(graph.adj.device)
        out.embedding = embedding
        return out

    def infer(self, graph: Graph) -> tuple[Tensor, Tensor, Tensor]:
        """Return labels, hard memberships and the embedding (neighbours' mean where unknown)."""
        known_labels = self.labels
        assert known_labels is not None
        source = positions(graph.node_ids, self.ids, int(known_labels.numel()))
        device = graph.adj.device
        position = torch.from_numpy(source).to(device)
        known = position >= 0
        labels = torch.where(known, known_labels[position.clamp(min=0)], -1)
        labels = join_neighbors(graph.adj, labels, self.n_clusters)
        membership = torch.zeros(graph.n_nodes, self.n_clusters, device=device)
        assigned = labels >= 0
        membership[assigned, labels[assigned]] = 1.0
        membership[~assigned] = 1.0 / self.n_clusters
        return labels, membership, self._embedding_for(graph.adj, position, membership)

    def _embedding_for(self, adj: CSR, position: Tensor, membership: Tensor) -> Tensor:
        table = self.embedding
        if table is None:
            return membership
        known = (position >= 0)[:, None]
        z = torch.where(known, table[position.clamp(min=0)], 0.0)
        return torch.where(known, z, spmm(adj.normalized("row"), z))


def json_id(value: Any) -> int | str:
    """Return an id as JSON can hold it: whole numbers and strings as they are, else ``repr``."""
    if isinstance(value, (bool, np.bool_)):
        return repr(bool(value))
    if isinstance(value, (int, np.integer)):
        return int(value)
    return value if isinstance(value, str) else repr(value)


def positions(ids: Sequence[Hashable], known: list[int | str] | None, n: int) -> NDArray[np.int64]:
    """Return each id's row among the known ones (0 .. n-1 if ``None``), -1 where it is new."""
    if known is None:
        given = [i if isinstance(i, (int, np.integer)) and 0 <= i < n else -1 for i in ids]
        return np.asarray(given, dtype=np.int64)
    at = {key: index for index, key in enumerate(known)}
    return np.asarray([at.get(json_id(i), -1) for i in ids], dtype=np.int64)


def join_neighbors(adj: CSR, labels: Tensor, k: int) -> Tensor:
    """Give every -1 the cluster of most of its neighbours' weight, wave by wave. Cost O(|E|)."""
    labels = labels.clone()
    while True:
        loose = (labels < 0).nonzero().flatten()
        if not loose.numel():
            return labels
        part = adj.take_rows(loose)
        neighbor = labels[part.col.long()]
        voting = neighbor >= 0
        if not bool(voting.any()):
            return labels
        votes = torch.zeros(loose.numel() * k, device=adj.device)
        votes.index_add_(0, part.row.long()[voting] * k + neighbor[voting], part.values[voting])
        votes = votes.view(-1, k)
        reached = votes.sum(1) > 0
        labels[loose[reached]] = votes[reached].argmax(1)
