"""NS4GC: a node resembles itself and its neighbours, and few others."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor
from torch.nn.functional import normalize

from graphclust.graphs.walks import has_edge
from graphclust.objectives.augmentation import Augmentation, two_views
from graphclust.objectives.base import Dims, Objective, Split
from graphclust.objectives.step import Step
from graphclust.randomness import randint
from graphclust.sparse import CSR, sddmm


class NeighborAlignment(Objective, name="neighbor_alignment"):
    r"""Align nodes with themselves and their neighbours; push non-neighbours below a threshold.

    .. math::
        \mathcal L = -\operatorname{mean}_i S_{ii}
          - \lambda \operatorname{mean}_{(i,j) \in E} S_{ij}
          + \gamma \operatorname{mean}_{(i,j) \notin E, i \ne j}
            \sigma\big((S_{ij} - s) / \tau\big), \qquad S = U V^\top

    with the rows of the two views U and V scaled to unit length.

    Parameters
    ----------
    threshold, temperature : float
        s and :math:`\tau`.
    neighbors, sparsity : float
        :math:`\lambda` and :math:`\gamma`.
    negatives : int
        Candidates for non-neighbours, drawn for each node in each step.
    first, second : Augmentation, optional
        The views; the paper's rates on Cora by default (edges .3, features .2).

    Notes
    -----
    Cost O((|E| + n r) d) for r negatives. The paper takes the last mean over all n² pairs in a
    dense array; here over pairs drawn uniformly, those that are edges left out.

    References
    ----------
    Liu et al., *Reliable node similarity matrix guided contrastive graph clustering*, 2024,
    arXiv:2408.03765.
    """

    split: ClassVar[Split] = "edge"

    def __init__(
        self,
        threshold: float = 0.6,
        temperature: float = 0.1,
        neighbors: float = 1.0,
        sparsity: float = 1.0,
        negatives: int = 8,
        first: Augmentation | None = None,
        second: Augmentation | None = None,
    ) -> None:
        super().__init__()
        self.threshold, self.temperature = threshold, temperature
        self.neighbors, self.sparsity, self.negatives = neighbors, sparsity, negatives
        self.first, self.second = first, second

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Settle the augmentations."""
        self._views = two_views(self.first, self.second, (0.3, 0.3), (0.2, 0.2))
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the weighted sum of the three terms."""
        u, v = (
            normalize(step.view_embedding(view, index), dim=1)
            for index, view in enumerate(self._views)
        )
        apart = sample_non_edges(step.adj, self.negatives, step.generator)
        return (
            -(u * v).sum(dim=1).mean()
            - self.neighbors * edge_similarity(step.adj, u, v)
            + self.sparsity * sparsity_loss(u, v, apart, self.threshold, self.temperature)
        )


def edge_similarity(adj: CSR, u: Tensor, v: Tensor) -> Tensor:
    """Return the weighted mean over edges of the inner products of their ends' rows, a scalar."""
    if adj.nnz == 0:
        return (u * v).sum() * 0.0
    return (adj.values * sddmm(adj, u, v)).sum() / adj.values.sum()


def sparsity_loss(u: Tensor, v: Tensor, pairs: CSR, threshold: float, temperature: float) -> Tensor:
    r"""Return the mean of :math:`\sigma((\langle u_i, v_j \rangle - s) / \tau)` over pairs.

    Parameters
    ----------
    u, v : Tensor, shape (n, d)
        Unit rows.
    pairs : CSR, shape (n, n)
        Its entries are the pairs (i, j).
    threshold, temperature : float

    Returns
    -------
    Tensor
        A scalar between 0 and 1; 0 without pairs.

    Examples
    --------
    >>> import torch
    >>> pairs = CSR(torch.tensor([0, 1, 1]), torch.tensor([1]), None, (2, 2))
    >>> u = torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    >>> float(sparsity_loss(u, u, pairs, threshold=0.6, temperature=0.1))
    0.5
    """
    if pairs.nnz == 0:
        return (u * v).sum() * 0.0
    return ((sddmm(pairs, u, v) - threshold) / temperature).sigmoid().mean()


def sample_non_edges(adj: CSR, number: int, generator: torch.Generator) -> CSR:
    """Draw ``number`` nodes for each node and drop the pairs that are edges or a node itself.

    Returns them as entries, shape (n, n), at most ``number`` in a row. Cost O(n number log |E|).
    """
    n, kind = adj.shape[0], adj.col.dtype
    row = torch.arange(n, device=adj.device).repeat_interleave(number)
    col = randint(n, n * number, generator=generator).to(adj.device)
    keep = (row != col) & ~has_edge(adj, row, col)
    rowptr = torch.arange(0, n * number + 1, max(1, number), dtype=kind, device=adj.device)
    return CSR(rowptr, col.to(kind), None, (n, n)).select(keep)
