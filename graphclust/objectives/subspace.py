"""Self-expression: every embedding a combination of the others, without their n x n table."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.objectives.base import Objective, Split
from graphclust.objectives.step import Step


class SelfExpression(Objective, name="self_expression"):
    r"""Make embeddings lie in few subspaces, by how well they express each other.

    .. math::
        \mathcal L = \frac1n \min_C \lVert Z - C Z \rVert_F^2 + \lambda n \lVert C \rVert_F^2
          = \sum_{i=1}^{d} \frac{\lambda \sigma_i}{\sigma_i + \lambda}

    where Z has unit rows and :math:`\sigma_i` are the eigenvalues of :math:`Z^\top Z / n`.

    Parameters
    ----------
    penalty : float
        :math:`\lambda`; directions that hold a smaller share of the rows than this count as
        noise.

    Notes
    -----
    The best C is known, :math:`G (G + \lambda n I)^{-1}` with :math:`G = Z Z^\top`, and its value
    is a sum over the d eigenvalues of a d x d matrix: cost O(n d²), memory O(n d), where the
    papers learn the n² entries of C. The diagonal of C is not held at zero; with
    :math:`\lambda > 0` that matters in order 1/n only. The loss is least for embeddings on one
    line: add it to one that keeps them apart (reconstruction, contrast).

    References
    ----------
    Ji et al., *Deep subspace clustering networks*, 2017, arXiv:1709.02508; Fettal, Labiod and
    Nadif, *Scalable attributed-graph subspace clustering*, 2023 (AAAI; not on arXiv).
    """

    split: ClassVar[Split] = "global"

    def __init__(self, penalty: float = 0.05) -> None:
        super().__init__()
        self.penalty = penalty

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's embedding."""
        return self_expression_loss(step.z, self.penalty)


def self_expression_loss(z: Tensor, penalty: float) -> Tensor:
    """Return the least ridge error of expressing the unit rows of ``z`` (n, d) by each other."""
    z = normalize(z, dim=1)
    second = z.T @ z / z.shape[0]
    ridge = second + penalty * torch.eye(second.shape[0], device=z.device, dtype=z.dtype)
    # penalty * tr(M (M + penalty I)^-1), by a solve: its gradient is stable where
    # eigenvalues coincide, an eigendecomposition's is not.
    out: Tensor = penalty * torch.linalg.solve(ridge, second).trace()
    return out
