"""Random walks over a sparse adjacency, many at once."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import pad

from graphclust.errors import InputError
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
    if adj.nnz == 0:
        return nodes
    if not adj.streamed:
        return _step_within(adj, nodes, nodes, draw)
    # On disk, of the rows that are left alone.
    unique, row = torch.unique(nodes, return_inverse=True)  # type: ignore[no-untyped-call]
    return _step_within(adj.take_rows(unique), row, nodes, draw)


def _step_within(adj: CSR, rows: Tensor, nodes: Tensor, draw: Tensor) -> Tensor:
    """Return the columns that draws between 0 and 1 choose in rows, ``nodes`` for empty ones."""
    if adj.nnz == 0:
        return nodes
    first, count = adj.spans(rows)
    weight = adj.weight
    if weight is None:
        offset = (draw * count).long()
    else:
        # A row's share of the running sum over all entries is its weight.
        total = adj.once("running weight", lambda: pad(weight.double().cumsum(0), (1, 0)))
        low, high = total[first], total[first + count]
        wanted = low + draw.double() * (high - low)
        offset = torch.searchsorted(total, wanted, right=True) - 1 - first
    offset = torch.minimum(offset.clamp(min=0), (count - 1).clamp(min=0))
    target = adj.col[(first + offset).clamp(max=adj.nnz - 1)].long()
    return torch.where(count > 0, target, nodes)


def biased_walks(
    adj: CSR, starts: Tensor, length: int, p: float, q: float, generator: torch.Generator
) -> Tensor:
    r"""Walk as node2vec does: where to go depends on where the walk came from.

    From v, reached from t, the next node is x with a probability in proportion to

    .. math:: w_{vx} \cdot \begin{cases} 1/p & x = t \\ 1 & x \text{ is a neighbour of } t \\
        1/q & \text{otherwise} \end{cases}

    Parameters
    ----------
    adj : CSR, shape (n, n)
        Symmetric, non-negative weights.
    starts : Tensor of int64, shape (w,)
    length : int
        Number of steps.
    p, q : float
        Small p returns often, small q goes outwards; positive.
    generator : torch.Generator

    Returns
    -------
    Tensor of int64, shape (w, length + 1)
        The nodes visited, the start first. A walk stays on a node that has no edge.

    Raises
    ------
    InputError
        If p or q is not positive.

    Notes
    -----
    All walks step at once: a neighbour is proposed by weight and accepted with a probability in
    proportion to the bias, again until all are accepted, which is exact and needs no table for
    every pair of edges. Cost O(w length r log |E|), r being the greatest bias over the mean one.

    References
    ----------
    Grover and Leskovec, *node2vec: scalable feature learning for networks*, 2016,
    arXiv:1607.00653.
    """
    for name, value in (("p", p), ("q", q)):
        if not value > 0:
            raise InputError(f"{name}={value} must be positive: 1.0 leaves the walk unbiased")
    if p == q == 1.0 or length == 0:
        return random_walks(adj, starts, length, generator)
    path = [starts, step_to_neighbor(adj, starts, generator)]
    greatest = max(1.0 / p, 1.0, 1.0 / q)
    while len(path) <= length:
        before, here = path[-2], path[-1]
        ahead = here.clone()
        # A walk that stands still has no edge, so that nothing is to be accepted.
        waiting = (before != here).nonzero().flatten()
        while waiting.numel():
            t, v = before[waiting], here[waiting]
            x = step_to_neighbor(adj, v, generator)
            bias = torch.where(has_edge(adj, t, x), 1.0, 1.0 / q)
            bias = torch.where(x == t, 1.0 / p, bias)
            draw = rand(waiting.numel(), generator=generator).to(adj.device) * greatest
            accepted = draw < bias
            ahead[waiting[accepted]] = x[accepted]
            waiting = waiting[~accepted]
        path.append(ahead)
    return torch.stack(path, dim=1)


def has_edge(adj: CSR, source: Tensor, target: Tensor) -> Tensor:
    """Return whether each pair of nodes is stored, bool; O(log |E|) a pair."""
    if adj.nnz == 0:
        return torch.zeros_like(source, dtype=torch.bool)
    # Entries are sorted by row and column, so their keys are sorted too.
    keys = adj.row.long() * adj.shape[1] + adj.col.long()
    wanted = source * adj.shape[1] + target
    at = torch.searchsorted(keys, wanted).clamp(max=adj.nnz - 1)
    return keys[at] == wanted
