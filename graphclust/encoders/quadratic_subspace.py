"""Spectral coordinates of a union of subspaces, by a feature map instead of an affinity (SAGSC)."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import Transform
from graphclust.graphs import Features
from graphclust.sparse import CSR


class QuadraticSubspace(Transform, name="quadratic_subspace"):
    r"""Embed rows by the spectrum of their squared similarity in the leading subspace.

    With U the first d left singular vectors of the centred rows, the affinity is
    :math:`M_{ij} = (\langle u_i, u_j \rangle + c)^2 = \langle \phi(u_i), \phi(u_j) \rangle`, and
    the result is its normalised spectral embedding

    .. math::
        Q_{\cdot,\,2..d+1}, \qquad
        Q \Sigma R^\top = \operatorname{diag}(M 1)^{-1/2} \phi(U)

    Parameters
    ----------
    dim : int
        d, the number of clusters.
    bias : float
        c.

    Notes
    -----
    Cost O(n d⁴) with a feature map of width (d + 1)(d + 2) / 2; the n x n affinity, which is
    non-negative by construction, is never formed. All steps are linear maps around a fixed
    non-linearity, so that what was fitted applies to other rows.

    References
    ----------
    Fettal, Labiod and Nadif, *Scalable attributed-graph subspace clustering*, 2023 (AAAI; not on
    arXiv).
    """

    def __init__(self, dim: int = 8, bias: float = 2**-0.5) -> None:
        super().__init__()
        self.dim, self.bias = dim, bias
        for name in ("mean", "projection", "volume", "rotation"):
            self.register_buffer(name, None)

    def width(self, in_channels: int, n_nodes: int) -> int:
        """Return the number of coordinates that there are."""
        return min(self.dim, in_channels, n_nodes)

    def fit(self, x: Features, adj: CSR, generator: torch.Generator) -> Self:
        """Find the subspace and the spectrum of the training rows."""
        dense = x.to_dense() if isinstance(x, CSR) else x
        self.mean = dense.mean(dim=0)
        self.projection = _directions(dense - self.mean, self.dim, adj, generator)
        mapped = self._mapped(dense)
        self.volume = mapped.sum(dim=0)
        self.rotation = _directions(self._scaled(mapped), self.dim + 1, adj, generator)[:, 1:]
        return self

    def forward(self, x: Features, adj: CSR) -> Tensor:
        """Return the spectral coordinates, shape (n, dim)."""
        rotation: Tensor = self.rotation  # type: ignore[assignment]
        dense = x.to_dense() if isinstance(x, CSR) else x
        return self._scaled(self._mapped(dense)) @ rotation

    def _mapped(self, dense: Tensor) -> Tensor:
        projection: Tensor = self.projection  # type: ignore[assignment]
        return quadratic_features((dense - self.mean) @ projection, self.bias)

    def _scaled(self, mapped: Tensor) -> Tensor:
        volume: Tensor = self.volume  # type: ignore[assignment]
        return mapped * (mapped @ volume).clamp(min=1e-12).rsqrt()[:, None]


def quadratic_features(u: Tensor, bias: float) -> Tensor:
    r"""Return :math:`\phi(u)`, whose inner products are :math:`(\langle u, v \rangle + c)^2`.

    ``u`` has shape (n, d), the result (n, (d + 1)(d + 2) / 2).
    """
    first, second = torch.triu_indices(u.shape[1], u.shape[1], offset=1, device=u.device)
    constant = u.new_full((u.shape[0], 1), bias)
    cross = 2**0.5 * u[:, first] * u[:, second]
    return torch.cat([constant, (2 * bias) ** 0.5 * u, u.square(), cross], dim=1)


def _directions(x: Tensor, dim: int, adj: CSR, generator: torch.Generator) -> Tensor:
    projection: Tensor = Reduce(dim, whiten=1.0).fit(x, adj, generator).projection  # type: ignore[assignment]
    return projection
