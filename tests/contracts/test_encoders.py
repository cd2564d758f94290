"""What every encoder promises, over the registry."""

from __future__ import annotations

import pytest
import scipy.sparse as sp
import torch

from graphclust.component import from_config, registry
from graphclust.encoders import Encoder
from graphclust.sparse import CSR

N, F = 40, 70
NAMES = sorted(set(registry("encoder")) - {"pyg_model"})


def graph(weighted: bool = False) -> tuple[CSR, CSR]:
    """Return sparse features and a graph of two pieces with an isolated node."""
    generator = torch.Generator().manual_seed(0)
    block = torch.arange(N) // 20
    dense = (torch.rand(N, N, generator=generator) < 0.2) & (block[:, None] == block[None])
    dense = dense.triu(1).float()
    if weighted:
        dense = dense * torch.rand(N, N, generator=generator)
    dense = dense + dense.T
    dense[3] = 0.0
    dense[:, 3] = 0.0
    x = torch.rand(N, F, generator=generator) * (torch.rand(N, F, generator=generator) < 0.08)
    return (
        CSR.from_scipy(sp.csr_array(x.numpy())),
        CSR.from_scipy(sp.csr_array(dense.numpy()), symmetric=True, weighted=weighted),
    )


def make(name: str, x: CSR, adj: CSR) -> Encoder:
    encoder = registry("encoder")[name]()
    encoder.build(x.shape[1], torch.Generator().manual_seed(1))
    encoder.adapt(x, adj, torch.Generator().manual_seed(2))
    return encoder.eval()


@pytest.mark.parametrize("name", NAMES)
def test_dense_and_sparse_features_give_the_same(name) -> None:
    x, adj = graph()
    encoder = make(name, x, adj)
    z = encoder(x, adj)
    assert z.shape == (N, encoder.out_channels)
    torch.testing.assert_close(z, encoder(x.to_dense(), adj), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_renaming_nodes_renames_rows(name) -> None:
    x, adj = graph(weighted=True)
    encoder = make(name, x, adj)
    order = torch.randperm(N, generator=torch.Generator().manual_seed(5))
    dense = adj.to_dense()[order][:, order]
    renamed = CSR.from_scipy(sp.csr_array(dense.numpy()), symmetric=True)
    z = encoder(x, adj)
    torch.testing.assert_close(encoder(x.take_rows(order), renamed), z[order], atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("edges", ["none", "weighted"])
def test_edgeless_and_weighted_graphs_are_embedded(name, edges) -> None:
    x, adj = graph(weighted=True)
    if edges == "none":
        adj = CSR.from_scipy(sp.csr_array((N, N)), symmetric=True)
    z = make(name, x, adj)(x, adj)
    assert bool(torch.isfinite(z).all())


@pytest.mark.parametrize("name", NAMES)
def test_gradient_reaches_every_parameter(name) -> None:
    x, adj = graph()
    encoder = make(name, x, adj).train()
    parameters = dict(encoder.named_parameters())
    if not parameters:
        pytest.skip("nothing to learn")
    encoder(x, adj, torch.Generator().manual_seed(0)).square().sum().backward()
    for key, parameter in parameters.items():
        assert parameter.grad is not None, key


@pytest.mark.parametrize("name", NAMES)
def test_same_generator_same_start_and_config_round_trip(name) -> None:
    x, adj = graph()
    encoder = make(name, x, adj)
    again = from_config(encoder.to_config())
    assert again.to_config() == encoder.to_config()
    again.build(F, torch.Generator().manual_seed(1))
    again.adapt(x, adj, torch.Generator().manual_seed(2))
    assert torch.equal(again.eval()(x, adj), encoder(x, adj))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_nodes_times_nodes_is_made(name, kit, big) -> None:
    encoder = kit.narrow(registry("encoder")[name]())
    with kit.nothing_quadratic():
        encoder.build(big.n_features, kit.seeded(1))
        encoder.adapt(big.x, big.adj, kit.seeded(2))
        z = encoder.train()(big.x, big.adj, kit.seeded(3))
        if z.requires_grad:
            z.square().sum().backward()
    assert z.shape == (kit.MANY, encoder.out_channels)
