"""Contrast of graphs: two views of a graph agree, views of two graphs do not (GraphCL)."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from graphclust.encoders.base import Linear
from graphclust.objectives.augmentation import Augmentation
from graphclust.objectives.base import Dims, Level, Objective, Split
from graphclust.objectives.graph_augmentation import OneOf
from graphclust.objectives.step import Step


class GraphContrast(Objective, name="graph_contrast"):
    r"""Tell which two views are of the same graph.

    .. math::
        \mathcal L = \frac1b \sum_g -\ln
          \frac{\exp(\cos(u_g, v_g) / \tau)}{\sum_{g' \neq g} \exp(\cos(u_g, v_{g'}) / \tau)}

    over the b graphs of a batch; u and v are the two views' vectors, projected by a perceptron.

    Parameters
    ----------
    temperature : float
        :math:`\tau`.
    first, second : Augmentation, optional
        The views; each one of GraphCL's four by default, drawn anew in every step.

    Notes
    -----
    Cost O(b² d) a step. As in the authors' code, the sum below the line leaves out the pair
    itself and looks from the first view only.

    References
    ----------
    You et al., *Graph contrastive learning with augmentations*, 2020, arXiv:2010.13902.
    """

    split: ClassVar[Split] = "global"
    level: ClassVar[Level] = "graphs"

    def __init__(
        self,
        temperature: float = 0.2,
        first: Augmentation | None = None,
        second: Augmentation | None = None,
    ) -> None:
        super().__init__()
        self.temperature, self.first, self.second = temperature, first, second

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the projection and settle the augmentations."""
        self._views = (self.first or OneOf(), self.second or OneOf())
        width = dims.out_channels
        self.layers = nn.ModuleList(Linear(width, width, generator) for _ in range(2))
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's graphs."""
        u, v = (self.project(step.view_embedding(a, i)) for i, a in enumerate(self._views))
        return graph_contrast_loss(u, v, self.temperature)

    def project(self, z: Tensor) -> Tensor:
        """Return the vectors that are compared."""
        inner, outer = self.layers
        out: Tensor = outer(inner(z).relu())
        return out


def graph_contrast_loss(u: Tensor, v: Tensor, temperature: float) -> Tensor:
    """Return the loss between two views of graphs, both (b, d).

    Examples
    --------
    >>> import torch
    >>> round(float(graph_contrast_loss(torch.eye(2), torch.eye(2), 1.0)), 4)
    -1.0
    """
    if u.shape[0] < 2:
        return u.sum() * 0.0  # nothing to tell it from
    scores = normalize(u, dim=1) @ normalize(v, dim=1).T / temperature
    own = scores.diagonal()
    itself = torch.eye(u.shape[0], dtype=torch.bool, device=u.device)
    others = scores.masked_fill(itself, -torch.inf).logsumexp(dim=1)
    return (others - own).mean()
