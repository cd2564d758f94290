"""What every head promises, over the registry."""

from __future__ import annotations

import pytest
import torch

from graphclust.component import from_config, registry
from graphclust.training.checkpoint_file import load_tensors

D = 10


def embedding(kit, n: int = 60) -> torch.Tensor:
    """Return three clouds, apart in direction and in place."""
    centres = 3.0 * torch.eye(kit.K, D) + 0.5
    y = torch.arange(n) * kit.K // n
    return centres[y] + 0.3 * torch.randn(n, D, generator=kit.seeded(7))


def made(name: str, z: torch.Tensor, graph, kit):
    head = registry("head")[name]()
    if z.shape[0] == kit.MANY:
        head = kit.narrow(head)
    head.build(D, kit.K, kit.seeded(1))
    if head.trained:
        head.start(z, graph, kit.seeded(2))
    else:
        head.fit(z, graph, kit.seeded(2))
    return head.eval()


def test_memberships_sum_to_one_and_predictions_are_in_range(a_head, kit) -> None:
    graph, z = kit.planted()[0], embedding(kit)
    head = made(a_head, z, graph, kit)
    s, labels = head(z), head.predict(z)
    assert s.shape == (60, kit.K)
    assert bool((s >= 0).all())
    torch.testing.assert_close(s.sum(1), torch.ones(60), atol=1e-5, rtol=0)
    assert labels.dtype == torch.int64
    assert labels.shape == (60,)
    assert int(labels.min()) >= 0 and int(labels.max()) < kit.K


def test_a_fitted_head_finds_clouds_that_lie_apart(a_head, kit) -> None:
    graph, z = kit.planted()[0], embedding(kit)
    head = made(a_head, z, graph, kit)
    if head.trained:
        pytest.skip("an objective trains it")
    blocks = head.predict(z).reshape(kit.K, 20)
    assert bool((blocks == blocks[:, :1]).all())
    assert len(set(blocks[:, 0].tolist())) == kit.K


def test_each_row_is_assigned_by_itself(a_head, kit) -> None:
    # Renaming rows renames labels, and a row that was never seen is assigned as its like.
    graph, z = kit.planted()[0], embedding(kit)
    head = made(a_head, z, graph, kit)
    order = torch.randperm(60, generator=kit.seeded(4))
    torch.testing.assert_close(head(z[order]), head(z)[order], atol=1e-5, rtol=1e-4)
    assert torch.equal(head.predict(z[order]), head.predict(z)[order])
    torch.testing.assert_close(head(z[:7]), head(z)[:7], atol=1e-5, rtol=1e-4)


def test_config_and_tensors_bring_it_back(a_head, kit) -> None:
    graph, z = kit.planted()[0], embedding(kit)
    head = made(a_head, z, graph, kit)
    again = from_config(head.to_config())
    assert again.to_config() == head.to_config()
    again.build(D, kit.K, None)
    load_tensors(again, head.state_dict())
    kit.same_state(head, again)
    assert torch.equal(again.eval()(z), head(z))
    assert torch.equal(again.predict(z), head.predict(z))


def test_same_seed_same_answer(a_head, kit) -> None:
    graph, z = kit.planted()[0], embedding(kit)
    one, two = (made(a_head, z, graph, kit) for _ in range(2))
    kit.same_state(one, two)
    assert torch.equal(one(z), two(z))


@pytest.mark.parametrize("kind", ["edgeless", "weighted"])
def test_identical_rows_and_odd_graphs_give_finite_memberships(a_head, kind, kit) -> None:
    graph, z = kit.planted(kind)[0], torch.ones(60, D)
    s = made(a_head, z, graph, kit)(z)
    assert bool(torch.isfinite(s).all())


def test_nothing_of_nodes_times_nodes_is_made(a_head, kit, big) -> None:
    z = embedding(kit, kit.MANY)
    with kit.nothing_quadratic():
        head = made(a_head, z, big, kit)
        head(z)
        head.predict(z)
