"""The leading eigenvectors of a normalised adjacency, as exactly as single precision allows."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from graphclust.sparse import CSR, spmm

_SPARE = 8
# A filter lifts the greatest eigenvalue over the unwanted ones by so much: more would drown, in
# single precision, what lies between.
_LIFT = 1e3
_MOST_DEGREE = 40


def leading_eigenvectors(
    adj: CSR, dim: int, generator: torch.Generator, rounds: int = 20, tol: float = 1e-5
) -> tuple[Tensor, Tensor]:
    r"""Return the greatest eigenvalues of :math:`D^{-1/2} A D^{-1/2}` and their eigenvectors.

    Parameters
    ----------
    adj : CSR, shape (n, n)
        Symmetric, non-negative.
    dim : int
        Number of vectors, at most n.
    generator : torch.Generator
        Start of the iteration.
    rounds : int
        Rounds at most.
    tol : float
        The iteration ends when no eigenvalue has changed by more in a round.

    Returns
    -------
    values : Tensor, shape (dim,)
        Descending, at most 1.
    vectors : Tensor, shape (n, dim)
        Orthonormal columns, the entry of greatest magnitude positive.

    Notes
    -----
    Subspace iteration with a Chebyshev filter: each round multiplies by the polynomial of the
    matrix that stays below 1 on the unwanted part of the spectrum and grows fastest above it. On
    neighbour graphs, whose greatest eigenvalues lie close together, the plain powers of
    :func:`~graphclust.graphs.structural.spectral_embedding` do not part them. Cost
    O(rounds · 40 |E| dim + rounds n dim²); nothing of size n x n.

    References
    ----------
    Zhou, Saad, Tiago and Chelikowsky, *Self-consistent-field calculations using
    Chebyshev-filtered subspace iteration*, 2006.

    Examples
    --------
    >>> ends = torch.tensor([0, 1, 2, 3])
    >>> adj = CSR.from_edges(ends, ends.flip(0), None, (4, 4), symmetric=True)
    >>> values, _ = leading_eigenvectors(adj, 2, torch.Generator().manual_seed(0))
    >>> [round(v, 3) for v in values.tolist()]
    [1.0, 1.0]
    """
    n = adj.shape[0]
    dim, width = min(dim, n), min(n, dim + _SPARE)
    matrix = adj.normalized("sym", 0.0)
    q = torch.randn(n, width, generator=generator, device=generator.device).to(adj.device)
    q, cut = torch.linalg.qr(q)[0], 0.0
    values = torch.zeros(width, device=adj.device)
    for _ in range(rounds):
        q = torch.linalg.qr(_filtered(matrix, q, cut))[0]
        image = spmm(matrix, q)
        found, rotation = torch.linalg.eigh(q.T.double() @ image.double())
        q = q @ rotation.to(q.dtype)
        change = float((found[-dim:] - values[-dim:].double()).abs().max())
        values, cut = found.float(), min(0.999, max(-0.9, float(found[0])))
        if change < tol:
            break
    vectors = q.flip(1)[:, :dim]
    sign = vectors.gather(0, vectors.abs().argmax(0, keepdim=True)).sign()
    return values.flip(0)[:dim], vectors * torch.where(sign == 0, torch.ones_like(sign), sign)


def _filtered(matrix: CSR, q: Tensor, cut: float) -> Tensor:
    """Apply the Chebyshev polynomial that stays below 1 on eigenvalues from -1 to ``cut``."""
    half, middle = (1 + cut) / 2, (cut - 1) / 2
    degree = min(_MOST_DEGREE, max(2, int(math.acosh(_LIFT) / math.acosh((1 - middle) / half))))
    before, out = q, (spmm(matrix, q) - middle * q) / half
    for _ in range(degree - 1):
        # In place: on many nodes a fresh table for each of the four steps is half of the time.
        image = spmm(matrix, out)
        before, out = out, image.sub_(middle * out).div_(half / 2).sub_(before)
    return out
