"""Every readout: no order among nodes, no graph that depends on another, zeros for no nodes."""

from __future__ import annotations

import networkx as nx
import pytest
import torch
from torch_geometric.data import Data
from torch_geometric.nn import MLP as PyGMLP
from torch_geometric.nn import GINEConv, global_add_pool, global_max_pool, global_mean_pool

import graphclust as gc
from graphclust.component import from_config, registry
from graphclust.encoders.jumping_knowledge import JumpingKnowledge
from graphclust.errors import InputError
from graphclust.graphs.many import as_graph_set
from graphclust.readouts import Pooled, as_readout
from graphclust.readouts.described import Described
from graphclust.readouts.graph_statistics import COLUMNS, statistics
from graphclust.readouts.standardised import Standardised
from graphclust.readouts.weisfeiler_lehman import WeisfeilerLehman, wl_colours

NAMES = sorted(registry("readout"))
D = 6


def graphs(*extra: nx.Graph):
    return as_graph_set([nx.cycle_graph(5), nx.path_graph(4), *extra, nx.star_graph(6)])


def built(name: str):
    draw = torch.Generator().manual_seed(1)
    return registry("readout")[name]().build(D, draw).eval()


def rows(n: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, D, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("name", NAMES)
def test_order_of_nodes_and_of_graphs_does_not_matter(name) -> None:
    given = graphs()
    readout, h = built(name), rows(given.n_nodes)
    z = readout(h, given.adj)
    assert z.shape == (3, readout.out_channels)
    other = as_graph_set([nx.star_graph(6), nx.path_graph(4), nx.cycle_graph(5)])
    parts = h.split([5, 4, 7])
    # A ring turned by two places, a path and a star as they were.
    turned = torch.cat([parts[2], parts[1], parts[0].roll(2, 0)])
    torch.testing.assert_close(readout(turned, other.adj), z.flip(0), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_without_nodes_gets_zeros_and_changes_nothing(name) -> None:
    readout, h = built(name), rows(16)
    with torch.no_grad():
        z, more = readout(h, graphs().adj), readout(h, graphs(nx.Graph()).adj)
    torch.testing.assert_close(more[[0, 1, 3]], z, atol=1e-5, rtol=1e-4)
    assert float(more[2].abs().sum()) == 0.0


@pytest.mark.parametrize("name", NAMES)
def test_gradient_reaches_nodes_and_parameters(name) -> None:
    readout, h = built(name).train(), rows(16).requires_grad_()
    weight = torch.randn(3, readout.out_channels, generator=torch.Generator().manual_seed(3))
    (readout(h, graphs().adj) * weight).sum().backward()
    assert bool(torch.isfinite(h.grad).all()) and float(h.grad.abs().sum()) > 0
    assert all(p.grad is not None for p in readout.parameters())
    assert from_config(readout.to_config()).to_config() == readout.to_config()


def test_plain_readouts_are_what_pyg_has() -> None:
    given, h = graphs(), rows(16)
    for name, peer in (("sum", global_add_pool), ("mean", global_mean_pool)):
        torch.testing.assert_close(built(name)(h, given.adj), peer(h, given.adj.graph_of))
    torch.testing.assert_close(built("max")(h, given.adj), global_max_pool(h, given.adj.graph_of))


def test_standardised_sums_are_those_of_a_batch_and_then_of_all_that_was_seen() -> None:
    given, h = graphs(), rows(16)
    readout = Standardised().build(D, None)
    found, plain = readout(h, given.adj), built("sum")(h, given.adj)
    spread = plain.std(0, unbiased=False)
    wanted = torch.nn.functional.normalize((plain - plain.mean(0)) / spread, dim=1)
    torch.testing.assert_close(found, wanted, atol=1e-3, rtol=1e-3)
    one = as_graph_set([nx.path_graph(4)])
    alone = readout(h[5:9], one.adj)  # one graph has no deviation
    torch.testing.assert_close(alone, readout.eval()(h, given.adj)[1:2], atol=1e-5, rtol=1e-4)


def test_a_described_graph_does_not_depend_on_the_others_it_is_with() -> None:
    given = as_graph_set([g(n) for n in range(4, 12) for g in (nx.path_graph, nx.cycle_graph)])
    x = torch.ones(given.n_nodes, 2)
    draw = torch.Generator().manual_seed(0)
    layers = gc.encoders.GINE([4, 4], batch_norm=False)
    encoder = Described(JumpingKnowledge(layers), as_readout("sum"), weight=0.5).build(2, draw)
    encoder.adapt(x, given.adj, draw)
    z = encoder.eval()(x, given.adj).detach()
    assert z.shape == (16, encoder.out_channels) == (16, 8 + len(COLUMNS) + 16)
    some = given.choose(torch.tensor([9, 2]))
    torch.testing.assert_close(
        encoder(x[: some.n_nodes], some.adj), z[[9, 2]], atol=1e-4, rtol=1e-4
    )
    # Layers weigh a quarter of what statistics do, and patterns as much as these.
    parts = z.split([8, len(COLUMNS), 16], dim=1)
    layers_, statistics_, patterns = (p.square().sum(1).mean() for p in parts)
    assert 0.1 < float(layers_) <= 0.25 + 1e-6
    assert 0.5 < float(statistics_) <= 1.0 + 1e-6
    assert float(patterns) == pytest.approx(1.0, rel=1e-4)


def test_a_name_or_a_readout_is_taken() -> None:
    assert as_readout("Set2Set").steps == 3
    with pytest.raises(InputError, match=r"no readout named 'summ'.*sum"):
        as_readout("summ")
    with pytest.raises(InputError, match="neither a name nor a readout"):
        as_readout(3)


def test_large_sets_are_encoded_in_groups_with_the_same_result(monkeypatch) -> None:
    import graphclust.readouts.pooled as module

    given = graphs(nx.Graph(), nx.complete_graph(4))
    encoder = Pooled(gc.encoders.GIN([8, 8], batch_norm=False), as_readout("sum"))
    encoder.build(D, torch.Generator().manual_seed(0)).eval()
    x = rows(given.n_nodes)
    with torch.no_grad():
        whole = encoder(x, given.adj)
        monkeypatch.setattr(module, "_NODES", 6)
        torch.testing.assert_close(encoder(x, given.adj), whole)
    with pytest.raises(InputError, match="GraphClusterer"):
        encoder(x, given.adj.with_weight(None))


def test_jumping_knowledge_joins_the_layers() -> None:
    given, x = graphs(), rows(16)
    layers = JumpingKnowledge(gc.encoders.GCN([4, 8])).build(D, torch.Generator().manual_seed(0))
    z = layers.eval()(x, given.adj)
    assert z.shape == (16, 12) == (16, layers.out_channels)
    torch.testing.assert_close(z[:, 4:], layers.encoder(x, given.adj))
    with pytest.raises(InputError, match="differ"):
        JumpingKnowledge(gc.encoders.GCN([4, 8]), "max").build(D, None)
    with pytest.raises(InputError, match="no layers"):
        JumpingKnowledge(gc.encoders.SGC()).build(D, None)(x, given.adj)


def test_gine_is_pygs_and_reads_edges() -> None:
    data = Data(
        x=rows(4),
        edge_index=torch.tensor([[0, 1, 1, 2, 2, 3], [1, 0, 2, 1, 3, 2]]),
        edge_attr=torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1], [3, 0], [3, 0]]),
    )
    given = as_graph_set([data])
    encoder = gc.encoders.GINE([5], edge_channels=2, batch_norm=False)
    encoder.build(D, torch.Generator().manual_seed(0)).eval()
    first, second, edge = encoder.first[0], encoder.second[0], encoder.edges[0]
    peer = GINEConv(PyGMLP([5, 5], plain_last=True), train_eps=True, edge_dim=2)
    with torch.no_grad():
        peer.nn.lins[0].weight.copy_(torch.eye(5))
        peer.nn.lins[0].bias.zero_()
        peer.lin.weight.copy_(edge.weight.T)
        peer.lin.bias.zero_()
        own = first(data.x)
        wanted = second(peer(own, data.edge_index, data.edge_attr).relu())
    torch.testing.assert_close(encoder(given.x, given.adj), wanted, atol=1e-5, rtol=1e-4)
    data.edge_attr = data.edge_attr[:, :1]
    narrower = as_graph_set([data])
    with pytest.raises(InputError, match="1 features, but gine was built for 2"):
        encoder(narrower.x, narrower.adj)


