"""Modularity of soft memberships, with its gradient in closed form."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import torch
from torch import Tensor
from torch.autograd import Function

from graphclust.objectives.base import InBatches, Objective, OnRanks, Split
from graphclust.objectives.estimated_totals import EstimatedTotals
from graphclust.objectives.step import Step
from graphclust.objectives.totals import Totals
from graphclust.ranks import Ranks
from graphclust.sparse import CSR, large_pages, spmm

# Products are summed in blocks of at most this many floats, which stay in the cache: at a million
# nodes, writing an array of nodes times clusters costs as much as the sum.
_BLOCK = 1 << 18
# A processor sums in runs of so many floats, and those in float64: off by less than float32's own
# rounding of the result.
_RUN = 1 << 15
# Bytes of a gradient that is written to memory that is kept: the allocator trims what it has.
_KEEP = 1 << 22


class Modularity(Objective, name="modularity"):
    r"""Maximise the modularity of the memberships.

    .. math::
        \mathcal L = -\frac{1}{2m} \operatorname{tr}(S^\top A S)
          + \gamma \frac{\lVert S^\top d \rVert^2}{(2m)^2}

    where d are the (weighted) degrees and :math:`2m` their sum.

    Parameters
    ----------
    resolution : float
        :math:`\gamma`: above 1 favours more and smaller clusters.
    of : "memberships" or "embedding"
        What stands for S. DGCluster takes the embedding itself, its rows of unit length, so that
        the number of clusters stays open.

    Notes
    -----
    Cost O(|E| k), memory O(n k). A is symmetric, so the gradient is
    :math:`2 A S / 2m - 2 \gamma d (S^\top d)^\top / (2m)^2` and the backward pass needs no
    sparse product. The scalar is accumulated in float64. Without edges the loss is 0. In batches
    value and gradient are unbiased, whatever the weights were when memberships were kept.

    References
    ----------
    Tsitsulin et al., *Graph clustering with graph neural networks*, 2023, arXiv:2006.16904;
    Bhowmick et al., *DGCLUSTER*, 2023, arXiv:2312.12697.
    """

    split: ClassVar[Split] = "global"
    in_batches: ClassVar[InBatches] = "totals"
    on_ranks: ClassVar[OnRanks] = "whole"

    def __init__(
        self, resolution: float = 1.0, of: Literal["memberships", "embedding"] = "memberships"
    ) -> None:
        super().__init__()
        self.resolution, self.of = resolution, of

    @property
    def needs_head(self) -> bool:  # type: ignore[override]
        """Whether the memberships are read, rather than the embedding."""
        return self.of == "memberships"

    def forward(self, step: Step) -> Tensor:
        """Return minus the modularity."""
        return modularity_loss(step.totals(self.of), self.resolution)


def modularity_loss(totals: Totals, resolution: float = 1.0) -> Tensor:
    """Return minus the modularity of memberships, from the sums over them."""
    if isinstance(totals, EstimatedTotals):
        if float(totals.total) <= 0.0:
            return totals.s.sum() * 0.0
        return resolution * totals.squared_volume() - totals.inside() / totals.total
    out: Tensor = _Modularity.apply(totals.s, totals.rows, resolution, totals.ranks)  # type: ignore[no-untyped-call]
    return out


class _Modularity(Function):
    @staticmethod
    def forward(ctx: Any, s: Tensor, adj: CSR, resolution: float, ranks: Ranks | None) -> Tensor:
        s, degree = s.detach(), adj.degree.to(s.dtype)
        product = spmm(adj, s)
        inside = _inner(product, s)
        volume, total = (degree @ s).double(), adj.mass
        if ranks is not None:
            sums = ranks.sum(torch.cat([volume, inside[None], volume.new_tensor([total])]))
            volume, inside, total = sums[:-2], sums[-2], float(sums[-1])
        ctx.facts = (degree, total, resolution, ranks)
        ctx.save_for_backward(product, volume)
        if total <= 0.0:
            return s.new_zeros(())
        expected = torch.dot(volume, volume).mul_(resolution / total**2)
        return expected.sub_(inside, alpha=1.0 / total).to(s.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None, None]:  # type: ignore[override]
        product, volume = ctx.saved_tensors
        degree, total, resolution, ranks = ctx.facts
        if ranks is not None:
            grad = ranks.sum(grad)
        if total <= 0.0:
            return torch.zeros_like(product), None, None, None
        share = (2.0 * resolution / total**2 * volume).to(product.dtype).mul_(grad)
        return _gradient(product, -2.0 / total, grad, degree, share), None, None, None


def _gradient(product: Tensor, scale: float, grad: Tensor, degree: Tensor, share: Tensor) -> Tensor:
    """Return ``scale * grad * product`` plus the outer product of the last two."""
    if product.is_cuda:
        return torch.outer(degree, share).addcmul_(product, grad, value=scale)
    # In blocks that stay in the cache. A tensor of one number beside two of many would be met
    # without vector instructions, and most often it is one.
    n, k = product.shape
    out, rows, by_one = large_pages.new_empty(product, n, k, _KEEP), _rows(k), float(grad) == 1.0
    for block in (slice(i, i + rows) for i in range(0, n, rows)):
        scaled = product[block] * scale
        torch.mul(degree[block, None], share, out=out[block])
        out[block].add_(scaled if by_one else scaled.mul_(grad))
    return out


def _rows(width: int) -> int:
    return max(1, _BLOCK // max(1, width))


def _inner(a: Tensor, b: Tensor) -> Tensor:
    """Return the sum of the products of all entries, in float64."""
    if not a.is_cuda and a.dtype in (torch.float32, torch.float64):
        runs = zip(*(torch.split(x.reshape(-1), _RUN) for x in (a, b)), strict=True)
        return torch.stack([torch.dot(x, y) for x, y in runs]).sum(dtype=torch.float64)
    rows = _rows(a.shape[1])
    starts = range(0, len(a), rows)
    parts = [(a[i : i + rows] * b[i : i + rows]).sum(dtype=torch.float64) for i in starts]
    return torch.stack(parts).sum()
