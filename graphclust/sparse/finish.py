"""What is done to sums over neighbours before they are let go: a bias, and a bend at zero."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import leaky_relu_


def finished(out: Tensor, bias: Tensor | None, slope: float | None) -> Tensor:
    """Add a bias to all rows, multiply what is negative by a slope, both in place.

    A slope of 0 is ReLU, any other LeakyReLU; None bends nothing.
    """
    if bias is not None:
        out.add_(bias)
    if slope is None:
        return out
    return out.relu_() if slope == 0.0 else leaky_relu_(out, slope)


def straightened(grad: Tensor, out: Tensor, slope: float) -> Tensor:
    """Return the gradient before the bend from that behind it, and from what came out of it."""
    aten = torch.ops.aten
    before: Tensor = (
        aten.threshold_backward(grad, out, 0.0)
        if slope == 0.0
        else aten.leaky_relu_backward(grad, out, slope, self_is_result=True)
    )
    return before
