"""Tell a graph's nodes from those of the graph with shuffled features, one by one (Dink-Net)."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn.functional import softplus

from graphclust.encoders.base import Linear
from graphclust.encoders.local_global import LocalGlobal
from graphclust.objectives.augmentation import mask_columns
from graphclust.objectives.base import Dims, Objective, Split
from graphclust.objectives.step import Step
from graphclust.randomness import randperm
from graphclust.sparse import CSR


class NodeDiscrimination(Objective, name="node_discrimination"):
    r"""Classify each node as true or corrupted by the sum of its projected embedding.

    .. math::
        \mathcal L = \tfrac1{2n} \sum_i \big[ -\log \sigma(g_i)
                     - \log(1 - \sigma(\tilde g_i)) \big],
        \qquad g_i = \mathbf 1^\top (W h_i + b)

    where :math:`\tilde g` comes from the same features shuffled among the nodes.

    Parameters
    ----------
    mask_features : float
        Probability of zeroing a feature column, the same columns before and after shuffling.

    Notes
    -----
    Cost O(n d²) beside two passes of the encoder. Unlike
    :class:`~graphclust.objectives.discriminator.Discriminator` no summary of the graph is read,
    so the loss is a sum over nodes. Of a :class:`~graphclust.encoders.local_global.LocalGlobal`
    encoder the inner one is trained, as in the authors' code.

    References
    ----------
    Liu et al., *Dink-Net: neural clustering on large graphs*, 2023, arXiv:2305.18405.
    """

    split: ClassVar[Split] = "node"

    def __init__(self, mask_features: float = 0.2) -> None:
        super().__init__()
        self.mask_features = mask_features
        self.projection: Linear | None = None

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the projection, shape (d, d), or keep the one that pretraining made."""
        width = dims.out_channels
        if self.projection is None or self.projection.weight.shape[0] != width:
            self.projection = Linear(width, width, generator, init="uniform")
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's graph against its corruption."""
        assert self.projection is not None
        encoder = step.encoder
        if isinstance(encoder, LocalGlobal):
            encoder = encoder.encoder
        x = mask_columns(step.x, self.mask_features, step.generator)
        order = randperm(step.graph.n_nodes, step.generator).to(step.adj.device)
        shuffled = x.take_rows(order) if isinstance(x, CSR) else x[order]
        true, false = (
            self.projection(encoder(v, step.adj, step.generator)).sum(dim=1) for v in (x, shuffled)
        )
        # -log sigmoid(t) = softplus(-t), which does not overflow.
        loss: Tensor = 0.5 * (softplus(-true).mean() + softplus(false).mean())
        return loss
