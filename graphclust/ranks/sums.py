r"""Sums over ranks that gradients pass.

Every rank computes the whole loss, and F is what is descended: the mean over the R ranks of what
each of them got,

.. math:: F = \frac1R \sum_r L_r(\theta_1, \dots, \theta_R), \qquad L_r = L,

as a function of every rank's own copy of the weights. A sum over ranks reaches every rank's loss,
so its gradient is the sum over the ranks of theirs; and the gradients of the copies, added up, are
that of L with respect to the weights that they are copies of. This holds whatever a rank computes
from its own rows, from sums over all, or from the weights alone, and in whatever order.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function

from graphclust.ranks.processes import Ranks


def summed(x: Tensor, ranks: Ranks) -> Tensor:
    """Return the sum over the ranks of a tensor of one shape, with gradient to each rank's."""
    return _Summed.apply(x, ranks)  # type: ignore[no-untyped-call, no-any-return]


def descend(loss: Tensor, parameters: list[nn.Parameter], ranks: Ranks) -> None:
    """Put the gradient of the loss, which all ranks have, into every rank's parameters."""
    (loss / ranks.size).backward()  # type: ignore[no-untyped-call]
    reached = [p for p in parameters if p.grad is not None]
    if not reached:
        return
    flat = torch.cat([p.grad.flatten() for p in reached if p.grad is not None])
    parts = torch.split(ranks.sum(flat), [p.numel() for p in reached])
    for p, part in zip(reached, parts, strict=True):
        p.grad = part.view_as(p)


class _Summed(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        return ranks.sum(x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return ctx.ranks.sum(grad.contiguous()), None
