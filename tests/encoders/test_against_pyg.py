"""Our encoders compute what PyG's stock layers compute with the same weights."""

from __future__ import annotations

import pytest
import scipy.sparse as sp
import torch
from torch_geometric.nn import GATConv, GATv2Conv, GCNConv, GINConv, SAGEConv, SGConv

from graphclust.encoders import GAT, GCN, GIN, SAGE, SGC, PyGModel
from graphclust.errors import InputError
from graphclust.sparse import CSR

N, F, D = 30, 9, 8


@pytest.fixture(scope="module")
def graph() -> tuple[torch.Tensor, CSR]:
    generator = torch.Generator().manual_seed(0)
    dense = (torch.rand(N, N, generator=generator) < 0.15).triu(1).float()
    dense = dense + dense.T
    dense[4] = 0.0
    dense[:, 4] = 0.0
    adj = CSR.from_scipy(sp.csr_array(dense.numpy()), symmetric=True, weighted=False)
    return torch.randn(N, F, generator=generator), adj


def close(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    torch.testing.assert_close(ours, theirs, atol=2e-5, rtol=1e-4)


def test_gcn(graph) -> None:
    x, adj = graph
    ours = GCN(D, activation="none").build(F, torch.Generator().manual_seed(1))
    stock = GCNConv(F, D)
    stock.lin.weight.data = ours.layers[0].weight.data.T.clone()
    close(ours(x, adj), stock(x, adj.edge_index))


@pytest.mark.parametrize("version", [1, 2])
def test_gat(graph, version) -> None:
    x, adj = graph
    ours = GAT(D, heads=2, version=version).build(F, torch.Generator().manual_seed(1)).eval()
    layer = ours.layers[0]
    if version == 1:
        stock = GATConv(F, D // 2, heads=2)
        stock.lin.weight.data = layer.source.weight.data.T.clone()
        stock.att_src.data = layer.to_source.data[None].clone()
        stock.att_dst.data = layer.to_target.data[None].clone()
    else:
        stock = GATv2Conv(F, D // 2, heads=2)
        stock.lin_l.weight.data = layer.source.weight.data.T.clone()
        stock.lin_r.weight.data = layer.target.weight.data.T.clone()
        stock.lin_l.bias.data, stock.lin_r.bias.data = (
            layer.source.bias.data,
            layer.target.bias.data,
        )
        stock.att.data = layer.to_source.data[None].clone()
    close(ours(x, adj), stock(x, adj.edge_index))


def test_gat_gradient_equals_pygs(graph) -> None:
    x, adj = graph
    x = x.clone().requires_grad_()
    ours = GAT(D, heads=2, version=2).build(F, torch.Generator().manual_seed(1))
    layer = ours.layers[0]
    stock = GATv2Conv(F, D // 2, heads=2)
    stock.lin_l.weight.data = layer.source.weight.data.T.clone()
    stock.lin_r.weight.data = layer.target.weight.data.T.clone()
    stock.lin_l.bias.data, stock.lin_r.bias.data = layer.source.bias.data, layer.target.bias.data
    stock.att.data = layer.to_source.data[None].clone()
    (mine,) = torch.autograd.grad(ours(x, adj).square().sum(), x)
    (theirs,) = torch.autograd.grad(stock(x, adj.edge_index).square().sum(), x)
    torch.testing.assert_close(mine, theirs, atol=1e-3, rtol=1e-3)


def test_gin(graph) -> None:
    x, adj = graph
    ours = GIN(D, eps=0.3, batch_norm=False).build(F, torch.Generator().manual_seed(1))
    first, second = torch.nn.Linear(F, D), torch.nn.Linear(D, D)
    first.weight.data, second.weight.data = (
        ours.first[0].weight.data.T,
        ours.second[0].weight.data.T,
    )
    first.bias.data, second.bias.data = ours.first[0].bias.data, ours.second[0].bias.data
    stock = GINConv(torch.nn.Sequential(first, torch.nn.ReLU(), second), eps=0.3)
    close(ours(x, adj), stock(x, adj.edge_index))


def test_sage(graph) -> None:
    x, adj = graph
    ours = SAGE(D).build(F, torch.Generator().manual_seed(1))
    stock = SAGEConv(F, D)
    stock.lin_l.weight.data = ours.neighbors[0].weight.data.T.clone()
    stock.lin_l.bias.data = ours.neighbors[0].bias.data
    stock.lin_r.weight.data = ours.own[0].weight.data.T.clone()
    close(ours(x, adj), stock(x, adj.edge_index))


def test_sgc(graph) -> None:
    x, adj = graph
    stock = SGConv(F, F, K=3, bias=False)
    stock.lin.weight.data = torch.eye(F)
    close(SGC(3).build(F, None)(x, adj), stock(x, adj.edge_index))


def test_a_pyg_model_runs_as_it_is_and_refuses_other_widths(graph) -> None:
    x, adj = graph
    stock = GCNConv(F, D)
    ours = PyGModel(stock).build(F, None)
    assert ours.out_channels == D
    close(ours(x, adj), stock(x, adj.edge_index))
    with pytest.raises(InputError, match="cannot read 5 features"):
        PyGModel(stock).build(5, None)


def test_norms_stand_before_non_linearities_only() -> None:
    for last, normed in ((True, [True, True]), (False, [True, False])):
        gcn = GCN([4, 4], last_activation=last, batch_norm=True).build(3, None)
        assert [isinstance(norm, torch.nn.BatchNorm1d) for norm in gcn.norms] == normed
