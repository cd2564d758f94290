"""Attention in blocks beside dense attention, whatever the shape of the graph."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor
from torch.nn.functional import leaky_relu

from graphclust.encoders import GAT
from graphclust.sparse import (
    CSR,
    attend,
    blocks,
    cpu_attention,
    edge_softmax,
    mixed_scores,
    spmm,
    sum_scores,
)
from tests.objectives.conftest import Largest

D = 3
KINDS = ("rectangular", "hub", "one node", "symmetric", "no entries")


def pattern(kind: str) -> CSR:
    """Return a matrix with empty rows and columns, a full row and column, one entry ..."""
    draw = torch.Generator().manual_seed(0)
    dense = torch.rand(9, 6, generator=draw) < 0.4
    dense[2] = dense[8] = dense[:, 1] = False
    if kind == "hub":
        dense = torch.rand(12, 12, generator=draw) < 0.1
        dense[5] = dense[:, 7] = True
    elif kind == "one node":
        dense = torch.ones(1, 1, dtype=torch.bool)
    elif kind == "symmetric":
        dense = (torch.rand(8, 8, generator=draw) < 0.3).triu(1)
        dense = dense | dense.T
        dense[4] = dense[:, 4] = False
    elif kind == "no entries":
        dense = torch.zeros(4, 5, dtype=torch.bool)
    row, col = dense.nonzero().T
    return CSR.from_edges(row, col, None, tuple(dense.shape), symmetric=kind == "symmetric")


def parts(matrix: CSR, heads: int) -> list[Tensor]:
    """Return source, of_source and of_target of doubles that want gradients."""
    draw = torch.Generator().manual_seed(1)
    n, m = matrix.shape
    shapes = ((m, heads, D), (m, heads), (n, heads))
    return [torch.randn(s, generator=draw, dtype=torch.float64).requires_grad_() for s in shapes]


def dense_softmax(matrix: CSR, scores: Tensor) -> Tensor:
    """Return the softmax of (n, m, heads) over the stored entries of each row."""
    stored = (matrix.to_dense() != 0)[:, :, None]
    weights = torch.where(stored, scores, -torch.inf).softmax(1)
    return torch.where(stored & stored.any(1, keepdim=True), weights, 0.0)


def dense_attend(matrix: CSR, source: Tensor, of_source: Tensor, of_target: Tensor) -> Tensor:
    scores = leaky_relu(of_target[:, None] + of_source[None], 0.2)
    return torch.einsum("ijh,jhd->ihd", dense_softmax(matrix, scores), source)


@pytest.fixture(params=[False, True], ids=["one block", "many blocks"], autouse=True)
def size_of_blocks(request, monkeypatch) -> None:
    if request.param:
        monkeypatch.setattr(blocks, "ENTRIES", 5)
        monkeypatch.setattr(cpu_attention, "_WIDE", 10)


@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_attend_equals_dense_attention_and_so_do_its_gradients(kind, heads) -> None:
    matrix = pattern(kind)
    given = parts(matrix, heads)
    out, expected = attend(matrix, *given), dense_attend(matrix, *given)
    torch.testing.assert_close(out, expected)
    grad = torch.randn(out.shape, generator=torch.Generator().manual_seed(2)).double()
    mine = torch.autograd.grad(out, given, grad)
    theirs = torch.autograd.grad(expected, given, grad, allow_unused=True, materialize_grads=True)
    for a, b in zip(mine, theirs, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_of_attend_and_mixed_scores(kind) -> None:
    matrix = pattern(kind)
    source, of_source, of_target = parts(matrix, 2)
    check = torch.autograd.gradcheck
    assert check(lambda *given: attend(matrix, *given), (source, of_source, of_target))
    draw = torch.Generator().manual_seed(3)
    target = torch.randn(matrix.shape[0], 2, D, generator=draw).double().requires_grad_()
    weight = torch.randn(2, D, generator=draw).double().requires_grad_()
    assert check(lambda *given: mixed_scores(matrix, *given), (source, target, weight))


@pytest.mark.parametrize("kind", KINDS)
def test_scores_equal_the_dense_ones(kind) -> None:
    matrix = pattern(kind)
    source, of_source, of_target = parts(matrix, 2)
    row, col = matrix.edge_index
    plain = leaky_relu(of_target[row] + of_source[col], 0.2)
    torch.testing.assert_close(sum_scores(matrix, of_source, of_target), plain)
    draw = torch.Generator().manual_seed(3)
    target = torch.randn(matrix.shape[0], 2, D, generator=draw).double()
    weight = torch.randn(2, D, generator=draw).double()
    mixed = (leaky_relu(target[row] + source[col], 0.2) * weight).sum(2)
    torch.testing.assert_close(mixed_scores(matrix, source, target, weight), mixed)


@pytest.mark.parametrize("kind", KINDS)
def test_attend_is_softmax_and_product_in_one(kind) -> None:
    matrix = pattern(kind)
    source, of_source, of_target = given = parts(matrix, 2)
    apart = spmm(matrix, source, edge_softmax(matrix, sum_scores(matrix, of_source, of_target)))
    out = attend(matrix, *given)
    torch.testing.assert_close(out, apart)
    for a, b in zip(
        torch.autograd.grad(out.square().sum(), given),
        torch.autograd.grad(apart.square().sum(), given),
        strict=True,
    ):
        torch.testing.assert_close(a, b)


def test_great_scores_do_not_overflow() -> None:
    matrix = pattern("hub")
    source, of_source, of_target = parts(matrix, 2)
    given = (source, of_source * 1e4, of_target * 1e4)
    torch.testing.assert_close(attend(matrix, *given), dense_attend(matrix, *given))


def test_positions_beyond_int32_are_counted_in_int64(monkeypatch) -> None:
    matrix = pattern("hub")
    given = parts(matrix, 2)
    expected = attend(matrix, *given)
    monkeypatch.setattr(blocks, "_INT32_MAX", 3)
    torch.testing.assert_close(attend(matrix, *given), expected)


def crowd() -> tuple[Tensor, CSR]:
    """Return features and a graph of 600 nodes, 60,000 entries and a hub."""
    draw = torch.Generator().manual_seed(0)
    dense = (torch.rand(600, 600, generator=draw) < 0.09).triu(1)
    dense[0, 1:] = True
    row, col = (dense | dense.T).nonzero().T
    adj = CSR.from_edges(row, col, None, (600, 600), symmetric=True)
    return torch.randn(600, 20, generator=draw), adj


@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("version", [1, 2])
def test_nothing_of_entries_times_width_is_made_or_kept(version, dropout, monkeypatch) -> None:
    monkeypatch.setattr(blocks, "ENTRIES", 4096)
    monkeypatch.setattr(cpu_attention, "_WIDE", 4096)
    x, adj = crowd()
    encoder = GAT(64, heads=4, version=version, dropout=dropout)
    encoder.build(20, torch.Generator().manual_seed(0)).train()
    entries = adj.with_self_loops(1.0).nnz
    # Without dropout, version 1 has not even entries times heads; its widest are n x width.
    most = 600 * 64 if version == 1 and dropout == 0.0 else 4 * entries
    kept: list[int] = []

    def keep(tensor: Tensor) -> Tensor:
        kept.append(tensor.numel())
        return tensor

    adj.with_self_loops(1.0).transpose_order
    with Largest() as seen, torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t):
        encoder(x, adj, torch.Generator().manual_seed(1)).square().sum().backward()
    assert seen.most <= max(most, entries)
    assert max(kept) <= most
    assert all(p.grad is not None for p in encoder.parameters())


@pytest.mark.parametrize("version", [1, 2])
def test_attention_with_dropout_is_drawn_from_the_generator(version) -> None:
    x, adj = crowd()
    encoder = GAT(8, heads=2, version=version, dropout=0.5)
    encoder.build(20, torch.Generator().manual_seed(0)).train()
    one, same, other = (encoder(x, adj, torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_torch_announces_no_betas_to_the_user() -> None:
    words = (
        "import torch; from graphclust.sparse import CSR, sddmm; i = torch.arange(2);"
        "sddmm(CSR.from_edges(i, i, None, (2, 2)), torch.ones(2, 3), torch.ones(2, 3))"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
