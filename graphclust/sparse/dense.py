"""Dense products of many rows with a weight, by the faster of torch's two libraries.

On the CPU torch multiplies by BLAS, which on many processors leaves half of their vector width
unused. oneDNN, which comes with torch as well and which its compiler calls, does not: a product
of 100,000 x 500 with 500 x 256 takes half the time. Small products stay with BLAS.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from graphclust.sparse import large_pages

Product = Callable[[Tensor, Tensor, Tensor | None], Tensor]

# Multiplications below which a millisecond at most would be gained.
_FEW = 1 << 26
# Bytes of a block of rows where the result is large.
_BLOCK = 1 << 21
# Rows of a block where what is summed are outer products of rows.
_ROWS = 1 << 11


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return ``x @ weight + bias`` for (n, f), (f, d) and (d,), with gradients. Cost O(n f d)."""
    if not torch.is_grad_enabled() or chosen(x, weight.shape[1]) is _blas:
        return product(x, weight, bias)
    return _Linear.apply(x, weight, bias)  # type: ignore[no-untyped-call, no-any-return]


def product(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return the same without gradients where oneDNN makes it."""
    n, d = x.shape[0], weight.shape[1]
    by = chosen(x, d)
    if by is _blas or n * d * x.element_size() < large_pages.LARGE:
        return by(x, weight, bias)
    out = large_pages.new_empty(x, n, d)
    step = max(1, _BLOCK // (d * x.element_size()))
    for start in range(0, n, step):
        out[start : start + step] = by(x[start : start + step], weight, bias)
    return out


def transposed_product(x: Tensor, y: Tensor) -> Tensor:
    """Return :math:`X^T Y`, shape (f, d), without gradients where oneDNN makes it."""
    if chosen(x, y.shape[1]) is _blas or y.dtype != x.dtype:
        return x.t() @ y
    out = x.new_zeros(y.shape[1], x.shape[1])
    for start in range(0, x.shape[0], _ROWS):
        rows = slice(start, start + _ROWS)
        out += _onednn(y[rows].t().contiguous(), x[rows], None)
    return out.t()


def chosen(x: Tensor, d: int) -> Product:
    """Return what multiplies all rows of ``x``, or some of them, with a weight (f, d)."""
    large = x.numel() * d >= _FEW and x.dim() == 2 and x.stride(1) == 1
    ordinary = x.device.type == "cpu" and x.dtype == torch.float32
    return _onednn if large and ordinary and _has_onednn() else _blas


def _blas(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    return x @ weight if bias is None else torch.addmm(bias, x, weight)


def _onednn(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    out: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight.t(), bias, "none", [], "")
    return out


@cache
def _has_onednn() -> bool:
    """Whether it is there and the processor has what it is faster by."""
    wide = torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    if not wide or not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    try:
        # No public function of torch's reaches it without a copy in a format of its own.
        return bool((_onednn(torch.ones(2, 3), torch.ones(3, 4), None) == 3.0).all())
    except (AttributeError, RuntimeError, TypeError):
        return False


def _transposed(x: Tensor, y: Tensor) -> Tensor:
    # Where the gradient is to have one of its own, it is made of what has.
    return x.t() @ y if torch.is_grad_enabled() else transposed_product(x, y)


class _Linear(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return product(x, weight, bias)

    @staticmethod
    def backward(  # type: ignore[override]
        ctx: Any, grad: Tensor
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        of_x, of_weight, of_bias = ctx.needs_input_grad
        grad = grad.contiguous()
        return (
            linear(grad, weight.t()) if of_x else None,
            _transposed(x, grad) if of_weight else None,
            grad.sum(0) if of_bias else None,
        )
