"""Attribution: exact where it can be known, complete where theory says so."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch_geometric.data import Data

from graphclust.errors import InputError
from graphclust.explain import cluster_margin, gradient_times_input, integrated_gradients, occlusion

W = torch.tensor([[1.0, -2.0], [0.5, 3.0], [0.0, 1.0]])


def ring(n: int = 5, edge_attr: bool = True) -> Data:
    generator = torch.Generator().manual_seed(0)
    ends = torch.stack([torch.arange(n), (torch.arange(n) + 1) % n])
    data = Data(
        x=torch.rand(n, 3, generator=generator), edge_index=torch.cat([ends, ends.flip(0)], 1)
    )
    if edge_attr:
        data.edge_attr = torch.rand(n, 2, generator=generator).repeat(2, 1)
    return data


def linear(data: Data) -> torch.Tensor:
    return (data.x @ W).sum(0) + data.edge_attr.sum(0)


def curved(data: Data) -> torch.Tensor:
    h = torch.zeros(data.x.shape[0], 2).index_add(
        0, data.edge_index[1], torch.tanh((data.x @ W)[data.edge_index[0]] + data.edge_attr)
    )
    return torch.tanh(h + data.x @ W).sum(0)[None]


def test_a_linear_model_is_taken_apart_exactly() -> None:
    data = ring()
    expected = data.x @ W
    for found in (gradient_times_input(linear, data, 1), integrated_gradients(linear, data, 1)):
        assert np.allclose(found.nodes, expected[:, 1], atol=1e-5)
        assert np.allclose(found.edges, data.edge_attr[:, 1], atol=1e-5)
        assert found.score == pytest.approx(float(linear(data)[1]), rel=1e-5)
    scores = lambda graphs: torch.stack([linear(g) for g in graphs]).numpy()  # noqa: E731
    found = occlusion(scores, data, 1)
    assert np.allclose(found.nodes, expected[:, 1], atol=1e-5)
    assert np.allclose(found.edges, 2 * data.edge_attr[:, 1], atol=1e-5)  # both directions go


def test_integrated_gradients_add_up() -> None:
    data = ring()
    found = integrated_gradients(curved, data, 0, steps=256)
    nothing = Data(
        x=torch.zeros_like(data.x),
        edge_index=data.edge_index,
        edge_attr=torch.zeros_like(data.edge_attr),
    )
    total = float(curved(data)[0, 0] - curved(nothing)[0, 0])
    # An edge's value stands for both of its directions' mean: there are two.
    assert found.nodes.sum() + found.edges.sum() == pytest.approx(total, abs=1e-3)


def test_nodes_renamed_are_values_moved() -> None:
    data, order = ring(), torch.tensor([3, 1, 4, 0, 2])
    place = torch.empty(5, dtype=torch.long)
    place[order] = torch.arange(5)
    moved = Data(x=data.x[order], edge_index=place[data.edge_index], edge_attr=data.edge_attr)
    one, other = integrated_gradients(curved, data, 0), integrated_gradients(curved, moved, 0)
    assert np.allclose(one.nodes[order.numpy()], other.nodes, atol=1e-5)
    assert np.allclose(one.edges, other.edges, atol=1e-5)


def test_without_edges_or_edge_features() -> None:
    data = Data(x=torch.ones(2, 3), edge_index=torch.zeros(2, 0, dtype=torch.long))
    found = integrated_gradients(lambda d: (d.x @ W).sum(0), data, 0)
    assert found.edges.shape == (0,) and found.nodes.shape == (2,)
    found = occlusion(lambda gs: np.array([[float(g.x.sum())] for g in gs]), data, 0)
    assert found.nodes.tolist() == [3.0, 3.0] and found.edges.shape == (0,)
    assert (
        occlusion(
            lambda gs: np.array([[float(g.num_edges)] for g in gs]), ring(), 0, edges=False
        ).edges.tolist()
        == [0.0] * 10
    )
    with pytest.raises(InputError, match="no node features"):
        occlusion(lambda gs: np.zeros((len(gs), 1)), Data(edge_index=data.edge_index), 0)
    with pytest.raises(InputError, match="steps=0"):
        integrated_gradients(curved, ring(), 0, steps=0)


def test_the_margin_is_positive_at_home() -> None:
    z = np.array([[0.0, 0.0], [0.2, 0.0], [5.0, 5.0], [5.2, 5.0]])
    scores = cluster_margin(lambda graphs: z[list(graphs)], z, [0, 0, 2, 2])
    found = scores([0, 2])
    assert found.shape == (2, 3)
    assert found[0, 0] > 0 > found[0, 2] and found[1, 2] > 0 > found[1, 0]
