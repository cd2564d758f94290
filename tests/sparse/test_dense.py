"""Dense products by either library."""

from __future__ import annotations

import pytest
import torch

from graphclust.sparse import CSR, dense, large_pages, linear, matmul


def normal(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


@pytest.fixture
def onednn(monkeypatch):
    """Have small products made by oneDNN, in blocks of a few rows."""
    if not dense._has_onednn():
        pytest.skip("this processor has nothing that oneDNN is faster by")
    monkeypatch.setattr(dense, "_FEW", 0)
    monkeypatch.setattr(dense, "_BLOCK", 1 << 8)
    monkeypatch.setattr(dense, "_ROWS", 37)


@pytest.mark.parametrize("blocks", [False, True])
@pytest.mark.parametrize("bias", [None, normal(7)])
def test_onednn_gives_what_blas_gives(onednn, monkeypatch, blocks, bias) -> None:
    monkeypatch.setattr(large_pages, "LARGE", 0 if blocks else 1 << 30)
    x, weight, grad = normal(103, 5), normal(5, 7), normal(103, 7)
    found = []
    for by in (dense._onednn, dense._blas):
        monkeypatch.setattr(dense, "chosen", lambda *_, by=by: by)
        given = [t.clone().requires_grad_() for t in (x, weight, *([] if bias is None else [bias]))]
        out = linear(*given)
        found.append([out, *torch.autograd.grad(out, given, grad)])
        with torch.no_grad():
            torch.testing.assert_close(linear(*given), out)
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_transposed_weights_and_slices_of_rows(onednn) -> None:
    x, weight = normal(40, 6), normal(8, 6)
    torch.testing.assert_close(linear(x[3:20], weight.T), x[3:20] @ weight.T)
    # Rows whose entries lie apart are BLAS's.
    assert dense.chosen(normal(6, 40).T, 8) is dense._blas
    torch.testing.assert_close(linear(normal(6, 40).T, weight.T), normal(6, 40).T @ weight.T)


def test_transposed_products(onednn) -> None:
    x, y = normal(100, 6), normal(100, 8)
    torch.testing.assert_close(dense.transposed_product(x, y), x.T @ y, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(dense.transposed_product(x[:0], y[:0]), torch.zeros(6, 8))


def test_the_gradient_has_a_gradient(onednn) -> None:
    x, weight = normal(9, 4).requires_grad_(), normal(4, 3).requires_grad_()
    (slope,) = torch.autograd.grad(linear(x, weight).square().sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), weight)
    (wanted,) = torch.autograd.grad(
        torch.autograd.grad((x @ weight).square().sum(), x, create_graph=True)[0].square().sum(),
        weight,
    )
    torch.testing.assert_close(second, wanted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "x", [normal(5, 4), normal(5, 4).double(), normal(5, 4).bfloat16()], ids=lambda x: str(x.dtype)
)
def test_small_products_and_other_types_are_blas(x) -> None:
    weight = normal(4, 3).to(x.dtype)
    assert dense.chosen(x, 3) is dense._blas
    assert torch.equal(linear(x, weight), x @ weight)
    assert torch.equal(matmul(x, weight), x @ weight)


def test_without_onednn_everything_is_blas(monkeypatch) -> None:
    monkeypatch.setattr(dense, "_FEW", 0)
    monkeypatch.setattr(dense, "_has_onednn", lambda: False)
    assert dense.chosen(normal(5, 4), 3) is dense._blas


def test_sparse_rows_are_multiplied_as_sparse() -> None:
    eye = CSR(torch.arange(4, dtype=torch.int32), torch.arange(3, dtype=torch.int32), None, (3, 3))
    torch.testing.assert_close(matmul(eye, normal(3, 2)), normal(3, 2))
