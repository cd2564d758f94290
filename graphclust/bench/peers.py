"""The same computation by graphclust and by its peers, on the same graph and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from graphclust.bench.race import Contender
from graphclust.encoders import GAT, GCN, GIN, Encoder
from graphclust.encoders.base import Linear
from graphclust.objectives.modularity import modularity_loss
from graphclust.objectives.totals import Totals
from graphclust.randomness import make_generator, rand, randn
from graphclust.sparse import CSR, spmm

LAYERS = ("gcn", "gat", "gatv2", "gin")
HEADS = 4


def stock_propagate() -> Any:
    """Return a layer that does what PyG's stock ones do: gather, multiply, scatter."""
    from torch_geometric.nn import MessagePassing

    class Propagate(MessagePassing):  # type: ignore[misc]
        def forward(self, x: Tensor, edge_index: Tensor, edge_weight: Tensor) -> Any:
            return self.propagate(edge_index, x=x, edge_weight=edge_weight)

        def message(self, x_j: Tensor, edge_weight: Tensor) -> Tensor:
            return edge_weight.view(-1, 1) * x_j

    return Propagate(aggr="add")


def product_contenders(adj: CSR, width: int) -> dict[str, Contender]:
    """Return forward and backward of a product with the normalised adjacency, by contender."""
    from torch_geometric.edge_index import EdgeIndex

    matrix = adj.normalized("sym", 1.0)
    draw = make_generator(0)
    x = randn(matrix.shape[1], width, generator=draw).requires_grad_()
    grad = randn(matrix.shape[0], width, generator=draw)
    propagate, weight, ends = stock_propagate(), matrix.values, matrix.edge_index
    edges = EdgeIndex(ends, sparse_size=matrix.shape, sort_order="row", is_undirected=True)
    edges = edges.fill_cache_()
    csr = torch_csr(matrix)

    def timed(product: Callable[[Tensor], Tensor]) -> Contender:
        def run() -> tuple[Tensor, ...]:
            out = product(x)
            return out, *torch.autograd.grad(out, x, grad)

        return run

    return {
        "graphclust": timed(lambda x: spmm(matrix, x)),
        "PyG propagate": timed(lambda x: propagate(x, ends, weight)),
        "EdgeIndex.matmul": timed(lambda x: edges.matmul(x, input_value=weight)),
        "torch.sparse CSR": timed(lambda x: torch.sparse.mm(csr, x)),
    }


def layer_contender(kind: str, whose: str, adj: CSR, width: int) -> Contender:
    """Return forward and backward of one layer, ours or PyG's stock one, of equal weights.

    PyG's is spared what can be done once: self-loops are in its edges already, and GCN's
    normalisation is kept.
    """
    draw = make_generator(0)
    x = randn(adj.shape[0], width, generator=draw).requires_grad_()
    grad = randn(adj.shape[0], width, generator=draw)
    layer = _our_layer(kind, width).build(width, draw)
    stock = None if whose == "graphclust" else _stock_layer(kind, layer, width)
    looped = kind in ("gat", "gatv2")
    edges = None if stock is None else (adj.with_self_loops(1.0) if looped else adj).edge_index

    def run() -> tuple[Tensor, ...]:
        out = layer(x, adj) if stock is None else stock(x, edges)
        weights = (layer if stock is None else stock).parameters()
        # The order of the parameters differs between the two, so only x's gradient is told.
        return out, torch.autograd.grad(out, [x, *weights], grad)[0]

    return run


def modularity_contenders(adj: CSR, k: int) -> dict[str, Contender]:
    """Return loss and gradient of the modularity in closed form, and by ``torch.sparse.mm``."""
    s = torch.softmax(rand(adj.shape[0], k, generator=make_generator(0)), 1).requires_grad_()
    csr, degree = torch_csr(adj), adj.degree
    total = degree.sum()

    def by_sparse_mm() -> tuple[Tensor, ...]:
        inside = torch.trace(s.T @ torch.sparse.mm(csr, s))
        expected = torch.trace((s.T @ degree[:, None]) @ (degree[None] @ s)) / total
        loss = -(inside - expected) / total
        return torch.autograd.grad(loss, s)

    return {
        "graphclust": lambda: torch.autograd.grad(modularity_loss(Totals(s, adj)), s),
        "torch.sparse.mm": by_sparse_mm,
    }


def torch_csr(matrix: CSR) -> Tensor:
    """Return torch's own CSR tensor of the same matrix."""
    return torch.sparse_csr_tensor(
        matrix.rowptr, matrix.col, matrix.values, matrix.shape, check_invariants=False
    )


def _our_layer(kind: str, width: int) -> Encoder:
    layers: dict[str, Encoder] = {
        "gcn": GCN(width, activation="none"),
        "gat": GAT(width, heads=HEADS, activation="none"),
        "gatv2": GAT(width, heads=HEADS, version=2, activation="none"),
        "gin": GIN(width, activation="relu"),
    }
    return layers[kind]


def _stock_layer(kind: str, layer: Any, width: int) -> Any:
    """Return PyG's layer with the weights of ours."""
    from torch_geometric.nn import GATConv, GATv2Conv, GCNConv, GINConv

    if kind == "gin":
        first, second = nn.Linear(width, width), nn.Linear(width, width)
        steps = nn.Sequential(first, nn.BatchNorm1d(width), nn.ReLU(), second)
        stock = GINConv(steps, train_eps=True)  # draws the weights anew
        _copy(first, layer.first[0])
        _copy(second, layer.second[0])
        return stock
    if kind == "gcn":
        stock = GCNConv(width, width, cached=True)
        stock.lin.weight.data = layer.layers[0].weight.data.T.contiguous()
        return stock
    ours = layer.layers[0]
    if kind == "gat":
        stock = GATConv(width, width // HEADS, heads=HEADS, add_self_loops=False)
        stock.lin.weight.data = ours.source.weight.data.T.contiguous()
        stock.att_src.data, stock.att_dst.data = (
            ours.to_source.data[None],
            ours.to_target.data[None],
        )
        return stock
    stock = GATv2Conv(width, width // HEADS, heads=HEADS, add_self_loops=False)
    _copy(stock.lin_l, ours.source)
    _copy(stock.lin_r, ours.target)
    stock.att.data = ours.to_source.data[None]
    return stock


def _copy(stock: Any, ours: Linear) -> None:
    assert ours.bias is not None
    stock.weight.data, stock.bias.data = ours.weight.data.T.contiguous(), ours.bias.data.clone()
