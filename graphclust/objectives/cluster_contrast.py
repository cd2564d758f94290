"""Contrast of clusters: a column of memberships agrees with itself in another view."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from graphclust.objectives.augmentation import Augmentation, two_views
from graphclust.objectives.base import Dims, Level, Objective, Split
from graphclust.objectives.mutual_information import entropy
from graphclust.objectives.step import Step


class ClusterContrast(Objective, name="cluster_contrast"):
    r"""Tell every cluster from the others across two views.

    .. math::
        \mathcal L = \frac{1}{2k} \sum_{c \in S \cup S'}
          -\ln \frac{\exp(\cos(c, c^+) / \tau)}{\sum_{c' \neq c} \exp(\cos(c, c') / \tau)}
          - H(\bar s) - H(\bar s')

    over the 2k columns of the two views' memberships; :math:`c^+` is the same cluster in the
    other view and H the entropy of the mean membership in nats.

    Parameters
    ----------
    temperature : float
        :math:`\tau`.
    first, second : Augmentation, optional
        The views; by default a fifth of the edges dropped and of the features masked.

    Notes
    -----
    Cost O(n k²): the contrast is among 2k columns, not among nodes. The paper adds the same
    contrast among instances; here that is a separate objective (InfoNCE).

    References
    ----------
    Li et al., *Contrastive clustering*, 2021, arXiv:2009.09687.
    """

    split: ClassVar[Split] = "global"
    level: ClassVar[Level] = "both"
    needs_head: ClassVar[bool] = True

    def __init__(
        self,
        temperature: float = 1.0,
        first: Augmentation | None = None,
        second: Augmentation | None = None,
    ) -> None:
        super().__init__()
        self.temperature, self.first, self.second = temperature, first, second

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Settle the augmentations."""
        self._views = two_views(self.first, self.second, (0.2, 0.2), (0.2, 0.2))
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss between the memberships of the step's two views."""
        a, b = (step.head(step.view_embedding(v, i)) for i, v in enumerate(self._views))
        return cluster_contrast_loss(a, b, self.temperature)


def cluster_contrast_loss(a: Tensor, b: Tensor, temperature: float) -> Tensor:
    """Return the contrast of the columns of ``a`` and ``b``, both (n, k), less their entropies."""
    k = a.shape[1]
    columns = normalize(torch.cat([a, b], dim=1).T, dim=1)
    logits = columns @ columns.T / temperature
    itself = torch.eye(2 * k, dtype=torch.bool, device=a.device)
    logits = logits.masked_fill(itself, -torch.inf)
    partner = torch.arange(2 * k, device=a.device).roll(k)
    contrast = cross_entropy(logits, partner)
    return contrast - entropy(a.mean(dim=0)) - entropy(b.mean(dim=0))
