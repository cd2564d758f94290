"""The graphs of a set, each by itself, as the explanations take them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from graphclust.graphs.graph_set import GraphSet
from graphclust.sparse import CSR

if TYPE_CHECKING:
    from torch_geometric.data import Data


def as_data(graphs: GraphSet) -> list[Data]:
    """Return each graph of a set as a ``torch_geometric`` Data, with ``id`` and known ``smiles``.

    Notes
    -----
    Cost O(nodes + edges) for all together; features are views of the set's.

    Examples
    --------
    >>> import networkx as nx
    >>> from graphclust.graphs.many import as_graph_set
    >>> [d.num_edges for d in as_data(as_graph_set([nx.path_graph(3), nx.cycle_graph(3)]))]
    [4, 6]
    """
    from torch_geometric.data import Data

    adj, x = graphs.adj, graphs.x
    if isinstance(x, CSR):
        x = x.to_dense()
    rowptr, edges = adj.rowptr.long(), adj.edge_index.long()
    nodes = adj.ptr.tolist()
    entries = rowptr[adj.ptr].tolist()
    ids = graphs.item_ids
    out = []
    for number, ((first, last), (low, high)) in enumerate(
        zip(pairwise(nodes), pairwise(entries), strict=True)
    ):
        data = Data(edge_index=edges[:, low:high] - first, num_nodes=last - first, id=ids[number])
        if x is not None:
            data.x = x[first:last]
        if adj.edge_attr is not None:
            data.edge_attr = torch.as_tensor(adj.edge_attr[low:high])
        if graphs.smiles is not None:
            data.smiles = graphs.smiles[number]
        out.append(data)
    return out