def test_wl_tells_what_colours_tell_and_no_more() -> None:
    # Two triangles and a ring of six look alike to it; a star and a path do not.
    two = nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3))
    given = as_graph_set([two, nx.cycle_graph(6), nx.star_graph(5), nx.path_graph(6)])
    x = torch.ones(given.n_nodes, 1)
    colours = wl_colours(x, given.adj, 3)
    assert len(colours[0].unique()) == 1
    assert torch.equal(colours[3][:6], colours[3][6:12])
    assert len(colours[3][12:18].unique()) == 2  # centre and leaves
    assert len(colours[3][18:].unique()) == 3  # a path of six, from either end
    encoder = WeisfeilerLehman(3, 8).build(1, None)
    encoder.adapt(x, given.adj, torch.Generator().manual_seed(0))
    z = encoder(x, given.adj)
    assert z.shape == (4, 8)
    torch.testing.assert_close(z[0], z[1])
    assert float((z[2] - z[3]).norm()) > 0.5
    torch.testing.assert_close(z.norm(dim=1), torch.ones(4))


def test_statistics_are_networkxs() -> None:
    known = [nx.karate_club_graph(), nx.cycle_graph(7), nx.empty_graph(3), nx.complete_graph(5)]
    for graph in known:
        graph.remove_edges_from(nx.selfloop_edges(graph))
    found = statistics(as_graph_set(known).adj)
    for graph, row in zip(known, found, strict=True):
        value = dict(zip(COLUMNS, row.tolist(), strict=True))
        n, m = graph.number_of_nodes(), graph.number_of_edges()
        parts = nx.number_connected_components(graph)
        counts = {
            "nodes": n,
            "edges": m,
            "cycles": m - n + parts,
            "triangles": sum(nx.triangles(graph).values()) / 3,
            "components": parts,
            "greatest degree": max(d for _, d in graph.degree),
        }
        for name, count in counts.items():
            assert value[name] == pytest.approx(torch.tensor(count + 1.0).log().item(), rel=1e-5)
        assert value["density"] == pytest.approx(nx.density(graph), rel=1e-5)
        assert value["transitivity"] == pytest.approx(nx.transitivity(graph), rel=1e-5)
