"""Anything that holds many graphs, turned into a :class:`~graphclust.graphs.graph_set.GraphSet`.

What becomes of self-loops, repeated edges and direction is the rule of
:mod:`graphclust.graphs.edges`, direction being ignored. A graph without edges, with one node or
with none at all stays where it is: graphs are never lost on the way in. Columns of ``edge_attr``
describe edges, they do not weigh them; weights are ``edge_weight``.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs.blocks import Blocks
from graphclust.graphs.coerce import as_graph
from graphclust.graphs.edges import EdgeList, Nodes, assemble
from graphclust.graphs.graph import Graph
from graphclust.graphs.graph_set import GraphSet
from graphclust.graphs.node_features import node_features
from graphclust.sparse import CSR


@dataclass
class SetParts:
    """Many graphs as they were given, nodes numbered through.

    Attributes
    ----------
    sizes : array of int64, shape (g,)
        Nodes of each graph.
    row, col : arrays of int64, shape (m,)
        Both ends of every edge, in one direction or in both.
    x : array (n, f) or None
    weight : array (m,) or None
    edge_attr : array (m, e) or None
    items, smiles
        As :class:`GraphSet` has them.
    """

    sizes: NDArray[np.int64]
    row: NDArray[np.int64]
    col: NDArray[np.int64]
    x: Any = None
    weight: NDArray[np.float64] | None = None
    edge_attr: NDArray[np.float32] | None = None
    items: Sequence[Hashable] | None = None
    smiles: tuple[str, ...] | None = None
    name: str = field(default="graphs")


def assemble_set(parts: SetParts) -> GraphSet:
    """Apply the rule for edges to all graphs at once; the first of repeated edges describes it.

    Raises
    ------
    InputError
        If there is no node in any graph, or an edge, a weight or a feature cannot be used.
    """
    n = int(parts.sizes.sum())
    x = node_features(parts.x, n, parts.name)
    # Nodes of molecules have few columns of which many are set: dense is the faster form.
    x = x.to_dense() if isinstance(x, CSR) else x
    edges = EdgeList(parts.row, parts.col, parts.weight, "ignored")
    union = assemble(edges, Nodes(n, x, None, parts.name))
    ptr = torch.zeros(parts.sizes.size + 1, dtype=torch.int64)
    ptr[1:] = torch.from_numpy(parts.sizes).cumsum(0)
    adj = Blocks.of(union.adj, ptr, _of_entries(union.adj, parts))
    return GraphSet(
        adj, x, name=parts.name, notes=union.notes, items=parts.items, smiles=parts.smiles
    )


def as_graph_set(source: Any, name: str = "graphs") -> GraphSet:
    """Return the graphs that a source holds.

    Parameters
    ----------
    source : GraphSet, or sequence of Data, of networkx graphs or of Graph, or a PyG dataset
        A Data may have an ``id`` and ``smiles``; a networkx graph may have a ``name``.
    name : str
        What messages call them.

    Raises
    ------
    InputError
        If it is one graph, or something else, or the graphs do not fit together.

    Examples
    --------
    >>> import networkx as nx
    >>> graphs = as_graph_set([nx.path_graph(3), nx.Graph(), nx.cycle_graph(4)])
    >>> graphs.n_items, graphs.n_nodes, graphs.adj.sizes.tolist()
    (3, 7, [3, 0, 4])
    """
    if isinstance(source, GraphSet):
        return source
    listed = _listed(source)
    if not listed:
        raise InputError(f"{name} is empty: it has 0 graphs. Give two graphs at least")
    pieces = list(_pieces(listed, name))
    sizes = np.asarray([p.n for p in pieces], dtype=np.int64)
    first = np.cumsum(sizes) - sizes
    counts = [p.row.size for p in pieces]
    shift = np.repeat(first, counts)
    items = [p.item for p in pieces]
    smiles = [p.smiles for p in pieces]
    named = any(i is not None for i in items)
    return assemble_set(
        SetParts(
            sizes,
            np.concatenate([p.row for p in pieces]) + shift,
            np.concatenate([p.col for p in pieces]) + shift,
            _stacked([p.x for p in pieces], sizes, "node features", "nodes", name),
            _flat([p.weight for p in pieces], counts),
            _stacked([p.attr for p in pieces], counts, "edge features", "edges", name),
            [i if v is None else v for i, v in enumerate(items)] if named else None,
            None if any(s is None for s in smiles) else tuple(map(str, smiles)),
            name,
        )
    )


@dataclass
class _Piece:
    n: int
    row: NDArray[np.int64]
    col: NDArray[np.int64]
    x: Any = None
    weight: NDArray[np.float64] | None = None
    attr: Any = None
    item: Hashable = None
    smiles: str | None = None


def _listed(source: Any) -> list[Any]:
    if hasattr(source, "to_data_list"):  # a Batch
        return list(source.to_data_list())
    single = hasattr(source, "edge_index") or hasattr(source, "is_multigraph")
    if isinstance(source, Graph) or single:
        raise InputError(
            "one graph was given where a list of graphs is clustered: give a list of them, or use "
            "NodeClusterer for the nodes of one"
        )
    if isinstance(source, (str, bytes, np.ndarray, Tensor)) or not hasattr(source, "__iter__"):
        raise InputError(
            f"a {type(source).__name__} is no list of graphs: give a list of torch_geometric Data "
            "or of networkx graphs, or a PyG dataset"
        )
    return list(source)


def _pieces(graphs: Iterable[Any], name: str) -> Iterator[_Piece]:
    for number, graph in enumerate(graphs):
        if hasattr(graph, "edge_index") and not isinstance(graph, Graph):
            yield _of_data(graph, f"{name}[{number}]")
        elif hasattr(graph, "number_of_nodes") and graph.number_of_nodes() == 0:
            none = np.zeros(0, dtype=np.int64)
            yield _Piece(0, none, none, item=graph.graph.get("name"))
        else:
            one = as_graph(graph, name=f"{name}[{number}]", reads_direction=True)
            weight = None if one.adj.weight is None else one.adj.weight.double().numpy()
            ends = one.adj.edge_index.numpy()
            item = getattr(graph, "graph", {}).get("name") or None
            yield _Piece(one.n_nodes, ends[0], ends[1], one.x, weight, item=item)


def _of_data(data: Any, name: str) -> _Piece:
    x = data.x
    n = int(data.num_nodes or 0) if x is None else int(x.shape[0])
    index = data.edge_index
    ends = np.zeros((2, 0), dtype=np.int64) if index is None else index.detach().cpu().numpy()
    if ends.ndim != 2 or ends.shape[0] != 2 or ends.dtype.kind not in "iu":
        raise InputError(
            f"{name}: edge_index has shape {tuple(ends.shape)} and type {ends.dtype}, but two "
            "rows of whole numbers are needed"
        )
    if ends.size and (ends.min() < 0 or ends.max() >= n):
        raise InputError(
            f"{name}: an edge names node {int(ends.max())}, but there are {n} nodes. Correct the "
            "edge or give features for every node"
        )
    attr, weight = getattr(data, "edge_attr", None), getattr(data, "edge_weight", None)
    smiles = getattr(data, "smiles", None)
    return _Piece(
        n,
        ends[0].astype(np.int64),
        ends[1].astype(np.int64),
        x,
        None if weight is None else weight.detach().cpu().double().numpy().reshape(-1),
        attr if attr is None or attr.dim() > 1 else attr[:, None],
        getattr(data, "id", None),
        smiles if smiles is None else str(smiles),
    )


def _stacked(tables: list[Any], counts: Any, what: str, of: str, name: str) -> Any:
    """Return one table under the other; graphs without rows need not bring any."""
    known = [(i, t) for i, t in enumerate(tables) if t is not None and int(counts[i])]
    if not known:
        return None
    missing = [i for i, t in enumerate(tables) if t is None and int(counts[i])]
    if missing:
        raise InputError(
            f"{name}: graph {missing[0]} has no {what}, but others have. Give them to the {of} of "
            "every graph, or of none"
        )
    dense = [(i, t.to_dense() if isinstance(t, CSR) else torch.as_tensor(t)) for i, t in known]
    width = int(dense[0][1].shape[1])
    for i, table in dense:
        if int(table.shape[1]) != width:
            raise InputError(
                f"{name}: graph {i} has {int(table.shape[1])} {what}, graph {dense[0][0]} has "
                f"{width}. Give the same ones in all graphs"
            )
    return torch.cat([table.detach().cpu().float() for _, table in dense]).numpy()


def _flat(weights: list[Any], counts: list[int]) -> NDArray[np.float64] | None:
    if all(w is None for w in weights):
        return None
    filled = [np.ones(c) if w is None else w for w, c in zip(weights, counts, strict=True)]
    return np.concatenate(filled)


def _of_entries(adj: CSR, parts: SetParts) -> Tensor | None:
    """Return the features of every stored entry, from the edge given in either direction."""
    if parts.edge_attr is None:
        return None
    n = adj.shape[0]
    given = np.concatenate([parts.row * n + parts.col, parts.col * n + parts.row])
    keys, first = np.unique(given, return_index=True)
    wanted = adj.row.long().numpy() * n + adj.col.long().numpy()
    source = first[np.searchsorted(keys, wanted)] % parts.row.size
    table = np.asarray(parts.edge_attr, dtype=np.float32)[source]
    if not np.isfinite(table).all():
        raise InputError(
            f"{parts.name}: the edge features hold NaN or inf. Fill in what is missing"
        )
    return torch.from_numpy(table)
