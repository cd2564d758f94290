"""Memberships by a linear layer: with its offset and without, placed and restored."""

from __future__ import annotations

import pytest
import torch

from graphclust.component import from_config
from graphclust.graphs import Graph
from graphclust.heads import Softmax
from graphclust.heads.softmax import row_softmax
from graphclust.sparse import CSR


def built(offset: bool, seed: int = 0) -> Softmax:
    """Return a head for six dimensions and three clusters."""
    return Softmax(offset=offset).build(6, 3, torch.Generator().manual_seed(seed))


def test_without_offset_nothing_decides_but_directions() -> None:
    head = built(offset=False)
    assert [name for name, _ in head.named_parameters()] == ["linear.weight"]
    torch.testing.assert_close(head(torch.zeros(2, 6)), torch.full((2, 3), 1 / 3))
    z = torch.randn(9, 6, generator=torch.Generator().manual_seed(1))
    assert torch.equal(head.predict(z), head.predict(7.0 * z))


def test_the_offset_alone_separates_it_from_a_head_that_has_one() -> None:
    z = torch.randn(9, 6, generator=torch.Generator().manual_seed(1))
    plain, shifted = built(offset=False), built(offset=True)
    torch.testing.assert_close(plain(z), shifted(z))  # the offset starts at 0, drawn from nothing
    assert shifted.linear.bias is not None
    with torch.no_grad():
        shifted.linear.bias[2] = 50.0
    assert (shifted.predict(z) == 2).all()


@pytest.mark.parametrize("offset", [True, False])
def test_a_partition_places_it_and_its_tensors_restore_it(offset: bool) -> None:
    y = torch.arange(3).repeat_interleave(5)
    noise = torch.randn(15, 6, generator=torch.Generator().manual_seed(2))
    z = 4.0 * torch.eye(6)[y] + 0.1 * noise
    none = torch.zeros(0, dtype=torch.int64)
    graph = Graph(CSR.from_edges(none, none, None, (15, 15), symmetric=True), z)
    generator = torch.Generator().manual_seed(0)
    head = Softmax(init=y.tolist(), offset=offset).build(6, 3, generator)
    head.start(z, graph, generator)
    assert torch.equal(head.predict(z), y)

    again = from_config(built(offset).to_config()).build(6, 3, None)
    again.load_state_dict(head.state_dict())
    assert torch.equal(again(z), head(z))


@pytest.mark.parametrize("k", [1, 3, 20])
def test_rows_and_their_gradient_are_torchs(k) -> None:
    draw = torch.Generator().manual_seed(0)
    logits = 9 * torch.randn(50, k, generator=draw, dtype=torch.float64)
    logits[0] = 1e4
    logits.requires_grad_()
    weight = torch.randn(50, k, generator=draw, dtype=torch.float64)
    for softmax in (row_softmax, lambda x: torch.softmax(x, dim=1)):
        s = softmax(logits)
        (grad,) = torch.autograd.grad((s * weight).sum(), logits)
        if softmax is row_softmax:
            ours = (s, grad)
    assert torch.allclose(ours[0], s)
    assert torch.allclose(ours[1], grad, atol=1e-12)
