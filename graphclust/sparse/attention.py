"""Attention over the entries of a matrix, differentiable."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.autograd import Function
from torch.nn.functional import leaky_relu

from graphclust.sparse import cpu_attention, cuda
from graphclust.sparse.csr import CSR
from graphclust.sparse.ops import edge_softmax, spmm, to_edges
from graphclust.sparse.rank_rows import with_others


def attend(
    matrix: CSR, source: Tensor, of_source: Tensor, of_target: Tensor, slope: float = 0.2
) -> Tensor:
    r"""Average the sources of each row's entries with softmax weights.

    .. math::
        z_i = \sum_j \alpha_{ij} x_j, \qquad \alpha_{ij} = \mathrm{softmax}_j
            \big(\mathrm{LeakyReLU}(s_j + t_i)\big)

    for every head by itself.

    Parameters
    ----------
    matrix : CSR, shape (n_rows, n_cols)
        The pattern; its values are not read.
    source : Tensor, shape (n_cols, heads, d)
    of_source : Tensor, shape (n_cols, heads)
        s.
    of_target : Tensor, shape (n_rows, heads)
        t.
    slope : float
        Of the LeakyReLU where it is negative, at least 0.

    Returns
    -------
    Tensor, shape (n_rows, heads, d)
        0 in rows without entries.

    Notes
    -----
    Cost O(nnz heads d), memory O((n_rows + n_cols) heads d): what is kept for the backward pass
    are the output, each row's greatest score and its denominator. The weights are computed anew
    there, and with :math:`\delta_i = \langle g_i, z_i \rangle` one pass over the transpose gives
    all gradients.

    References
    ----------
    Veličković et al., *Graph attention networks*, 2018, arXiv:1710.10903; Dao et al.,
    *FlashAttention*, 2022, arXiv:2205.14135.

    Examples
    --------
    >>> import torch
    >>> row, col = torch.tensor([[0, 0, 1], [0, 1, 1]])
    >>> matrix = CSR.from_edges(row, col, None, (2, 2))
    >>> x = torch.tensor([[1.0], [3.0]])
    >>> attend(matrix, x[:, None], torch.zeros(2, 1), torch.zeros(2, 1)).flatten()
    tensor([2., 3.])
    """
    if source.is_cuda and not cuda.has_triton():
        return spmm(matrix, source, edge_softmax(matrix, sum_scores(
            matrix, of_source, of_target, slope)))  # fmt: skip
    source, of_source = with_others(matrix, source), with_others(matrix, of_source)
    return _Attend.apply(matrix, source, of_source, of_target, slope)  # type: ignore[no-untyped-call, no-any-return]


def sum_scores(matrix: CSR, of_source: Tensor, of_target: Tensor, slope: float = 0.2) -> Tensor:
    r"""Return the scores of :func:`attend`, :math:`\mathrm{LeakyReLU}(s_j + t_i)`, (nnz, heads)."""
    scores = to_edges(matrix, of_source, "col") + to_edges(matrix, of_target)
    return leaky_relu(scores, slope)


def mixed_scores(
    matrix: CSR, source: Tensor, target: Tensor, weight: Tensor, slope: float = 0.2
) -> Tensor:
    r"""Return :math:`\langle a, \mathrm{LeakyReLU}(x_j + t_i) \rangle` for every entry and head.

    Parameters
    ----------
    matrix : CSR, shape (n_rows, n_cols)
    source : Tensor, shape (n_cols, heads, d)
        x.
    target : Tensor, shape (n_rows, heads, d)
        t.
    weight : Tensor, shape (heads, d)
        a.
    slope : float

    Returns
    -------
    Tensor, shape (nnz, heads)

    Notes
    -----
    Cost O(nnz heads d), in blocks: nothing of entries times width is kept. The backward pass
    computes the sums anew, once for the rows and once for the transpose's.

    References
    ----------
    Brody, Alon and Yahav, *How attentive are graph attention networks?*, 2022, arXiv:2105.14491.
    """
    source = with_others(matrix, source)
    return _MixedScores.apply(matrix, source, target, weight, slope)  # type: ignore[no-untyped-call, no-any-return]


class _Attend(Function):
    @staticmethod
    def forward(
        ctx: Any, matrix: CSR, source: Tensor, of_source: Tensor, of_target: Tensor, slope: float
    ) -> Tensor:
        backend = cuda if source.is_cuda else cpu_attention
        out: Tensor
        out, row_max, inverse_sum = backend.attention_forward(
            matrix, source, of_source, of_target, slope
        )
        ctx.matrix, ctx.slope = matrix, slope
        ctx.save_for_backward(out, source, of_source, of_target, row_max, inverse_sum)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor, Tensor, Tensor, None]:  # type: ignore[override]
        out, source, of_source, of_target, row_max, inverse_sum = ctx.saved_tensors
        backend = cuda if grad.is_cuda else cpu_attention
        grads = backend.attention_backward(
            ctx.matrix, grad, out, source, of_source, of_target, row_max, inverse_sum, ctx.slope
        )
        return None, *grads, None


class _MixedScores(Function):
    @staticmethod
    def forward(
        ctx: Any, matrix: CSR, source: Tensor, target: Tensor, weight: Tensor, slope: float
    ) -> Tensor:
        ctx.matrix, ctx.slope = matrix, slope
        ctx.save_for_backward(source, target, weight)
        return cpu_attention.mixed_scores_forward(matrix, source, target, weight, slope)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[None, Tensor, Tensor, Tensor, None]:  # type: ignore[override]
        source, target, weight = ctx.saved_tensors
        grads = cpu_attention.mixed_scores_backward(
            ctx.matrix, grad, source, target, weight, ctx.slope
        )
        return None, *grads, None
