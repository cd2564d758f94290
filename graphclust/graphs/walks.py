"""Random walks over a sparse adjacency, many at once."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.randomness import rand
from graphclust.sparse import CSR


def random_walks(adj: CSR, starts: Tensor, length: int, generator: torch.Generator) -> Tensor:
    """Walk ``length`` steps from every start, each to a neighbour in proportion to edge weight.

    Parameters
    ----------
    adj : CSR, shape (n, n)
        Non-negative weights.
    starts : Tensor of int64, shape (w,)
        Where the walks begin.
    length : int
        Number of steps.
    generator : torch.Generator

    Returns
    -------
    Tensor of int64, shape (w, length + 1)
        The nodes visited, the start first. A walk stays on a node that has no edge.

    Notes
    -----
    Cost O(w length) without weights, O(w length log |E|) with them.
    """
    path = [starts]
    for _ in range(length):
        path.append(step_to_neighbor(adj, path[-1], generator))
    return torch.stack(path, dim=1)


def step_to_neighbor(adj: CSR, nodes: Tensor, generator: torch.Generator) -> Tensor:
    """Return one random neighbour of each node, the node itself if it has none."""
    draw = rand(nodes.numel(), generator=generator).to(adj.device)
    first, count = adj.rowptr.long()[nodes], adj.counts[nodes]
    if adj.nnz == 0:
        return nodes
    if adj.weight is None:
        offset = (draw * count).long()
    else:
        # The running sum over all entries, in float64: a row's share of it is its weight.
        total = torch.zeros(adj.nnz + 1, dtype=torch.float64, device=adj.device)
        total[1:] = adj.weight.double().cumsum(0)
        low, high = total[first], total[first + count]
        wanted = low + draw.double() * (high - low)
        offset = torch.searchsorted(total, wanted, right=True) - 1 - first
    offset = torch.minimum(offset.clamp(min=0), (count - 1).clamp(min=0))
    target = adj.col.long()[(first + offset).clamp(max=adj.nnz - 1)]
    return torch.where(count > 0, target, nodes)
