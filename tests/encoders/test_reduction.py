"""Reduction against the singular value decomposition."""

from __future__ import annotations

import pytest
import scipy.sparse as sp
import torch

from graphclust.encoders.reduction import Reduce
from graphclust.sparse import CSR

EDGELESS = CSR.from_scipy(sp.csr_array((200, 200)), symmetric=True)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def table(f: int) -> torch.Tensor:
    """Return rows with a falling spectrum."""
    u = torch.linalg.qr(torch.randn(200, f, generator=generator(1)))[0]
    v = torch.linalg.qr(torch.randn(f, f, generator=generator(2)))[0]
    return u * (10.0 * 0.8 ** torch.arange(f)) @ v.T


# By the Gram matrix, by random projections, and by the Gram matrix because that was asked for.
@pytest.mark.parametrize(("f", "exact"), [(12, 0), (60, 0), (60, 60)])
@pytest.mark.parametrize("whiten", [0.0, 0.5, 1.0])
def test_coordinates_are_those_of_the_decomposition(f: int, exact: int, whiten: float) -> None:
    x = table(f)
    u, s, _ = torch.linalg.svd(x, full_matrices=False)
    z = Reduce(8, whiten, exact=exact).fit(x, EDGELESS, generator())(x, EDGELESS)
    expected = u[:, :8] * s[:8] ** (1.0 - whiten)
    torch.testing.assert_close(z.abs(), expected.abs(), atol=1e-3, rtol=1e-3)


def test_a_narrow_table_is_turned_and_loses_nothing() -> None:
    x = table(12)
    z = Reduce(64).fit(x, EDGELESS, generator())(x, EDGELESS)
    assert z.shape == (200, 12)
    torch.testing.assert_close(z @ z.T, x @ x.T, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("whiten", [0.5, 1.0])
def test_dead_columns_and_repeated_rows_stay_finite(whiten: float) -> None:
    x = torch.zeros(200, 6)
    x[:, 0] = 1.0
    z = Reduce(4, whiten).fit(x, EDGELESS, generator())(x, EDGELESS)
    assert bool(torch.isfinite(z).all())


def test_an_exact_decomposition_draws_nothing_and_halves_of_it_are_its_own() -> None:
    x, draw = table(60), generator()
    whole = Reduce(8, exact=60).fit(x, EDGELESS, draw)(x, EDGELESS)
    assert torch.equal(draw.get_state(), generator().get_state())
    half = Reduce(8, 0.5, exact=60).fit(x, EDGELESS, draw)(x, EDGELESS)
    # What is left of the rows has the rows' leading directions.
    again = Reduce(8, 0.5).fit(whole, EDGELESS, draw)(whole, EDGELESS)
    torch.testing.assert_close(again.abs(), half.abs(), atol=1e-4, rtol=1e-4)
