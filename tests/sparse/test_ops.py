"""Sparse products beside dense ones, and their gradients beside finite differences."""

from __future__ import annotations

from itertools import pairwise

import pytest
import scipy.sparse as sp
import torch
from torch.nn.functional import leaky_relu

from graphclust.sparse import (
    CSR,
    blocks,
    cpu,
    edge_softmax,
    large_pages,
    matmul,
    sddmm,
    segment_max,
    segment_mean,
    segment_sum,
    spmm,
    to_edges,
)


def matrix(rows: int = 7, cols: int = 5, density: float = 0.4) -> CSR:
    """Return a rectangular matrix of doubles whose row 2 is empty."""
    generator = torch.Generator().manual_seed(0)
    dense = torch.rand(rows, cols, generator=generator)
    dense = dense * (torch.rand(rows, cols, generator=generator) < density)
    dense[2] = 0.0
    csr = CSR.from_scipy(sp.csr_array(dense.numpy()))
    return csr.with_weight(csr.values.double())


def normal(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()


def test_products_equal_the_dense_ones() -> None:
    m = matrix()
    dense = m.to_dense().double()
    x, a, b = normal(5, 3), normal(7, 3), normal(5, 3)
    torch.testing.assert_close(spmm(m, x), dense @ x)
    torch.testing.assert_close(matmul(m, x), dense @ x)
    torch.testing.assert_close(sddmm(m, a, b), (a @ b.T)[m.row.long(), m.col.long()])
    torch.testing.assert_close(segment_sum(m, m.values), dense.sum(1))
    torch.testing.assert_close(to_edges(m, a), a[m.row.long()])
    heads = normal(5, 2, 3)
    torch.testing.assert_close(spmm(m, heads), torch.einsum("ij,jhd->ihd", dense, heads))


@pytest.mark.parametrize("slope", [0.0, 0.3])
@pytest.mark.parametrize("heads", [(), (2,)], ids=["plain", "heads"])
@pytest.mark.parametrize("large", [False, True])
def test_bias_and_bend_are_those_of_steps_of_their_own(slope, heads, large, monkeypatch) -> None:
    if large:
        monkeypatch.setattr(large_pages, "LARGE", 0)
        monkeypatch.setattr(large_pages, "are_kept", lambda: True)
        monkeypatch.setattr(cpu, "_BLOCK", 1)
    m, x, bias = matrix(), normal(5, *heads, 3), normal(*heads, 3)
    apart = leaky_relu(spmm(m, x) + bias, slope)
    found = spmm(m, x, bias=bias, slope=slope)
    assert torch.equal(found, apart)
    assert bool((found < 0).any()) == (slope > 0), "nothing was bent"
    with torch.no_grad():
        assert torch.equal(spmm(m, x, bias=bias, slope=slope), apart)
    up = normal(*found.shape).detach()
    for mine, theirs in zip(
        torch.autograd.grad(found, (x, bias), up),
        torch.autograd.grad(apart, (x, bias), up),
        strict=True,
    ):
        assert torch.equal(mine, theirs)
    none = m.select(torch.zeros(m.nnz, dtype=torch.bool))
    torch.testing.assert_close(spmm(none, x, bias=bias, slope=slope)[0], leaky_relu(bias, slope))


@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16])
def test_large_products_on_large_pages_are_the_same_to_the_bit(monkeypatch, kind) -> None:
    m = matrix(300, 50, 0.2)
    m = m.with_weight(m.values.to(kind))
    x = normal(50, 24).detach().to(kind)
    plain = CSR(m.rowptr, m.col, None, m.shape)
    expected = spmm(m, x), spmm(plain, x)
    assert not expected[0][2].any(), "an empty row"
    kept = large_pages._Kept()
    monkeypatch.setattr(large_pages, "LARGE", 0)
    monkeypatch.setattr(large_pages, "are_kept", lambda: True)
    monkeypatch.setattr(large_pages, "_KEPT", kept)
    for block in (1, 1 << 10, 1 << 22):
        monkeypatch.setattr(cpu, "_BLOCK", block)
        for found, wanted in zip((spmm(m, x), spmm(plain, x)), expected, strict=True):
            assert torch.equal(found, wanted)
            assert kept.used() > 0
    del found
    assert kept.used() == 0 and len(kept.free) == 3  # of two products, and one before


