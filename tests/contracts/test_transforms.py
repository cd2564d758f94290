"""What every transform promises, over the registry."""

from __future__ import annotations

import pytest
import torch

from graphclust.component import from_config, registry
from graphclust.sparse import CSR
from graphclust.training.checkpoint_file import load_tensors


def dense(x) -> torch.Tensor:
    return x.to_dense() if isinstance(x, CSR) else x


def fitted(name: str, x, adj, kit):
    return registry("transform")[name]().fit(x, adj, kit.seeded(1))


def test_renaming_nodes_renames_rows(a_transform, kit) -> None:
    graph = kit.planted("weighted")[0]
    transform = fitted(a_transform, graph.x, graph.adj, kit)
    order = torch.randperm(graph.n_nodes, generator=kit.seeded(2))
    other = kit.renamed(graph, order)
    expected = dense(transform(graph.x, graph.adj))[order]
    torch.testing.assert_close(dense(transform(other.x, other.adj)), expected, atol=1e-5, rtol=1e-4)


def test_dense_and_sparse_features_give_the_same(a_transform, kit) -> None:
    graph = kit.planted()[0]
    sparse = fitted(a_transform, graph.x, graph.adj, kit)(graph.x, graph.adj)
    table = graph.x.to_dense()
    full = fitted(a_transform, table, graph.adj, kit)(table, graph.adj)
    # Singular directions that tie may come out turned: what matters is how rows lie to each other.
    torch.testing.assert_close(
        dense(sparse) @ dense(sparse).T, dense(full) @ dense(full).T, atol=1e-3, rtol=1e-3
    )


def test_the_features_that_are_given_stay_as_they_were(a_transform, kit) -> None:
    graph = kit.planted()[0]
    for x in (graph.x, graph.x.to_dense()):
        before = dense(x).clone()
        fitted(a_transform, x, graph.adj, kit)(x, graph.adj)
        assert torch.equal(dense(x), before)


def test_config_and_tensors_bring_it_back(a_transform, kit) -> None:
    graph = kit.planted()[0]
    transform = fitted(a_transform, graph.x, graph.adj, kit)
    again = from_config(transform.to_config())
    assert again.to_config() == transform.to_config()
    load_tensors(again, transform.state_dict())
    kit.same_state(transform, again)
    expected = dense(transform(graph.x, graph.adj))
    assert torch.equal(dense(again(graph.x, graph.adj)), expected)


@pytest.mark.parametrize("kind", ["edgeless", "disconnected"])
def test_odd_graphs_give_finite_rows(a_transform, kind, kit) -> None:
    graph = kit.planted(kind)[0]
    out = dense(fitted(a_transform, graph.x, graph.adj, kit)(graph.x, graph.adj))
    assert out.shape[0] == graph.n_nodes
    assert bool(torch.isfinite(out).all())


def test_nothing_of_nodes_times_nodes_is_made(a_transform, kit, big) -> None:
    with kit.nothing_quadratic():
        fitted(a_transform, big.x, big.adj, kit)(big.x, big.adj)
