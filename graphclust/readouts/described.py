"""Three descriptions of a graph side by side: layers, statistics, subtree patterns."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Encoder
from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import Center, Transform
from graphclust.graphs import Features
from graphclust.readouts.base import Readout
from graphclust.readouts.graph_statistics import COLUMNS, GraphStatistics
from graphclust.readouts.pooled import Pooled
from graphclust.readouts.scaling import HeldColumns, SignedLog, UnitSpread
from graphclust.readouts.weisfeiler_lehman import WeisfeilerLehman
from graphclust.sparse import CSR


class Described(Pooled, name="described", register=False):
    r"""Put a graph's layers, its statistics and its subtree patterns side by side.

    Of the layers' readout the logarithm is taken; its columns and those of the statistics are
    standardised and held near their means. Patterns are counted as Weisfeiler and Lehman have it,
    and of their leading directions long ones are shortened half-way (each is divided by the root
    of its singular value), so that more than the first two or three tell.

    Parameters
    ----------
    encoder : Encoder
        Of nodes; it stays as it starts.
    readout : Readout
    weight : float
        Of the layers, that of the statistics and that of the patterns being 1.
    clip : float
        Deviations from the mean beyond which a value of layers or statistics counts as this far.
    rounds : int
        Depth of the patterns.
    directions : int
        Of the patterns' histograms.

    Notes
    -----
    Scales and directions are those of the graphs of the fit. Cost that of the encoder,
    O(rounds |E|), O(g d) and that of the decomposition.
    """

    def __init__(
        self,
        encoder: Encoder,
        readout: Readout,
        weight: float = 0.5,
        clip: float = 2.0,
        rounds: int = 4,
        directions: int = 16,
    ) -> None:
        super().__init__(encoder, readout)
        self.weight, self.clip, self.rounds, self.directions = weight, clip, rounds, directions

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Build the three parts."""
        super().build(in_channels, generator)
        self.statistics = GraphStatistics().build(in_channels, generator)
        self.patterns = WeisfeilerLehman(self.rounds).build(in_channels, generator)
        self.of_layers = nn.ModuleList([SignedLog(), HeldColumns(self.clip)])
        self.of_statistics = nn.ModuleList([HeldColumns(self.clip)])
        reduced = Reduce(self.directions, whiten=0.5)
        self.of_patterns = nn.ModuleList([Center(), reduced, UnitSpread()])
        self.out_channels += len(COLUMNS) + min(self.directions, self.patterns.out_channels)
        return self

    @torch.no_grad()
    def adapt(self, x: Features, adj: CSR, generator: torch.Generator) -> None:
        """Learn the patterns, and the scale of every part."""
        super().adapt(x, adj, generator)
        self.patterns.adapt(x, adj, generator)
        was_training = self.training
        self.eval()
        for part, transforms in self._parts(x, adj, None):
            rows: Features = part
            for transform in transforms:
                assert isinstance(transform, Transform)
                rows = transform.fit(rows, adj, generator)(rows, adj)
        self.train(was_training)

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the parts side by side, shape (g, out_channels)."""
        out = []
        for part, transforms in self._parts(x, adj, generator):
            rows: Features = part
            for transform in transforms:
                rows = transform(rows, adj)
            assert isinstance(rows, Tensor)
            out.append(rows)
        out[0] = self.weight * out[0]
        return torch.cat(out, dim=1)

    def _parts(
        self, x: Features, adj: CSR, generator: torch.Generator | None
    ) -> list[tuple[Tensor, nn.ModuleList]]:
        return [
            (super().forward(x, adj, generator), self.of_layers),
            (self.statistics(x, adj), self.of_statistics),
            (self.patterns(x, adj), self.of_patterns),
        ]
