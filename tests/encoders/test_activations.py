"""Non-linearities that write over their input have the plain one's values and gradients."""

from __future__ import annotations

import pytest
import torch

from graphclust.encoders.base import activations_of, make_activation


@pytest.mark.parametrize("name", ["elu", "selu", "relu", "gelu", "tanh", "leaky_relu:0.3"])
def test_a_layers_own_gives_what_the_plain_one_does(name: str) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(50, 4, generator=generator, dtype=torch.float64)
    layer = activations_of(name, [4], last=True)[0]
    results = []
    for activation in (make_activation(name, 4), layer):
        leaf = x.clone().requires_grad_()
        y = activation(2 * leaf)
        y.square().sum().backward()
        results.append((y.detach(), leaf.grad))
    assert torch.equal(results[0][0], results[1][0])
    assert torch.allclose(results[0][1], results[1][1], rtol=1e-12, atol=1e-12)


def test_one_array_is_kept_instead_of_two() -> None:
    h = 2 * torch.randn(10, 4, requires_grad=True)
    assert activations_of("selu", [4], last=True)[0](h).data_ptr() == h.data_ptr()
    assert make_activation("selu", 4)(h).data_ptr() != h.data_ptr()
