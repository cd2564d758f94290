"""A depth that the graph asks for."""

from __future__ import annotations

import pytest
import torch

from graphclust.encoders.adaptive_smoothing import AdaptiveSmooth
from graphclust.encoders.transforms import Smooth
from graphclust.graphs.generators import attributed_partition
from graphclust.sparse import CSR


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def planted(noise: float, seed: int = 0) -> tuple[torch.Tensor, CSR]:
    """Return rows that tell the planted blocks as far as the noise lets them, and the graph."""
    data = attributed_partition(1000, 8000, 4, seeded(seed), 8)
    rows = torch.eye(4)[data.y] @ torch.randn(4, 24, generator=seeded(5))
    rows = rows + noise * torch.randn(1000, 24, generator=seeded(seed + 1))
    row, col = data.edge_index
    return rows, CSR.from_edges(row, col, None, (1000, 1000), symmetric=True)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_noisier_the_rows_the_deeper(seed: int) -> None:
    depths = []
    for noise in (0.1, 6.0):
        x, adj = planted(noise, seed)
        smooth = AdaptiveSmooth(4, 12).fit(x, adj, seeded(2))
        depths.append(int(smooth.steps))
        expected = Smooth(depths[-1], rate=0.5)(x, adj)
        torch.testing.assert_close(smooth(x, adj), expected)
    assert depths[0] == 1 and depths[1] > 1


def test_a_graph_without_edges_takes_the_least() -> None:
    x = torch.randn(50, 6, generator=seeded())
    edgeless = CSR.from_edges(*torch.zeros(2, 0, dtype=torch.int64), None, (50, 50), symmetric=True)
    assert int(AdaptiveSmooth(3, 4, depths=(2, 4)).fit(x, edgeless, seeded(1)).steps) == 2


@pytest.mark.parametrize(("per_node", "expected"), [(1, 1), (40, 4)])
def test_how_close_is_close_depends_on_the_edges(monkeypatch, per_node: int, expected: int) -> None:
    """Two per cent of modularity are an accident on few edges, and none on many."""
    found = iter([(0.735, 0.9), (0.74, 0.9), (0.75, 0.9), (0.749, 0.9)])
    monkeypatch.setattr(AdaptiveSmooth, "_modularity", lambda *_: next(found))
    n = 1000
    row = torch.arange(n).repeat_interleave(per_node)
    col = (row + 1 + torch.arange(per_node).repeat(n)) % n
    both = torch.cat([row, col]), torch.cat([col, row])
    adj = CSR.from_edges(*both, None, (n, n), symmetric=True)
    smooth = AdaptiveSmooth(4, 12, depths=(1, 2, 4, 8)).fit(torch.ones(n, 3), adj, seeded(0))
    assert int(smooth.steps) == expected
