"""Filters and scalings of the closed-form methods beside dense references."""

from __future__ import annotations

import pytest
import scipy.sparse as sp
import torch
from torch.nn.functional import normalize

from graphclust.component import from_config
from graphclust.encoders import GCN
from graphclust.encoders.affinity_rows import AffinityRows
from graphclust.encoders.diffusion import GCCFilter, PageRankFilter
from graphclust.encoders.filters import SSGC
from graphclust.encoders.free_vectors import FreeVectors
from graphclust.encoders.local_global import LocalGlobal
from graphclust.encoders.scaled_linear import ScaledLinear
from graphclust.encoders.transforms import Smooth
from graphclust.errors import InputError
from graphclust.sparse import CSR

N, F = 25, 9


def graph() -> tuple[CSR, torch.Tensor, CSR, torch.Tensor]:
    """Return a weighted graph with a lone node and sparse features, each with its dense form."""
    draw = torch.Generator().manual_seed(0)
    dense = ((torch.rand(N, N, generator=draw) < 0.2) * torch.rand(N, N, generator=draw)).triu(1)
    dense = dense + dense.T
    dense[3] = dense[:, 3] = 0.0
    x = torch.rand(N, F, generator=draw) * (torch.rand(N, F, generator=draw) < 0.5)
    adj = CSR.from_scipy(sp.csr_array(dense.numpy()), symmetric=True)
    return adj, dense, CSR.from_scipy(sp.csr_array(x.numpy())), x


def symmetric(a: torch.Tensor) -> torch.Tensor:
    """Return the symmetrically normalised matrix with self-loops."""
    a = a + torch.eye(N)
    scale = a.sum(1).rsqrt()
    return scale[:, None] * a * scale


def row_stochastic(a: torch.Tensor) -> torch.Tensor:
    """Return the matrix of GCC: normalised, self-loops added again, rows summing to one."""
    s = symmetric(a) + torch.eye(N)
    return s / s.sum(1, keepdim=True)


@pytest.mark.parametrize("steps", [0, 1, 5])
def test_gcc_filter_is_a_power_of_its_matrix(steps: int) -> None:
    adj, dense, x, full = graph()
    z = GCCFilter(steps).build(F, None)(x, adj)
    torch.testing.assert_close(z, torch.matrix_power(row_stochastic(dense), steps) @ full)


def test_gcc_filter_leaves_constant_features_and_lone_nodes_alone() -> None:
    adj, _, x, full = graph()
    ones = torch.ones(N, 2)
    torch.testing.assert_close(GCCFilter(7).build(2, None)(ones, adj), ones)
    torch.testing.assert_close(GCCFilter(7).build(F, None)(x, adj)[3], full[3])


def test_gcc_filter_keeps_the_depth_that_it_chose() -> None:
    adj, _, x, _ = graph()
    chosen = GCCFilter(None, n_clusters=3, max_steps=20).build(F, None)
    chosen.adapt(x, adj, torch.Generator().manual_seed(0))
    depth = int(chosen.depth)
    assert 1 <= depth <= 20
    again = from_config(chosen.to_config()).build(F, None)
    again.load_state_dict(chosen.state_dict())
    assert torch.equal(again(x, adj), chosen(x, adj))
    torch.testing.assert_close(chosen(x, adj), GCCFilter(depth).build(F, None)(x, adj))


@pytest.mark.parametrize("alpha", [0.5, 1.0, 1.7])
def test_pagerank_filter_is_the_weighted_sum_of_powers(alpha: float) -> None:
    adj, dense, x, full = graph()
    p = row_stochastic(dense)
    weights = [alpha**t for t in range(5)]
    expected = sum(w * torch.matrix_power(p, t) @ full for t, w in enumerate(weights))
    z = PageRankFilter(4, alpha).build(F, None)(x, adj)
    torch.testing.assert_close(z, expected / sum(weights))


def test_ssgc_is_the_mean_of_powers_and_the_features() -> None:
    adj, dense, x, full = graph()
    s = symmetric(dense)
    expected = sum(0.9 * torch.matrix_power(s, t) @ full + 0.1 * full for t in (1, 2, 3)) / 3
    torch.testing.assert_close(SSGC(3, alpha=0.1).build(F, None)(x, adj), expected)


def test_laplacian_smoothing_of_age_is_a_power_of_the_filter() -> None:
    adj, dense, x, full = graph()
    h = torch.eye(N) - 2 / 3 * (torch.eye(N) - symmetric(dense))
    smooth = Smooth(4, rate=2 / 3)(x, adj)
    torch.testing.assert_close(smooth, torch.matrix_power(h, 4) @ full)


@pytest.mark.parametrize("sparse", [True, False])
def test_affinity_rows_normalise_the_kernel_and_remember_the_fit(sparse: bool) -> None:
    adj, _, x, full = graph()
    generator = torch.Generator().manual_seed(0)
    scale = AffinityRows().fit(x if sparse else full, adj, generator)
    out = scale(x if sparse else full, adj)
    z = out.to_dense() if isinstance(out, CSR) else out
    kernel = full @ full.T
    root = kernel.sum(1).clamp(min=1e-12).sqrt()
    torch.testing.assert_close(z @ z.T, kernel / root[:, None] / root)
    # A row met later is scaled by its affinity to the rows of the fit.
    torch.testing.assert_close(scale(full[:1], adj), z[:1])


def test_affinity_rows_leave_rows_without_affinity_as_they_are() -> None:
    x = torch.tensor([[1.0, 0.0], [0.0, 0.0], [-3.0, 0.0]])
    adj = CSR.from_scipy(sp.csr_array((3, 3)), symmetric=True)
    out = AffinityRows().fit(x, adj, torch.Generator())(x, adj)
    assert torch.isfinite(out).all()
    assert torch.equal(out[:2], x[:2])


def test_local_global_adds_the_smoothed_output_and_scales() -> None:
    adj, dense, _, full = graph()
    encoder = LocalGlobal(GCN(6), steps=3).build(F, torch.Generator().manual_seed(0))
    h = encoder.encoder(full, adj)
    expected = normalize(h + torch.matrix_power(symmetric(dense), 3) @ h, dim=1)
    torch.testing.assert_close(encoder(full, adj), expected)


def test_scaled_linear_rows_are_unit_and_not_negative() -> None:
    adj, _, x, full = graph()
    encoder = ScaledLinear(6).build(F, torch.Generator().manual_seed(0))
    z = encoder(x, adj).detach()
    assert float(z.min()) == 0.0
    torch.testing.assert_close(z.norm(dim=1), torch.ones(N))
    h = encoder.linear(full)
    low, high = h.min(1, keepdim=True).values, h.max(1, keepdim=True).values
    torch.testing.assert_close(z, normalize((h - low) / (high - low), dim=1))


def test_free_vectors_belong_to_one_number_of_nodes() -> None:
    adj, _, x, _ = graph()
    encoder = FreeVectors(4, N).build(F, torch.Generator().manual_seed(0))
    assert encoder(x, adj).shape == (N, 4)
    with pytest.raises(InputError, match="24"):
        FreeVectors(4, 24).build(F, None)(x, adj)
