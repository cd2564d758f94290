"""Edges and colours: what they should see, and what they should not."""

from __future__ import annotations

import torch

from graphclust.adapters.descriptors import WIDTH, edges_and_colours, oriented_gradients


def grey(picture: torch.Tensor) -> torch.Tensor:
    return picture.byte()[None, :, :, None].expand(1, *picture.shape, 3)


def test_shape_and_length() -> None:
    picture = torch.randint(0, 255, (3, 32, 32, 3), generator=torch.Generator().manual_seed(0))
    found = edges_and_colours(picture.byte())
    assert found.shape == (3, WIDTH)
    torch.testing.assert_close(found[:, :512].norm(dim=1), torch.ones(3))


def test_a_flat_picture_has_no_edges_and_no_colour() -> None:
    found = edges_and_colours(grey(torch.full((32, 32), 90)))
    assert float(found.abs().max()) < 1e-3


def test_brightness_and_contrast_hardly_matter() -> None:
    picture = torch.zeros(32, 32)
    picture[8:24, 12:20] = 200
    one, other = edges_and_colours(grey(picture)), edges_and_colours(grey(picture * 0.5 + 60))
    assert float((one - other).abs().max()) < 1e-3


def test_an_edge_votes_for_its_direction_at_its_place() -> None:
    picture = torch.zeros(1, 32, 32)
    picture[:, :, 18:] = 1.0  # dark to light, to the right: direction 0
    cells = oriented_gradients(picture)[0]
    assert cells.sum((1, 2)).argmax() == 0
    assert cells[0].sum(0).argmax() == 4
    turned = oriented_gradients(1 - picture)[0]
    assert turned.sum((1, 2)).argmax() == 4  # light to dark is the opposite direction


def test_a_shift_by_a_pixel_changes_less_than_another_shape() -> None:
    square, moved, cross = torch.zeros(3, 32, 32)
    square[8:24, 8:24] = 220
    moved[8:24, 9:25] = 220
    cross[8:24, 14:18] = cross[14:18, 8:24] = 220
    a, b, c = (edges_and_colours(grey(p))[0] for p in (square, moved, cross))
    assert float(a @ b) > 0.8 > float(a @ c)


def test_colours_are_told_apart_where_edges_are_not() -> None:
    picture = torch.zeros(2, 32, 32, 3)
    picture[0, ..., 0] = picture[1, ..., 2] = 150
    red, blue = edges_and_colours(picture.byte())
    assert float((red - blue).norm()) > 0.5