def test_softmax_rows_sum_to_one_unless_empty() -> None:
    m = matrix()
    total = segment_sum(m, edge_softmax(m, normal(m.nnz, 2)))
    torch.testing.assert_close(total, (m.counts > 0).double()[:, None].expand(-1, 2))


def test_gradients() -> None:
    m = matrix()
    check = torch.autograd.gradcheck
    assert check(lambda x, w: spmm(m, x, w), (normal(5, 3), normal(m.nnz)))
    assert check(lambda x, w: spmm(m, x, w), (normal(5, 2, 3), normal(m.nnz, 2)))
    assert check(lambda x, w, b: spmm(m, x, w, b, 0.1), (normal(5, 3), normal(m.nnz), normal(3)))
    assert check(lambda a, b: sddmm(m, a, b), (normal(7, 3), normal(5, 3)))
    assert check(lambda e: edge_softmax(m, e), (normal(m.nnz, 2),))
    assert check(lambda v: segment_sum(m, v), (normal(m.nnz, 2),))
    assert check(lambda v: segment_mean(m, v), (normal(m.nnz, 2),))
    filled = m.take_rows(m.counts.nonzero()[:, 0])
    assert check(lambda v: segment_max(filled, v), (normal(m.nnz, 2),))
    assert check(lambda x: to_edges(m, x), (normal(7, 2),))
    assert check(lambda x: to_edges(m, x, "col"), (normal(5, 2),))
    assert check(lambda x: to_edges(m, x, "col"), (normal(5),))


@pytest.mark.parametrize("most", [1 << 17, 5])
def test_heads_are_products_of_their_own(most, monkeypatch) -> None:
    monkeypatch.setattr(blocks, "ENTRIES", most)
    m, x, a, w = matrix(), normal(5, 3, 2), normal(7, 3, 2), normal(matrix().nnz, 3)
    each = [spmm(m, x[:, h], w[:, h]) for h in range(3)]
    torch.testing.assert_close(spmm(m, x, w), torch.stack(each, 1))
    dots = [sddmm(m, a[:, h], x[:, h]) for h in range(3)]
    torch.testing.assert_close(sddmm(m, a, x), torch.stack(dots, 1))
    check = torch.autograd.gradcheck
    assert check(lambda x, w: spmm(m, x, w), (x, w))
    assert check(lambda x, w: spmm(m, x, w), (x, normal(m.nnz)))
    assert check(lambda x, w: spmm(m, x, w), (normal(5, 1, 2), normal(m.nnz, 1)))
    assert check(lambda a, b: sddmm(m, a, b), (a, x))


def test_reductions_of_a_row() -> None:
    m, values = matrix(), normal(matrix().nnz, 2)
    rows = [values[m.row == i] for i in range(7)]
    filled = [i for i in range(7) if len(rows[i])]
    assert filled != list(range(7))
    mean, most = segment_mean(m, values), segment_max(m, values)
    torch.testing.assert_close(mean[filled], torch.stack([rows[i].mean(0) for i in filled]))
    torch.testing.assert_close(most[filled], torch.stack([rows[i].amax(0) for i in filled]))
    assert not mean[2].any()
    assert bool((most[2] == -torch.inf).all())
    ones = torch.ones(m.nnz, requires_grad=True)
    segment_max(m, ones)[filled].sum().backward()
    torch.testing.assert_close(ones.grad, 1.0 / m.counts[m.row.long()].float())  # ties share


def test_bfloat16_is_near() -> None:
    m = matrix()
    x, w, a = normal(5, 8), normal(m.nnz), normal(7, 8)
    low = spmm(m, x.bfloat16(), w.bfloat16())
    assert low.dtype == torch.bfloat16
    torch.testing.assert_close(low.double(), spmm(m, x, w), atol=0.03, rtol=0.03)
    dots = sddmm(m, a.bfloat16(), x.bfloat16())
    assert dots.dtype == torch.bfloat16
    torch.testing.assert_close(dots.double(), sddmm(m, a, x), atol=0.05, rtol=0.05)


