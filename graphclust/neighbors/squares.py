"""Squared Euclidean distances to centres, by products of matrices."""

from __future__ import annotations

from torch import Tensor


def square_norms(z: Tensor) -> Tensor:
    """Return the squared length of each row, shape (n,)."""
    return (z * z).sum(1)


def squared_distances(z: Tensor, centers: Tensor, squares: Tensor | None = None) -> Tensor:
    r"""Return :math:`\lVert z_i - c_j \rVert^2`, shape (n, k), clipped at 0.

    ``squares`` are the :math:`\lVert z_i \rVert^2`, shape (n,), where they are known already.
    """
    squares = square_norms(z) if squares is None else squares
    d2 = squares[:, None] - 2.0 * (z @ centers.T) + (centers * centers).sum(1)
    return d2.clamp_(min=0.0)
