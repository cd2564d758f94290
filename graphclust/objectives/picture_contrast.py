"""Contrast of pictures that were turned and moved, with their neighbours as what they are like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample, relu

from graphclust.encoders.base import Linear
from graphclust.encoders.convolution import grid_of
from graphclust.errors import InputError
from graphclust.graphs.walks import step_to_neighbor
from graphclust.objectives.base import Dims, Objective, Split
from graphclust.objectives.infonce import infonce_loss
from graphclust.objectives.step import Step
from graphclust.randomness import rand
from graphclust.sparse import CSR


class PictureContrast(Objective, name="picture_contrast"):
    r"""Pull a picture and a neighbour, both turned and moved at random, together; others apart.

    .. math::
        \mathcal L = \tfrac1{2b} \sum_{i \in B} [\ell(u_i, v_{j(i)}) + \ell(v_{j(i)}, u_i)],
        \qquad j(i) \sim A_{i\cdot}

    with :math:`\ell` as in :class:`~graphclust.objectives.infonce.InfoNCE`: u and v are embeddings
    of two views after a projection, and the rest of the batch is what they are told from.

    Parameters
    ----------
    shape : (int, int, int), optional
        Channels, height and width of the picture that a row is; one line without it.
    size : int
        Pictures of a step's batch.
    temperature : float
    turn, move, stretch : float
        Greatest angle in degrees, shift as a share of the side, and change of either side's
        length and of the slant. Nothing is mirrored.
    projection : int
        Width of the projection, which is left off afterwards.

    Notes
    -----
    Cost O(b) passes of the encoder and O(b² d) a step, whatever the size of the graph. The
    references take a second view of the picture itself, or its nearest neighbour in the embedding
    as it stands; here the neighbour is drawn from the graph, by the weight of its edge, so that
    the graph says what is alike. A picture without neighbours is its own.

    References
    ----------
    Chen et al., *A simple framework for contrastive learning of visual representations*, 2020,
    arXiv:2002.05709; Dwibedi et al., *With a little help from my friends*, 2021,
    arXiv:2104.14548.
    """

    split: ClassVar[Split] = "edge"

    def __init__(
        self,
        shape: Sequence[int] | None = None,
        size: int = 256,
        temperature: float = 0.2,
        turn: float = 15.0,
        move: float = 0.1,
        stretch: float = 0.15,
        projection: int = 64,
    ) -> None:
        super().__init__()
        self.shape, self.size, self.temperature = shape, size, temperature
        self.turn, self.move, self.stretch = turn, move, stretch
        self.projection = projection

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the projection."""
        self._grid = grid_of(self.shape, dims.in_channels)
        width = dims.out_channels
        self.layers = nn.ModuleList(
            [Linear(width, width, generator), Linear(width, self.projection, generator)]
        )
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the contrast of one batch, a scalar."""
        if step.encoder.hops != 0:
            raise InputError(
                f"encoder={step.encoder!r} reads the graph, and pictures are changed one by one: "
                "take encoders.Convolution()"
            )
        n = step.graph.n_nodes
        draw = rand(min(self.size, n), generator=step.generator)
        rows = (draw * n).long().clamp(max=n - 1).to(step.adj.device)
        partners = step_to_neighbor(step.adj, rows, step.generator)
        u, v = (self._view(step, chosen) for chosen in (rows, partners))
        return infonce_loss(u, v, self.temperature, None, step.generator)

    def _view(self, step: Step, rows: Tensor) -> Tensor:
        x = step.x
        pictures = x.take_rows(rows).to_dense() if isinstance(x, CSR) else x[rows]
        z = step.encode(self.changed(pictures, step.generator))
        inner, outer = self.layers
        out: Tensor = outer(relu(inner(z)))
        return out

    def changed(self, rows: Tensor, generator: torch.Generator) -> Tensor:
        """Return pictures, each turned, moved and stretched in its own way, shape (b, f)."""
        b = len(rows)
        draw = (2 * rand(b, 6, generator=generator) - 1).to(rows.device)
        angle = draw[:, 0] * math.radians(self.turn)
        cos, sin = angle.cos(), angle.sin()
        wide, high = (1 + self.stretch * draw[:, i] for i in (1, 2))
        slant, across, down = self.stretch * draw[:, 3], *(2 * self.move * draw[:, 4:6]).T
        theta = torch.stack(
            [
                torch.stack([cos * wide, slant - sin * high, across], dim=1),
                torch.stack([sin * wide, cos * high, down], dim=1),
            ],
            dim=1,
        )
        pictures = rows.reshape(b, *self._grid)
        grid = affine_grid(theta, list(pictures.shape), align_corners=False)
        moved = grid_sample(pictures, grid, padding_mode="border", align_corners=False)
        return moved.reshape(b, -1)
