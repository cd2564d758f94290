"""InfoNCE between two views: each node finds itself among the others (GRACE)."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import elu, normalize

from graphclust.encoders.base import Linear
from graphclust.objectives.augmentation import Augmentation, two_views
from graphclust.objectives.base import Dims, InBatches, Level, Objective, Split
from graphclust.objectives.log_partition import log_partition, shared_negatives
from graphclust.objectives.step import Step


class InfoNCE(Objective, name="infonce"):
    r"""Pull a node's two views together and away from all other nodes of both views.

    .. math::
        \ell(u_i, v_i) = -\log \frac{e^{\theta(u_i, v_i)/\tau}}
            {e^{\theta(u_i, v_i)/\tau} + \sum_{k \ne i} e^{\theta(u_i, v_k)/\tau}
             + \sum_{k \ne i} e^{\theta(u_i, u_k)/\tau}},
        \qquad \mathcal L = \tfrac1{2n} \sum_i [\ell(u_i, v_i) + \ell(v_i, u_i)]

    where :math:`\theta` is the cosine of projections by a two-layer perceptron.

    Parameters
    ----------
    temperature : float
        :math:`\tau`.
    first, second : Augmentation, optional
        The views; GRACE's rates on Cora by default (edges .2 and .4, features .3 and .4).
    projection : int or None
        Hidden width of the projector; ``None`` compares the embeddings themselves.
    negatives : int or None
        Nodes drawn in each step to stand for all others; ``None`` takes all of them.

    Notes
    -----
    Cost O(n m d) for m negatives, memory O(n d). The paper sums over all nodes in n × n arrays;
    here the sums run in blocks over ``negatives`` nodes that are drawn anew in each step, scaled
    to stand for all. With ``negatives=None`` the value is the paper's.

    In a batch of nodes drawn one by one the negatives are among the batch's nodes, scaled to
    stand for all nodes of the graph: the estimate that a step over the whole graph makes from as
    many negatives. The sum is unbiased, its logarithm is off by a term that falls as one over the
    number of negatives.

    References
    ----------
    Zhu et al., *Deep graph contrastive representation learning*, 2020, arXiv:2006.04131.
    """

    split: ClassVar[Split] = "global"
    level: ClassVar[Level] = "both"
    in_batches: ClassVar[InBatches] = "consistent"

    def __init__(
        self,
        temperature: float = 0.4,
        first: Augmentation | None = None,
        second: Augmentation | None = None,
        projection: int | None = 128,
        negatives: int | None = 512,
    ) -> None:
        super().__init__()
        self.temperature, self.projection, self.negatives = temperature, projection, negatives
        self.first, self.second = first, second

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the projector and settle the augmentations."""
        self._views = two_views(self.first, self.second, (0.2, 0.4), (0.3, 0.4))
        if self.projection is not None:
            width = dims.out_channels
            self.layers = nn.ModuleList(
                [
                    Linear(width, self.projection, generator),
                    Linear(self.projection, width, generator),
                ]
            )
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss between the step's two views."""
        u, v = (
            self._project(step.view_embedding(view, index))
            for index, view in enumerate(self._views)
        )
        return infonce_loss(u, v, self.temperature, self.negatives, step.generator, step.population)

    def _project(self, z: Tensor) -> Tensor:
        if self.projection is None:
            return z
        inner, outer = self.layers
        out: Tensor = outer(elu(inner(z)))
        return out


def infonce_loss(
    u: Tensor,
    v: Tensor,
    temperature: float,
    negatives: int | None,
    generator: torch.Generator,
    population: int | None = None,
) -> Tensor:
    """Return the symmetric InfoNCE loss with negatives in both views.

    Parameters
    ----------
    u, v : Tensor, shape (n, d)
        The two views, compared by cosine.
    temperature : float
    negatives : int or None
        Nodes that stand for all others, ``None`` for all.
    generator : torch.Generator
        Draws them.
    population : int, optional
        Number of nodes of which the n are a uniform draw; n by default.

    Returns
    -------
    Tensor
        A scalar, about log(2n) for unrelated views.

    Examples
    --------
    >>> import torch
    >>> u = torch.eye(3)
    >>> round(float(infonce_loss(u, u, 0.1, None, torch.Generator())), 4)
    0.0002
    """
    u, v = normalize(u, dim=1), normalize(v, dim=1)
    nodes, position, log_scale = shared_negatives(u, negatives, generator, population)
    positive = (u * v).sum(dim=1) / temperature
    total = positive.new_zeros(())
    for a, b in ((u, v), (v, u)):
        among = torch.logaddexp(
            log_partition(a, a[nodes], temperature, position),
            log_partition(a, b[nodes], temperature, position),
        )
        total = total + (torch.logaddexp(positive, among + log_scale) - positive).mean()
    return 0.5 * total
