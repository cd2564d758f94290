"""The contrast of pictures: what changes do to them, and whom they are pulled to."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphclust.encoders import GCN, Convolution
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads import KMeans
from graphclust.objectives import Dims, Step
from graphclust.objectives.picture_contrast import PictureContrast
from graphclust.sparse import CSR


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(n: int = 12) -> Graph:
    """Return bars and squares of 12 x 12, each tied to the next of its kind."""
    x = torch.zeros(n, 12, 12)
    x[: n // 2, 2:10, 5:7] = 1.0
    x[n // 2 :, 3:9, 3:9] = 1.0
    kind = np.arange(n) // (n // 2)
    dense = (kind[:, None] == kind[None]) & ~np.eye(n, dtype=bool)
    adj = CSR.from_scipy(sp.csr_array(dense.astype(np.float32)), symmetric=True)
    return Graph(adj, x.flatten(1), grid=(1, 12, 12))


def built(**settings) -> PictureContrast:
    objective = PictureContrast((1, 12, 12), **settings)
    return objective.build(Dims(12, 144, 16, 2), seeded())


def test_without_any_change_pictures_stay_as_they_are() -> None:
    x = pictures().x
    same = built(turn=0.0, move=0.0, stretch=0.0).changed(x, seeded(1))
    torch.testing.assert_close(same, x, atol=1e-4, rtol=0)


def test_changes_are_small_and_of_each_its_own() -> None:
    x = pictures().x
    changed = built().changed(x, seeded(1))
    assert changed.shape == x.shape
    assert float(changed.min()) >= 0 and float(changed.max()) <= 1
    assert not torch.allclose(changed[0], changed[1])
    # Nearer to itself than to the other shape.
    assert float((changed[0] - x[0]).norm()) < float((changed[0] - x[-1]).norm())


def test_training_pulls_neighbours_together() -> None:
    graph, encoder = pictures(), Convolution([8, 16], (1, 12, 12)).build(144, seeded(2))
    objective = built(size=12)
    parameters = [*encoder.parameters(), *objective.parameters()]
    optimiser = torch.optim.Adam(parameters, lr=1e-2)
    generator, losses = seeded(3), []
    for _ in range(25):
        loss = objective(Step(encoder, KMeans(), graph, generator))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-5:]) < sum(losses[:5])
    with torch.no_grad():
        z = torch.nn.functional.normalize(encoder(graph.x), dim=1)
    assert float(z[0] @ z[1]) > float(z[0] @ z[-1])


def test_an_encoder_that_reads_the_graph_is_refused() -> None:
    graph, encoder = pictures(), GCN(16).build(144, seeded())
    with pytest.raises(InputError, match="Convolution"):
        built()(Step(encoder, KMeans(), graph, seeded()))
