"""A convolutional encoder: shapes, places, and rows that do not know of one another."""

from __future__ import annotations

import pytest
import torch

from graphclust.encoders import Convolution
from graphclust.errors import InputError


def built(shape, channels=(8, 6)) -> Convolution:
    generator = torch.Generator().manual_seed(0)
    size = 1 if shape is None else shape[0] * shape[1] * shape[2]
    return Convolution(channels, shape).build(size if shape else 30, generator).eval()


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 7, 5), (1, 1, 9), None])
def test_any_shape_gives_a_vector_a_row(shape) -> None:
    encoder = built(shape)
    width = 30 if shape is None else shape[0] * shape[1] * shape[2]
    assert encoder(torch.rand(4, width)).shape == (4, 6)


def test_a_row_does_not_depend_on_the_others() -> None:
    encoder, x = built((1, 8, 8)), torch.rand(5, 64)
    encoder.train()
    torch.testing.assert_close(encoder(x)[:2], encoder(x[:2]))


def test_blocks_without_gradient_are_the_same() -> None:
    encoder, x = built((1, 4, 4)), torch.rand(700, 16)
    with torch.no_grad():
        blocks = encoder(x)
    torch.testing.assert_close(blocks, encoder(x).detach())


def test_a_shape_that_does_not_fit() -> None:
    with pytest.raises(InputError, match=r"shape=\(1, 3, 3\) is of 9 numbers, and rows have 10"):
        Convolution(shape=(1, 3, 3)).build(10, None)