@pytest.mark.parametrize("kind", ["sym", "row"])
def test_transposes_of_the_normalised_forms(kind) -> None:
    draw = torch.Generator().manual_seed(0)
    dense = (torch.rand(9, 9, generator=draw) < 0.4).triu(1) * torch.rand(9, 9, generator=draw)
    dense[4] = dense[:, 4] = 0.0
    plain = CSR.from_scipy(sp.csr_array((dense + dense.T).numpy()), symmetric=True)
    form = plain.normalized(kind)
    torch.testing.assert_close(form.transpose().to_dense(), form.to_dense().T)
    assert form.transpose().transpose() is form
    row, col = plain.edge_index
    lopsided = plain.select(row <= col + 2)
    form = lopsided.normalized(kind)
    torch.testing.assert_close(form.transpose().to_dense(), form.to_dense().T)


@pytest.mark.parametrize("shape", [(4, 3), (3, 4)])
def test_a_matrix_without_entries(shape) -> None:
    m = CSR.from_scipy(sp.csr_array(shape))
    x = torch.ones(shape[1], 2, requires_grad=True)
    spmm(m, x).sum().backward()
    assert not spmm(m, x).any()
    assert not x.grad.any()
    assert edge_softmax(m, torch.ones(0)).shape == (0,)
    assert sddmm(m, torch.ones(shape[0], 2), x).shape == (0,)
    assert not spmm(m, torch.ones(shape[1], 2, 3), torch.ones(0, 2)).any()
    assert sddmm(m, torch.ones(shape[0], 2, 3), torch.ones(shape[1], 2, 3)).shape == (0, 2)


def test_long_offsets_give_the_same() -> None:
    m, x = matrix(), normal(5, 3)
    long = CSR(m.rowptr.long(), m.col.long(), m.weight, m.shape)
    torch.testing.assert_close(spmm(long, x), spmm(m, x))


def test_the_transpose_is_kept() -> None:
    m = matrix()
    assert m.transpose() is m.transpose()
    torch.testing.assert_close(m.transpose().to_dense(), m.to_dense().T)


def test_rows_and_entries_are_chosen() -> None:
    m = matrix()
    rows = torch.tensor([5, 2, 0])
    torch.testing.assert_close(m.take_rows(rows).to_dense(), m.to_dense()[rows])
    keep = m.values > 0.5
    dense = m.to_dense()
    torch.testing.assert_close(m.select(keep).to_dense(), dense * (dense > 0.5))


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("stored", [True, False])
def test_self_loops_are_put_in_without_sorting(ascending, stored) -> None:
    dense = (torch.rand(9, 9, generator=torch.Generator().manual_seed(1)) < 0.4).float()
    dense[4] = 0.0
    dense.fill_diagonal_(3.0 if stored else 0.0)
    csr = CSR.from_scipy(sp.csr_array(dense.numpy()))
    if not ascending:
        # A part of a graph numbers columns as its nodes come.
        ends = csr.rowptr.tolist()
        order = [e for a, b in pairwise(ends) for e in reversed(range(a, b))]
        csr = CSR(csr.rowptr, csr.col[order], csr.values[order], csr.shape)
    looped = csr.with_self_loops(0.5)
    assert torch.equal(looped.to_dense(), dense + 0.5 * torch.eye(9))
    assert looped.col.dtype == looped.rowptr.dtype == torch.int32
    if ascending:
        inside = looped.row[1:] == looped.row[:-1]
        assert bool((looped.col.diff()[inside] > 0).all())


def test_matrices_of_one_pattern_sort_it_once() -> None:
    first = matrix()
    second, third = first.with_weight(2 * first.values), first.with_weight(3 * first.values)
    assert torch.equal(second.transpose().to_dense(), 2 * first.to_dense().T)
    assert third.transpose_order is second.transpose_order
    assert third.transpose().col is second.transpose().col
    assert torch.equal(third.transpose().to_dense(), 3 * first.to_dense().T)
