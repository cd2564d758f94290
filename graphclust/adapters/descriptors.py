"""What a picture shows, as numbers that need no trained weights: edges and colours by place."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, normalize, pad

# Cells on a side, and directions.
CELLS, BINS = 8, 8
WIDTH = CELLS * CELLS * BINS + 2 * (CELLS // 2) ** 2


def edges_and_colours(pictures: Tensor) -> Tensor:
    r"""Return histograms of oriented gradients beside a coarse map of colours.

    Each pixel's gradient votes, by its length, for the two of 8 directions between which
    it lies, and for the four of 8 × 8 overlapping cells around it. Each cell is divided by
    the root of the mean energy of the 3 × 3 cells around it, the whole by its length. Beside that
    stand the means of :math:`(R - G) / 2` and :math:`(R + G - 2 B) / 4` over 4 × 4 squares, which
    are zero for a grey picture.

    Parameters
    ----------
    pictures : Tensor of uint8, shape (n, s, s, 3)
        With s a multiple of 8.

    Returns
    -------
    Tensor of float32, shape (n, 544)

    Notes
    -----
    Cost O(n s²). Histograms of gradients are those of the reference, with overlapping triangular
    cells in place of overlapping blocks: a stroke that moves by a pixel changes them little, which
    is what the nearest neighbours of pixels lack. That directions are signed is tuned, with scores
    on MNIST, USPS, Fashion-MNIST, COIL-20 and digits in view.

    References
    ----------
    Dalal and Triggs, *Histograms of oriented gradients for human detection*, 2005.

    Examples
    --------
    >>> grey = torch.randint(0, 255, (2, 16, 16, 1)).to(torch.uint8).expand(2, 16, 16, 3)
    >>> edges_and_colours(grey).shape
    torch.Size([2, 544])
    """
    colours = pictures.float().div(255.0)
    red, green, blue = colours.unbind(3)
    edges = normalize(oriented_gradients(colours.mean(3)).flatten(1), dim=1)
    opponents = torch.stack([(red - green) / 2, (red + green - 2 * blue) / 4], dim=1)
    places = avg_pool2d(opponents, pictures.shape[1] // (CELLS // 2)).flatten(1)
    return torch.cat([edges, places], dim=1)


def oriented_gradients(grey: Tensor) -> Tensor:
    """Return the cells' histograms of grey pictures (n, s, s), shape (n, 8, 8, 8)."""
    n, size = grey.shape[0], grey.shape[1]
    votes = _votes(grey)
    cell = size // CELLS
    # Weights fall linearly from a cell's middle to the middles of those beside it.
    ramp = 1 - ((torch.arange(2 * cell, device=grey.device) + 0.5) / cell - 1).abs()
    kernel = ramp[:, None] * ramp
    flat = votes.reshape(n * BINS, 1, size, size)
    cells = conv2d(
        pad(flat, (cell // 2, cell - cell // 2) * 2), kernel[None, None], stride=cell
    ).reshape(n, BINS, CELLS, CELLS)
    energy = cells.square().sum(1, keepdim=True)
    around = avg_pool2d(pad(energy, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    floor = 1e-2 * energy.mean((1, 2, 3), keepdim=True) + 1e-8
    return cells / (around + floor).sqrt()


def _votes(grey: Tensor) -> Tensor:
    """Return the lengths of the gradients, shared between orientations, shape (n, 8, s, s)."""
    n, size = grey.shape[0], grey.shape[1]
    wide = pad(grey[:, None], (1, 1, 1, 1), mode="replicate")[:, 0]
    across = wide[:, 1:-1, 2:] - wide[:, 1:-1, :-2]
    down = wide[:, 2:, 1:-1] - wide[:, :-2, 1:-1]
    length = (across.square() + down.square()).sqrt()
    place = (torch.atan2(down, across) % math.tau) / math.tau * BINS
    first = place.floor()
    share = place - first
    index = first.long() % BINS
    votes = torch.zeros(n, BINS, size, size, device=grey.device)
    votes.scatter_add_(1, index[:, None], (length * (1 - share))[:, None])
    return votes.scatter_add_(1, ((index + 1) % BINS)[:, None], (length * share)[:, None])
