"""Deep Graph Infomax: tell true node-and-graph pairs from corrupted ones."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from graphclust.objectives.base import Dims, Objective, Split
from graphclust.objectives.step import Step
from graphclust.randomness import uniform_


class Discriminator(Objective, name="discriminator"):
    r"""Tell embeddings of the graph from those of a corrupted graph, given a summary.

    .. math::
        \mathcal L = \tfrac1{2n} \sum_i \big[ -\log \sigma(z_i^\top W c)
                     - \log(1 - \sigma(\tilde z_i^\top W c)) \big],
        \qquad c = \sigma\big(\tfrac1n \textstyle\sum_i z_i\big)

    where :math:`\tilde z` embeds the same graph with its features shuffled among the nodes.

    Notes
    -----
    Cost O(n d + d²) beside two passes of the encoder. The summary reads every node, so the loss
    is global.

    References
    ----------
    Veličković et al., *Deep graph infomax*, 2019, arXiv:1809.10341.
    """

    split: ClassVar[Split] = "global"

    def __init__(self) -> None:
        super().__init__()

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the bilinear form W, shape (d, d)."""
        width = dims.out_channels
        self.weight = nn.Parameter(uniform_(torch.empty(width, width), width**-0.5, generator))
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's graph against its corruption."""
        return discriminator_loss(step.z, step.corrupted, self.weight)


def discriminator_loss(z: Tensor, corrupted: Tensor, weight: Tensor) -> Tensor:
    """Return the mean binary cross-entropy of the bilinear discriminator.

    Parameters
    ----------
    z, corrupted : Tensor, shape (n, d)
        Embeddings of the graph and of its corruption.
    weight : Tensor, shape (d, d)

    Returns
    -------
    Tensor
        A scalar; log 2 for a discriminator that cannot tell.

    Examples
    --------
    >>> import torch
    >>> z = torch.ones(3, 2)
    >>> round(float(discriminator_loss(z, z, torch.zeros(2, 2))), 4)
    0.6931
    """
    direction = weight @ z.mean(dim=0).sigmoid()
    # -log sigmoid(t) = softplus(-t), which does not overflow.
    return 0.5 * (softplus(-(z @ direction)).mean() + softplus(corrupted @ direction).mean())
