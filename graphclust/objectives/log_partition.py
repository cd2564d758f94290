"""The logarithm of a softmax's denominator, in blocks that are never kept."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from graphclust.randomness import randperm

# Similarities exist for so many queries at a time, whatever the number of nodes.
_BLOCK = 128


def log_partition(
    queries: Tensor, keys: Tensor, temperature: float, excluded: Tensor | None = None
) -> Tensor:
    r"""Return :math:`\log \sum_{k \ne e_i} \exp(\langle q_i, k \rangle / \tau)` of each query.

    Parameters
    ----------
    queries : Tensor, shape (n, d)
    keys : Tensor, shape (m, d)
    temperature : float
        :math:`\tau`.
    excluded : Tensor of int64, shape (n,), optional
        :math:`e_i`, the key that the query leaves out; -1 for none.

    Returns
    -------
    Tensor, shape (n,)
        Minus infinity for a query without keys.

    Notes
    -----
    Cost O(n m d), memory O(n + m) beside the operands and one block of similarities: the
    backward pass computes each block again from the kept result.
    """
    if excluded is None:
        excluded = torch.full((queries.shape[0],), -1, device=queries.device)
    return _LogPartition.apply(queries, keys, temperature, excluded)  # type: ignore[no-untyped-call, no-any-return]


def shared_negatives(
    z: Tensor, number: int | None, generator: torch.Generator, population: int | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw nodes that serve every node as its negatives.

    Parameters
    ----------
    z : Tensor, shape (n, d)
    number : int or None
        How many of the n nodes at most; ``None`` takes all, in order.
    generator : torch.Generator
    population : int, optional
        Number of nodes of which these n are a uniform draw; n by default.

    Returns
    -------
    nodes : Tensor of int64, shape (m,)
    position : Tensor of int64, shape (n,)
        Where each node itself is among them, -1 if it is not.
    log_scale : Tensor, shape (n,)
        Logarithm of (other nodes) / (other nodes drawn), which makes a sum over the drawn ones
        an unbiased estimate of the sum over all others.
    """
    n = z.shape[0]
    if number is None or number >= n:
        nodes = torch.arange(n, device=z.device)
    else:
        nodes = randperm(n, generator)[:number].to(z.device)
    position = torch.full((n,), -1, device=z.device)
    position[nodes] = torch.arange(nodes.numel(), device=z.device)
    others = nodes.numel() - (position >= 0).to(z.dtype)
    log_scale = math.log(max((population or n) - 1, 1)) - others.clamp(min=1).log()
    return nodes, position, log_scale


class _LogPartition(Function):
    @staticmethod
    def forward(
        ctx: Any, queries: Tensor, keys: Tensor, temperature: float, excluded: Tensor
    ) -> Tensor:
        parts = [
            _scores(queries, keys, temperature, excluded, i).logsumexp(dim=1)
            for i in range(0, queries.shape[0], _BLOCK)
        ]
        out = torch.cat(parts) if parts else queries.new_zeros(0)
        ctx.save_for_backward(queries, keys, excluded, out)
        ctx.temperature = temperature
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        queries, keys, excluded, out = ctx.saved_tensors
        grad_queries, grad_keys = torch.zeros_like(queries), torch.zeros_like(keys)
        for i in range(0, queries.shape[0], _BLOCK):
            rows = slice(i, i + _BLOCK)
            level = out[rows, None].clamp(min=torch.finfo(out.dtype).min)
            p = (_scores(queries, keys, ctx.temperature, excluded, i) - level).exp_()
            p *= grad[rows, None] / ctx.temperature
            grad_queries[rows] = p @ keys
            grad_keys.addmm_(p.T, queries[rows])
        return grad_queries, grad_keys, None, None


def _scores(
    queries: Tensor, keys: Tensor, temperature: float, excluded: Tensor, start: int
) -> Tensor:
    block = queries[start : start + _BLOCK] @ keys.T
    block /= temperature
    out = excluded[start : start + _BLOCK]
    rows = (out >= 0).nonzero().flatten()
    block[rows, out[rows]] = -torch.inf
    return block
