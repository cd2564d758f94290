"""GraphMAE: reconstruct masked features by direction, with the scaled cosine error."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Linear
from graphclust.graphs import Features
from graphclust.objectives.base import Dims, Level, Objective, Split
from graphclust.objectives.step import Step
from graphclust.randomness import glorot_, randint, randperm
from graphclust.sparse import CSR, matmul, spmm

_EPSILON = 1e-12


class FeatureReconstruction(Objective, name="feature_reconstruction"):
    r"""Hide the features of some nodes and reconstruct their direction.

    .. math::
        \mathcal L = \frac{1}{|M|} \sum_{i \in M} \big(1 - \cos(x_i, \hat x_i)\big)^\gamma,
        \qquad \hat X = \hat A \, R(Z W_1) \, W_2

    where Z embeds the graph with the features of the nodes M hidden, and R hides the code of the
    same nodes again, so that they are rebuilt from their neighbours.

    Parameters
    ----------
    mask : float
        Share of nodes in M.
    noise : float
        Share of M whose features become another node's rather than nothing.
    gamma : float
        :math:`\gamma`; greater values look away from what is rebuilt well already.

    Notes
    -----
    Cost O(nnz(X) d + |E| d + n d²): the cosine is taken in the code's space, so that
    :math:`\hat X` is never formed. The authors' decoder is an attention layer and their hidden
    features a learnt token; here a graph convolution, and zero.

    References
    ----------
    Hou et al., *GraphMAE: self-supervised masked graph autoencoders*, 2022, arXiv:2205.10803.
    """

    split: ClassVar[Split] = "node"
    level: ClassVar[Level] = "both"

    def __init__(self, mask: float = 0.5, noise: float = 0.05, gamma: float = 3.0) -> None:
        super().__init__()
        self.mask, self.noise, self.gamma = mask, noise, gamma

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the decoder: W₁ of shape (d, d) and W₂ of shape (f, d), transposed."""
        width = dims.node_channels
        self.code = Linear(width, width, generator, bias=False)
        self.decoder = nn.Parameter(glorot_(torch.empty(dims.in_channels, width), generator))
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the error at the nodes that this step hides."""
        n = step.graph.n_nodes
        hidden, shown = draw_masked(n, self.mask, self.noise, step.generator)
        hidden, shown = hidden.to(step.adj.device), shown.to(step.adj.device)
        code = self.code(step.encode_nodes(x=replace_rows(step.x, hidden, shown)))
        visible = torch.ones(n, 1, device=code.device).index_fill(0, hidden, 0.0)
        rows = step.adj.normalized("sym", 1.0).take_rows(hidden)
        decoded = spmm(rows, code * visible)
        x = step.x.take_rows(hidden) if isinstance(step.x, CSR) else step.x[hidden]
        return scaled_cosine_error(decoded, self.decoder, x, self.gamma)


def draw_masked(
    n: int, mask: float, noise: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Draw the nodes to hide and what each shows instead: another node, or -1 for nothing.

    Returns two tensors of int64, shape (round(mask n), at least 1).
    """
    hidden = randperm(n, generator)[: max(1, round(mask * n))]
    shown = torch.full_like(hidden, -1)
    noisy = int(noise * hidden.numel())
    shown[:noisy] = randint(n, noisy, generator=generator)
    return hidden, shown


def replace_rows(x: Features, hidden: Tensor, shown: Tensor) -> Features:
    """Return the features with the hidden rows emptied or showing another node's row.

    ``hidden`` and ``shown`` are int64 of the same shape (m,); -1 in ``shown`` empties the row.
    """
    n = x.shape[0]
    source = torch.arange(n, device=hidden.device)
    source[hidden] = shown.clamp(min=0)
    scale = torch.ones(n, device=hidden.device)
    scale[hidden] = (shown >= 0).float()
    if isinstance(x, CSR):
        taken = x.take_rows(source)
        return taken.with_weight(taken.values * scale[taken.row.long()])
    return x[source] * scale[:, None]


def scaled_cosine_error(decoded: Tensor, decoder: Tensor, x: Features, gamma: float) -> Tensor:
    r"""Return the mean of :math:`(1 - \cos(x_i, W h_i))^\gamma` over rows.

    Parameters
    ----------
    decoded : Tensor, shape (m, d)
        h.
    decoder : Tensor, shape (f, d)
        W.
    x : Tensor or CSR, shape (m, f)
        What is to be reconstructed; rows without entries count as orthogonal.
    gamma : float

    Returns
    -------
    Tensor
        A scalar between 0 and 2**gamma.

    Notes
    -----
    With :math:`\langle x, W h \rangle = \langle W^\top x, h \rangle` and
    :math:`\lVert W h \rVert^2 = h^\top W^\top W h`, nothing of shape (m, f) is formed.

    Examples
    --------
    >>> import torch
    >>> x = torch.eye(3)
    >>> float(scaled_cosine_error(x, 2.0 * torch.eye(3), x, gamma=3.0))
    0.0
    """
    inner = (matmul(x, decoder) * decoded).sum(dim=1)
    gram = decoder.T @ decoder
    length = ((decoded @ gram) * decoded).sum(dim=1).clamp(min=_EPSILON).sqrt()
    cosine = inner / (length * _row_lengths(x))
    return (1.0 - cosine.clamp(-1.0, 1.0)).pow(gamma).mean()


def _row_lengths(x: Features) -> Tensor:
    if isinstance(x, CSR):
        squares = torch.zeros(x.shape[0], device=x.device)
        squares = squares.index_add(0, x.row.long(), x.values.square())
    else:
        squares = x.square().sum(dim=1)
    return squares.clamp(min=_EPSILON).sqrt()
