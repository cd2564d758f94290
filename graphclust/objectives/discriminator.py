"""Deep Graph Infomax: tell true node-and-graph pairs from corrupted ones."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from graphclust.objectives.base import Dims, InBatches, Objective, OnRanks, Split
from graphclust.objectives.step import Step
from graphclust.randomness import uniform_


class Discriminator(Objective, name="discriminator"):
    r"""Tell embeddings of the graph from those of a corrupted graph, given a summary.

    .. math::
        \mathcal L = \tfrac1{2n} \sum_i \big[ -\log \sigma(z_i^\top W c)
                     - \log(1 - \sigma(\tilde z_i^\top W c)) \big],
        \qquad c = \sigma\big(\tfrac1n \textstyle\sum_i z_i\big)

    where :math:`\tilde z` embeds the same graph with its features shuffled among the nodes.

    Parameters
    ----------
    blocks : int
        Equal parts of the embedding, each with a discriminator and a loss of its own, which are
        added up: as many independent runs of the method side by side in one. An embedding that
        does not fall into so many has one.

    Notes
    -----
    Cost O(n d + d² / blocks) beside two passes of the encoder. The summary reads every node, so
    the loss is global; in a batch the summary is that of the batch's nodes, as in the paper's
    experiments on large graphs. The paper has one block.

    References
    ----------
    Veličković et al., *Deep graph infomax*, 2019, arXiv:1809.10341.
    """

    split: ClassVar[Split] = "global"
    in_batches: ClassVar[InBatches] = "published"
    on_ranks: ClassVar[OnRanks] = "whole"

    def __init__(self, blocks: int = 1) -> None:
        super().__init__()
        self.blocks = blocks

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make a bilinear form W for each block, shape (blocks, d / blocks, d / blocks)."""
        # Another encoder in the method's place may have any width.
        blocks = 1 if dims.out_channels % self.blocks else self.blocks
        width = dims.out_channels // blocks
        weight = torch.empty(blocks, width, width)
        self.weight = nn.Parameter(uniform_(weight, width**-0.5, generator))
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's graph against its corruption."""
        return discriminator_loss(step.z, step.corrupted, self.weight, step.mean)


def discriminator_loss(
    z: Tensor, corrupted: Tensor, weight: Tensor, mean: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """Return the mean binary cross-entropy of the bilinear discriminator.

    Parameters
    ----------
    z, corrupted : Tensor, shape (n, d)
        Embeddings of the graph and of its corruption.
    weight : Tensor, shape (d, d) or (blocks, d / blocks, d / blocks)
    mean : callable, optional
        From rows to their mean over all nodes; over the rows that are here by default.

    Returns
    -------
    Tensor
        A scalar, the sum over the blocks; log 2 each for a discriminator that cannot tell.

    Examples
    --------
    >>> import torch
    >>> z = torch.ones(3, 2)
    >>> round(float(discriminator_loss(z, z, torch.zeros(2, 2))), 4)
    0.6931
    """
    forms = weight if weight.dim() == 3 else weight[None]
    mean = partial(torch.mean, dim=0) if mean is None else mean
    summary = mean(z).sigmoid().view(forms.shape[0], -1)
    # One column a block, zero outside it, so that all scores are one product.
    columns = (forms @ summary[:, :, None]).unbind()
    directions: Tensor = torch.block_diag(*columns)  # type: ignore[no-untyped-call]
    # -log sigmoid(t) = softplus(-t), which does not overflow.
    told = mean(softplus(-(z @ directions))) + mean(softplus(corrupted @ directions))
    return 0.5 * told.sum()
