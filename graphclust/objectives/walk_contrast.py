"""S3GC: contrast the nodes of a random walk with random nodes."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.graphs.walks import random_walks
from graphclust.objectives.base import InBatches, Objective, Split
from graphclust.objectives.step import Step
from graphclust.randomness import randint


class WalkContrast(Objective, name="walk_contrast"):
    r"""Contrast the nodes of a walk with as many random nodes (S3GC).

    .. math::
        \mathcal L = -\operatorname{mean}_w \frac{P_w}{P_w + N_w}, \qquad
        P_w = \sum_{j \in w} e^{\langle h_i, h_j \rangle}, \quad
        N_w = \sum_{j \in r} e^{\langle h_i, h_j \rangle}

    for walks w from each node i and random nodes r; h are the embedding's unit rows.

    Parameters
    ----------
    walks : int
        Walks from each node in each step.
    length : int
        Steps of a walk, and random nodes beside it.

    Notes
    -----
    Cost O(n walks length d) a step. Walks are drawn anew in each step; those of nodes without
    edges stay where they are. In a batch walks stay among its nodes, and random nodes are
    of the batch: batches of walks or of clusters hold most of a node's walks.

    References
    ----------
    Devvrit et al., *S3GC: scalable self-supervised graph clustering*, 2022 (NeurIPS; not on
    arXiv).
    """

    split: ClassVar[Split] = "node"
    in_batches: ClassVar[InBatches] = "published"

    def __init__(self, walks: int = 10, length: int = 2) -> None:
        super().__init__()
        self.walks, self.length = walks, length

    def forward(self, step: Step) -> Tensor:
        """Return the loss over fresh walks from every node of the step."""
        n, edges = step.z.shape[0], step.edges
        starts = torch.arange(n, device=edges.device).repeat_interleave(self.walks)
        positives = random_walks(edges, starts, self.length, step.generator)[:, 1:]
        negatives = randint(n, starts.numel(), self.length, generator=step.generator)
        h = normalize(step.z, dim=1)
        return walk_contrast_loss(h, starts, positives, negatives.to(starts.device))


def walk_contrast_loss(h: Tensor, starts: Tensor, positives: Tensor, negatives: Tensor) -> Tensor:
    """Return minus the mean share of the positives among positives and negatives.

    Parameters
    ----------
    h : Tensor, shape (n, d)
        Unit rows.
    starts : Tensor of int64, shape (w,)
    positives, negatives : Tensor of int64, shape (w, l)

    Returns
    -------
    Tensor
        A scalar between -1 and 0; -1/2 where the two cannot be told apart.

    Examples
    --------
    >>> import torch
    >>> h = torch.eye(3)
    >>> starts, others = torch.tensor([0]), torch.tensor([[1, 2]])
    >>> float(walk_contrast_loss(h, starts, others, others))
    -0.5
    """
    start = h.index_select(0, starts)
    pull = torch.stack([(start * h.index_select(0, j)).sum(1) for j in positives.T], dim=1)
    push = torch.stack([(start * h.index_select(0, j)).sum(1) for j in negatives.T], dim=1)
    return -(pull.logsumexp(dim=1) - push.logsumexp(dim=1)).sigmoid().mean()
