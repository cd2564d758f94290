"""Features for graphs that bring none: positions in the graph and degrees.

Communities are about *where* a node is, which degrees and motif counts do not tell; the leading
eigenvectors of the normalised adjacency do. They are found by subspace iteration over the sparse
product, so the cost is linear in the edges.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs.graph import Graph
from graphclust.sparse import CSR, spmm


def spectral_embedding(
    adj: CSR, dim: int, generator: torch.Generator, iterations: int = 60
) -> Tensor:
    r"""Return the ``dim`` leading eigenvectors of :math:`\hat D^{-1/2} (A + I) \hat D^{-1/2}`.

    Parameters
    ----------
    adj : CSR, shape (n, n)
        Symmetric, without self-loops.
    dim : int
        Number of vectors, at most n.
    generator : torch.Generator
        Start of the iteration.
    iterations : int
        Multiplications at most.

    Returns
    -------
    Tensor, shape (n, dim)
        Orthonormal columns, greatest eigenvalue first, the entry of greatest magnitude positive.

    Notes
    -----
    The self-loops push the spectrum up to non-negative for most graphs, so that magnitude and
    value order agree; half the identity is added so that they always do. Cost
    O(iterations |E| dim + iterations n dim^2).
    """
    n = adj.shape[0]
    dim = min(dim, n)
    width = min(n, dim + 8)
    matrix = adj.normalized("sym", 1.0)

    def advance(q: Tensor) -> Tensor:
        return 0.5 * (spmm(matrix, q) + q)

    start = torch.randn(n, width, generator=generator, device=generator.device).to(adj.device)
    q = torch.linalg.qr(start)[0]
    for _ in range(iterations // 4):
        for _ in range(4):
            q = advance(q)
        q = torch.linalg.qr(q)[0]
    rotation = torch.linalg.eigh(q.T @ advance(q))[1]
    vectors: Tensor = (q @ rotation).flip(1)[:, :dim]
    sign = vectors.gather(0, vectors.abs().argmax(0, keepdim=True)).sign()
    return vectors * torch.where(sign == 0, torch.ones_like(sign), sign)


def structural_features(adj: CSR, dim: int, generator: torch.Generator) -> Tensor:
    r"""Return positions and degrees as features, shape (n, dim + 1).

    The eigenvectors of :func:`spectral_embedding`, divided by the root of the degree (so that
    hubs do not stand apart) and scaled to unit mean square, beside the standardised logarithm
    of the degree.
    """
    vectors = spectral_embedding(adj, dim, generator)
    degree = adj.degree + 1.0
    positions = vectors / degree.sqrt()[:, None]
    positions = positions / positions.square().mean(0).sqrt().clamp(min=1e-12)
    size = degree.log()
    size = (size - size.mean()) / size.std(unbiased=False).clamp(min=1e-6)
    return torch.cat([positions, size[:, None]], dim=1)


def extend(known_ids: Sequence[Hashable] | None, known_x: Tensor, graph: Graph) -> Tensor:
    """Return structural features of a graph met later, beside those of the graph before it.

    A node known by its id keeps its row; a new one gets the mean of its neighbours' rows,
    weighted by the edges, nodes tied only to new ones after these. That is the Nyström extension
    of the eigenvectors, up to the scale of each: no eigenvector need be computed again, and the
    rows of known nodes do not move.

    Parameters
    ----------
    known_ids : sequence of hashables or None
        Ids of the rows of ``known_x``; None stands for 0 .. n-1.
    known_x : Tensor, shape (n_known, d)
    graph : Graph
        Known nodes and new ones, in any order.

    Returns
    -------
    Tensor, shape (n, d)
        Zeros for nodes that no path ties to a known one.

    Raises
    ------
    InputError
        If the graph shares no node with the known ones.

    Notes
    -----
    Cost O(|E| d) for each step that new nodes lie away from known ones.
    """
    names = range(known_x.shape[0]) if known_ids is None else known_ids
    place = {name: i for i, name in enumerate(names)}
    at = torch.tensor([place.get(name, -1) for name in graph.node_ids], dtype=torch.int64)
    filled = (at >= 0).to(known_x.device)
    if not bool(filled.any()):
        raise InputError(
            f"{graph.name} shares no node with the graph that was fitted, and has no features: "
            "give one that does, or features"
        )
    x = known_x[at.clamp(min=0).to(known_x.device)] * filled[:, None]
    adj = graph.adj.to(known_x.device)
    while True:
        weight = spmm(adj, filled[:, None].to(x.dtype))
        fresh = ~filled & (weight[:, 0] > 0)
        if not bool(fresh.any()):
            return x
        means = spmm(adj, x) / weight.clamp(min=1e-12)
        x = torch.where(fresh[:, None], means, x)
        filled = filled | fresh
