"""Balanced assignments by optimal transport as targets for the memberships."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from graphclust.objectives.base import Dims, Objective, Split
from graphclust.objectives.entropy_prior import prior_shares
from graphclust.objectives.step import Step


class Sinkhorn(Objective, name="sinkhorn"):
    r"""Cross-entropy of the memberships to their nearest balanced assignment.

    .. math::
        \mathcal L = -\frac1n \sum_{ij} q_{ij} \ln s_{ij}, \qquad
        q = n \operatorname{diag}(u)\, S^{1/\varepsilon} \operatorname{diag}(v)

    where u and v make the rows of q sum to 1 and its columns to :math:`n \pi_j`. No gradient
    passes through q.

    Parameters
    ----------
    epsilon : float
        Temperature: small values give hard targets.
    iterations : int
        Rounds of scaling rows and columns.
    sizes : sequence of float, shape (k,), optional
        Expected sizes of the clusters, in any unit; equal by default.

    Notes
    -----
    Cost O(iterations n k). The scaling is done on logarithms.

    References
    ----------
    Cuturi, *Sinkhorn distances*, 2013, arXiv:1306.0895; Asano et al., *Self-labelling via
    simultaneous clustering and representation learning*, 2020, arXiv:1911.05371; Caron et al.,
    *SwAV*, 2020, arXiv:2006.09882.
    """

    split: ClassVar[Split] = "global"
    needs_head: ClassVar[bool] = True

    def __init__(
        self,
        epsilon: float = 0.5,
        iterations: int = 20,
        sizes: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.epsilon, self.iterations, self.sizes = epsilon, iterations, sizes

    def build(self, dims: Dims, generator: torch.Generator | None) -> Sinkhorn:
        """Check the sizes against the number of clusters."""
        self.register_buffer("prior", prior_shares(self.sizes, dims.n_clusters), persistent=False)
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the cross-entropy to the balanced targets."""
        prior: Tensor = self.prior  # type: ignore[assignment]
        q = balanced_assignment(step.s, prior, self.epsilon, self.iterations)
        return -(q * step.s.clamp(min=1e-12).log()).sum() / step.s.shape[0]


@torch.no_grad()
def balanced_assignment(s: Tensor, prior: Tensor, epsilon: float, iterations: int) -> Tensor:
    """Return q (n, k): rows sum to 1 and columns to n times ``prior`` (the rows exactly)."""
    log_q = s.clamp(min=1e-12).log() / epsilon
    columns = (prior * s.shape[0]).log()
    for _ in range(iterations):
        log_q = log_q - log_q.logsumexp(dim=0) + columns
        log_q = log_q - log_q.logsumexp(dim=1, keepdim=True)
    return log_q.exp()
