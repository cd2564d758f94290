"""A small convolutional network over rows that are pictures; it does not read the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import group_norm, max_pool2d, relu

from graphclust.encoders.base import Encoder, Linear
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.randomness import uniform_
from graphclust.sparse import CSR

# Without a gradient, rows are encoded so many at a time.
_BLOCK = 512


class Convolution(Encoder, name="convolution"):
    r"""Convolutions of 3 x 3 with halving between them, the mean over what is left, a dense layer.

    Each stage is :math:`H \leftarrow \mathrm{pool}(\mathrm{relu}(\mathrm{norm}(W * H)))`, the
    normalisation being over groups of channels of one picture, so that a picture's embedding
    does not depend on the others of its batch.

    Parameters
    ----------
    channels : int or sequence of int
        Channels of each stage; the last number is the width of the embedding.
    shape : (int, int, int), optional
        Channels, height and width of the picture that a row is. Without one, a row is a picture
        of one channel and one line.

    Notes
    -----
    Cost O(n s² c²) for pictures of s x s pixels and c channels.

    References
    ----------
    LeCun et al., *Gradient-based learning applied to document recognition*, 1998; Wu and He,
    *Group normalization*, 2018, arXiv:1803.08494.

    Examples
    --------
    >>> encoder = Convolution([8, 4], shape=(1, 6, 6)).build(36, torch.Generator().manual_seed(0))
    >>> encoder(torch.rand(5, 36)).shape
    torch.Size([5, 4])
    """

    def __init__(
        self,
        channels: int | Sequence[int] = (16, 32, 64, 64),
        shape: tuple[int, int, int] | None = None,
    ) -> None:
        super().__init__()
        self.channels, self.shape = channels, shape

    @property
    def hops(self) -> int:
        """No hop: the graph is not read."""
        return 0

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the filters for rows of ``in_channels`` numbers."""
        self._grid = grid_of(self.shape, in_channels)
        widths = [self.channels] if isinstance(self.channels, int) else list(self.channels)
        stages = widths[:-1] or widths
        self.filters, self.scales = nn.ParameterList(), nn.ParameterList()
        before = self._grid[0]
        for width in stages:
            filters = nn.Parameter(torch.empty(width, before, 3, 3))
            uniform_(filters, (6.0 / (9 * before)) ** 0.5, generator)
            self.filters.append(filters)
            self.scales.append(nn.Parameter(torch.stack([torch.ones(width), torch.zeros(width)])))
            before = width
        self.last = Linear(before, widths[-1], generator)
        self.out_channels = widths[-1]
        return self

    def forward(
        self, x: Features, adj: CSR | None = None, generator: torch.Generator | None = None
    ) -> Tensor:
        """Return the embedding, shape (n, channels[-1]); ``adj`` is not read."""
        rows = x.to_dense() if isinstance(x, CSR) else x
        if torch.is_grad_enabled():
            return self._encode(rows)
        # Feature maps of all pictures at once would be many times as large as the pictures.
        blocks = [rows[i : i + _BLOCK] for i in range(0, len(rows), _BLOCK)]
        return torch.cat([self._encode(block) for block in blocks])

    def _encode(self, rows: Tensor) -> Tensor:
        h = rows.reshape(len(rows), *self._grid)
        for filters, (scale, shift) in zip(self.filters, self.scales, strict=True):
            h = nn.functional.conv2d(h, filters, padding=1)
            # Eight channels a group at most, or all of them where eight do not divide them.
            groups = h.shape[1] // 8 if h.shape[1] % 8 == 0 else 1
            h = relu(group_norm(h, groups, scale, shift))
            window = (min(2, h.shape[2]), min(2, h.shape[3]))
            h = max_pool2d(h, window, ceil_mode=True)
        out: Tensor = self.last(h.mean((2, 3)))
        return out


def grid_of(shape: Sequence[int] | None, in_channels: int) -> tuple[int, int, int]:
    """Return channels, height and width of rows of so many numbers.

    Raises
    ------
    InputError
        If they do not fit.
    """
    if shape is None:
        return 1, 1, in_channels
    channels, height, width = (int(v) for v in shape)
    if channels * height * width != in_channels:
        raise InputError(
            f"shape={tuple(shape)} is of {channels * height * width} numbers, and rows have "
            f"{in_channels}: give channels, height and width"
        )
    return channels, height, width
