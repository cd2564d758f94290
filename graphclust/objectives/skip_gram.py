"""Nodes that follow each other on walks, against nodes drawn at random (node2vec)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import softplus

from graphclust.graphs.walks import biased_walks
from graphclust.objectives.base import Objective, Split
from graphclust.objectives.step import Step
from graphclust.randomness import rand
from graphclust.sparse import CSR


class SkipGram(Objective, name="skip_gram"):
    r"""Predict the nodes near each node on a walk, by negative sampling.

    .. math::
        \mathcal L = -\operatorname{mean}_{(u,v)} \log \sigma(\langle z_u, z_v \rangle)
            - m \operatorname{mean}_{(u,v')} \log \sigma(-\langle z_u, z_{v'} \rangle)

    over the pairs at most ``window`` steps apart on walks from every node, and random v' drawn
    with a probability in proportion to :math:`\mathrm{degree}^{3/4}`.

    Parameters
    ----------
    length : int
        Steps of a walk.
    window : int
        Greatest distance on the walk.
    negatives : int
        m, random nodes for each true one.
    p, q : float
        Return and in-out parameter of the walks, see
        :func:`~graphclust.graphs.walks.biased_walks`.

    Notes
    -----
    One walk from every node a step, drawn anew. All nodes of a walk share ``negatives`` times
    ``window`` random ones, so that similarities are small dense products: cost
    O(n length (length + m window) d) a step. One vector a node serves as source and as context,
    as the paper's formulas have it.

    References
    ----------
    Grover and Leskovec, *node2vec: scalable feature learning for networks*, 2016,
    arXiv:1607.00653; Mikolov et al., *Distributed representations of words and phrases and their
    compositionality*, 2013, arXiv:1310.4546.
    """

    split: ClassVar[Split] = "node"

    def __init__(
        self,
        length: int = 20,
        window: int = 10,
        negatives: int = 1,
        p: float = 1.0,
        q: float = 1.0,
    ) -> None:
        super().__init__()
        self.length, self.window, self.negatives = length, window, negatives
        self.p, self.q = p, q

    def forward(self, step: Step) -> Tensor:
        """Return the loss over fresh walks from every node."""
        starts = torch.arange(step.graph.n_nodes, device=step.adj.device)
        walks = biased_walks(step.adj, starts, self.length, self.p, self.q, step.generator)
        shape = (walks.shape[0], max(1, self.negatives * self.window))
        random = draw_by_degree(step.adj, shape, step.generator)
        return skip_gram_loss(step.z, walks, random, self.window, float(self.negatives))


def skip_gram_loss(z: Tensor, walks: Tensor, random: Tensor, window: int, weight: float) -> Tensor:
    """Return the logistic loss of near pairs and of random ones.

    Parameters
    ----------
    z : Tensor, shape (n, d)
    walks : Tensor of int64, shape (w, l)
        Nodes in the order of the walks.
    random : Tensor of int64, shape (w, m)
        Random nodes of each walk.
    window : int
    weight : float
        Of the random pairs.

    Examples
    --------
    >>> import torch
    >>> walks, random = torch.tensor([[0, 1]]), torch.tensor([[2]])
    >>> round(float(skip_gram_loss(torch.zeros(3, 4), walks, random, 1, 1.0)), 4)
    1.3863
    """
    along = z[walks]
    near = torch.bmm(along, along.transpose(1, 2))
    place = torch.arange(walks.shape[1], device=walks.device)
    gap = (place[:, None] - place).abs()
    true = near[:, (gap > 0) & (gap <= window)]
    false = torch.bmm(along, z[random].transpose(1, 2))
    # -log sigmoid(t) = softplus(-t), which does not overflow.
    return softplus(-true).mean() + weight * softplus(false).mean()


def draw_by_degree(adj: CSR, shape: tuple[int, int], generator: torch.Generator) -> Tensor:
    """Return nodes drawn in proportion to degree^(3/4), uniformly where no node has an edge."""
    share = adj.degree.double().clamp(min=0).pow(0.75)
    if not bool((share > 0).any()):
        share = torch.ones_like(share)
    total = share.cumsum(0)
    draws = rand(*shape, generator=generator).to(adj.device).double() * total[-1]
    return torch.searchsorted(total, draws, right=True).clamp(max=adj.shape[0] - 1)
