"""Objectives of whole graphs against what their papers say, written densely."""

from __future__ import annotations

import networkx as nx
import pytest
import torch
from torch.nn.functional import normalize, softplus

import graphclust as gc
from graphclust.graphs.many import as_graph_set
from graphclust.objectives.affinity_contrast import affinity, affinity_loss
from graphclust.objectives.bag_reconstruction import bag, bag_reconstruction_loss
from graphclust.objectives.graph_contrast import graph_contrast_loss
from graphclust.objectives.graph_infomax import graph_infomax_loss
from graphclust.objectives.inner_clusters import inner_min_cut_loss, inner_modularity_loss
from graphclust.objectives.joint_augmentation import JointAugmentation, on_simplex
from graphclust.objectives.min_cut import min_cut_loss, orthogonality_loss
from graphclust.objectives.modularity import modularity_loss
from graphclust.objectives.totals import Totals


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some() -> list[nx.Graph]:
    return [nx.karate_club_graph(), nx.connected_caveman_graph(3, 5), nx.path_graph(6)]


def test_infomax_is_the_mean_over_both_kinds_of_pairs() -> None:
    h, z = torch.randn(7, 4, generator=seeded()), torch.randn(3, 4, generator=seeded(1))
    graph_of = torch.tensor([0, 0, 0, 1, 1, 2, 2])
    own, other = [], []
    for i in range(7):
        for g in range(3):
            score = h[i] @ z[g]
            if graph_of[i] == g:
                own.append(softplus(-score))
            else:
                other.append(softplus(score))
    wanted = torch.stack(own).mean() + torch.stack(other).mean() - 2 * torch.tensor(2.0).log()
    torch.testing.assert_close(graph_infomax_loss(h, z, graph_of), wanted)


def test_contrast_leaves_the_pair_itself_out_below_the_line() -> None:
    u, v = torch.randn(5, 3, generator=seeded()), torch.randn(5, 3, generator=seeded(1))
    cosine = (normalize(u, dim=1) @ normalize(v, dim=1).T / 0.2).exp()
    own = cosine.diagonal()
    wanted = -(own / (cosine.sum(1) - own)).log().mean()
    torch.testing.assert_close(graph_contrast_loss(u, v, 0.2), wanted)
    assert float(graph_contrast_loss(u[:1], v[:1], 0.2)) == 0.0


def test_inner_losses_are_those_of_every_graph_by_itself() -> None:
    graphs = as_graph_set([nx.Graph(g.edges) for g in some()])
    s = torch.softmax(torch.randn(graphs.n_nodes, 3, generator=seeded()), dim=1)
    modularity, cut = [], []
    for part, graph in zip(s.split(graphs.adj.sizes.tolist()), graphs, strict=True):
        totals = Totals(part, graph.adj)
        modularity.append(modularity_loss(totals))
        cut.append(min_cut_loss(totals) + orthogonality_loss(totals, squared=True))
    torch.testing.assert_close(
        inner_modularity_loss(s, graphs.adj), torch.stack(modularity).mean(), atol=1e-5, rtol=1e-4
    )
    torch.testing.assert_close(
        inner_min_cut_loss(s, graphs.adj), torch.stack(cut).mean(), atol=1e-5, rtol=1e-4
    )
    lonely = as_graph_set([nx.empty_graph(3), nx.path_graph(2)]).adj
    assert bool(torch.isfinite(inner_min_cut_loss(s[:5], lonely)))


def test_a_hierarchical_readout_is_trained_by_the_edges_inside() -> None:
    cliques = [nx.connected_caveman_graph(2, n) for n in range(5, 13)]
    model = gc.GraphClusterer(
        2, encoder=gc.encoders.GCN([16]), readout=gc.readouts.Hierarchical(2), random_state=0,
        objective=gc.objectives.InnerModularity() + gc.objectives.GraphInfomax(),
    ).fit(cliques)  # fmt: skip
    assert model.embedding_.shape == (8, 32)
    assert model.history_["inner_modularity"][-1] <= model.history_["inner_modularity"][0]


def test_neighbours_count_as_ones_own() -> None:
    z = torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    near = affinity(z, 1)
    wanted = torch.kron(torch.eye(2), torch.full((2, 2), 0.5))
    torch.testing.assert_close(near.to_dense(), wanted)
    u = normalize(z, dim=1)
    dense = (u @ u.T).square().mean() - 2 * (wanted * (u @ u.T)).sum(1).mean()
    torch.testing.assert_close(affinity_loss(u, u, near), dense)
    assert affinity(z[:1], 5).to_dense().tolist() == [[1.0]]


def test_the_simplex_is_met_and_what_lies_on_it_stays() -> None:
    for seed in range(5):
        point = on_simplex(3 * torch.randn(6, generator=seeded(seed)))
        assert float(point.sum()) == pytest.approx(1.0, abs=1e-5) and float(point.min()) >= 0
        torch.testing.assert_close(on_simplex(point), point)


def test_chances_move_to_augmentations_of_greater_loss() -> None:
    graphs = [nx.gnp_random_graph(12, 0.3, seed=i) for i in range(30)]
    method = gc.methods.graph_level.JOAO(epochs=4, batch_size=15)
    kept: list[torch.Tensor] = []

    class Watched(JointAugmentation, register=False, name="watched"):
        def before_step(self, step) -> None:
            super().before_step(step)
            kept.append(self.chances.clone())

    recipe = gc.methods.graph_level.JOAO.compose_graphs

    class Watching(gc.methods.graph_level.JOAO, register=False, name="watching"):
        def compose_graphs(self, graphs, n_clusters):
            out = recipe(self, graphs, n_clusters)
            out.objective = Watched()
            return out

    gc.GraphClusterer(2, Watching(**method.get_params()), random_state=0).fit(graphs)
    first, last = kept[0], kept[-1]
    assert torch.allclose(first, torch.full((5,), 0.2))
    assert float(last.sum()) == pytest.approx(1.0, abs=1e-5)
    assert float(last[0]) < float(last[1:].max())  # the graph itself is the easiest view


def test_a_bag_holds_sums_of_features_and_of_neighbours() -> None:
    graphs = as_graph_set([nx.path_graph(3), nx.empty_graph(2)])
    x = torch.tensor([[1.0], [0.0], [0.0], [2.0], [2.0]])
    found = bag(x, graphs.adj, 1)
    # The path's middle node averages 1 and 0; its ends see the middle's 0.
    wanted = torch.tensor([[1.0, 3.0, 0.5, 3.0], [4.0, 2.0, 0.0, 0.0]]).log1p()
    torch.testing.assert_close(found, wanted)


def test_what_a_bag_misses_is_measured_by_each_columns_own_variance() -> None:
    wanted = torch.tensor([[1.0, 10.0], [3.0, 30.0]])
    rebuilt = torch.tensor([[2.0, 10.0], [3.0, 20.0]])
    loss = bag_reconstruction_loss(rebuilt, wanted, 0.0)
    # Normal errors at the likeliest variance v of a column cost ln(v) / 2, up to a constant.
    torch.testing.assert_close(loss, 0.5 * torch.tensor([0.5, 50.0]).log().sum())
    assert torch.isfinite(bag_reconstruction_loss(wanted, wanted, 0.01))
