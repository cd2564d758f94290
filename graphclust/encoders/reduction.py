"""Fewer columns: the leading singular directions of the features."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.transforms import Transform
from graphclust.graphs import Features
from graphclust.ondisk import BlockedRows
from graphclust.sparse import CSR, matmul, spmm

# Rows are read in blocks of at most this many floats.
_BLOCK = 1 << 22


class Reduce(Transform, name="reduce"):
    r"""Keep the leading right singular directions, :math:`X V_d S_d^{-p}`.

    Parameters
    ----------
    dim : int
        Number of directions, at most the number of columns.
    whiten : float
        p: 0 keeps the lengths, 1 makes all directions equally long (rows of left singular
        vectors), 0.5 lies half-way: long directions no longer drown short ones, and noise is
        not raised to their level.
    iterations : int
        Power iterations of the randomised decomposition.
    exact : int
        Dense features of at most so many columns are decomposed exactly.

    Notes
    -----
    Dense features of few columns (at most ``exact``, or twice ``dim``) are decomposed exactly, by
    their Gram matrix in double precision: cost O(n f² + f³), one pass over the rows, which for
    fewer columns than some eight times ``dim`` is less work than random projections are, and
    holds nothing of n rows. Others by random projections: O(iterations
    nnz(X) dim). Signs are fixed, so that the same data give the same rows. Rows on disk are read
    once, for their Gram matrix, on which the same random projections run.

    References
    ----------
    Halko, Martinsson and Tropp, *Finding structure with randomness*, 2011, arXiv:0909.4061.
    """

    splits = "rows"

    def __init__(
        self, dim: int = 64, whiten: float = 0.0, iterations: int = 8, exact: int = 0
    ) -> None:
        super().__init__()
        self.dim, self.whiten, self.iterations, self.exact = dim, whiten, iterations, exact
        self.register_buffer("projection", None)

    def width(self, in_channels: int, n_nodes: int) -> int:
        """Return the number of directions that there are."""
        return min(self.dim, in_channels, n_nodes)

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Find the directions of the training features."""
        width = min(self.dim, *x.shape)
        if not isinstance(x, CSR) and x.shape[1] <= max(self.exact, 2 * width):
            v, s = _exact(x)
        else:
            v, s = _randomised(x, min(width + 10, *x.shape), self.iterations, generator)
        v, s = v[:, :width], s[:width]
        sign = v.gather(0, v.abs().argmax(0, keepdim=True)).sign()
        least = max(1e-6 * float(s.max()), 1e-30)  # features of zeros have no direction at all
        scale = s.clamp(min=least).pow(-float(self.whiten))
        # In the layout in which it is saved: products with another give other bits.
        self.projection = (v * sign * scale).contiguous()
        return self

    def forward(self, x: Features, adj: CSR) -> Features:
        """Return the coordinates, shape (n, dim)."""
        projection: Tensor = self.projection  # type: ignore[assignment]
        return matmul(x, projection)


def _exact(x: Tensor | BlockedRows) -> tuple[Tensor, Tensor]:
    """Return all right singular vectors as columns, and their values, largest first."""
    values, vectors = torch.linalg.eigh(_gram(x))
    return vectors.flip(1).float(), values.flip(0).clamp(min=0.0).sqrt().float()


def _gram(x: Tensor | BlockedRows) -> Tensor:
    if isinstance(x, BlockedRows):
        return x.summed(lambda block: block.double().T @ block.double())
    gram = torch.zeros(x.shape[1], x.shape[1], dtype=torch.float64, device=x.device)
    for block in torch.split(x, max(1, _BLOCK // max(1, x.shape[1]))):
        rows = block.double()
        gram += rows.T @ rows
    return gram


def _randomised(
    x: Features, probe: int, iterations: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return approximate leading right singular vectors as columns, and their values."""
    start = torch.randn(x.shape[1], probe, generator=generator, device=generator.device)
    start = start.to(x.device)
    if isinstance(x, BlockedRows):
        small = _range_by_gram(x, start, iterations)
    else:
        basis = torch.linalg.qr(matmul(x, start))[0]
        for _ in range(iterations):
            basis = torch.linalg.qr(matmul(x, torch.linalg.qr(_transposed(x, basis))[0]))[0]
        small = _transposed(x, basis)
    v, s, _ = torch.linalg.svd(small, full_matrices=False)
    return v, s


def _range_by_gram(x: BlockedRows, start: Tensor, iterations: int) -> Tensor:
    r"""Return :math:`X^\top Q` for the basis Q that power iteration finds, up to a rotation of Q.

    With :math:`G = X^\top X` and W the iterated start, Q is X W made orthonormal, so that
    :math:`X^\top Q = G W (W^\top G W)^{-1/2}`. In float64, since G squares what X holds.
    """
    gram = _gram(x)
    w = torch.linalg.qr(start.double())[0]
    for _ in range(iterations):
        w = torch.linalg.qr(gram @ w)[0]
    values, vectors = torch.linalg.eigh(w.T @ gram @ w)
    # Directions in which there is nothing have no inverse.
    scale = torch.where(values > 1e-14 * values[-1], values.clamp(min=1e-300).rsqrt(), 0.0)
    small: Tensor = gram @ w @ (vectors * scale)
    return small.float()


def _transposed(x: Features, b: Tensor) -> Tensor:
    return spmm(x.transpose(), b) if isinstance(x, CSR) else x.T @ b
