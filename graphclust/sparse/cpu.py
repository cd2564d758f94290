"""Sparse products on the CPU.

``embedding_bag`` with offsets and per-sample weights is a CSR product: it gathers rows, scales
and sums them in one pass with vector instructions, and needs no temporary of the size of the
edges. It must never enter autograd itself (its own backward is slow): the front differentiates.
"""

from __future__ import annotations

import warnings
from itertools import pairwise

import torch
from torch import Tensor

from graphclust.sparse import large_pages
from graphclust.sparse.blocks import row_blocks
from graphclust.sparse.csr import CSR
from graphclust.sparse.finish import finished

_SUM = 0  # what embedding_bag calls mode="sum" below its functional form
# Bytes of a block of rows for each thread, where a product is made in blocks.
_BLOCK = 1 << 22
# torch announces once a process that its CSR tensors are in beta; made here, the announcement
# does not reach a user who never asked for one.
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    torch.sparse_csr_tensor([0, 0], [], [], (1, 1), dtype=torch.float32, check_invariants=False)


def spmm(
    matrix: CSR,
    x: Tensor,
    weight: Tensor | None,
    bias: Tensor | None = None,
    slope: float | None = None,
) -> Tensor:
    """Return the product of ``matrix`` (with the given values) and a dense ``x`` (n_cols, d).

    ``bias`` and ``slope`` are as :func:`~graphclust.sparse.finish.finished` takes them.
    """
    if matrix.nnz == 0 or x.shape[1] == 0:
        return finished(x.new_zeros(matrix.shape[0], x.shape[1]), bias, slope)
    size = matrix.shape[0] * x.shape[1] * x.element_size()
    with torch.no_grad():
        x = x.contiguous()
        values = None if weight is None else weight.to(x.dtype).contiguous()
        if size >= large_pages.LARGE and large_pages.are_kept():
            return _on_large_pages(matrix, x, values, bias, slope)
        return finished(_bags(matrix.rowptr, matrix.col, x, values), bias, slope)


def _bags(offsets: Tensor, col: Tensor, x: Tensor, values: Tensor | None) -> Tensor:
    # torch.nn.functional's form looks at its arguments longer than a small product takes.
    return torch.embedding_bag(
        x, col, offsets, mode=_SUM, per_sample_weights=values, include_last_offset=True
    )[0]


def _on_large_pages(
    matrix: CSR, x: Tensor, values: Tensor | None, bias: Tensor | None, slope: float | None
) -> Tensor:
    """Return the same product, to the bit, by blocks of rows that are copied to large pages.

    A block comes from memory that the allocator keeps, and is finished and copied while it is in
    the cache.
    """
    n, rowptr = matrix.shape[0], matrix.rowptr
    out = large_pages.new_empty(x, n, x.shape[1])
    step = max(1, torch.get_num_threads() * _BLOCK // (x.shape[1] * x.element_size()))
    starts = [*range(0, n, step), n]
    for i, j in pairwise(starts):
        entries = slice(int(rowptr[i]), int(rowptr[j]))
        part = None if values is None else values[entries]
        block = _bags(rowptr[i : j + 1] - rowptr[i], matrix.col[entries], x, part)
        out[i:j] = finished(block, bias, slope)
    return out


@torch.no_grad()
def spmm_heads(matrix: CSR, x: Tensor, weight: Tensor) -> Tensor:
    """Return the products of (n_cols, heads, d) with values of their own, (nnz, heads)."""
    heads, d = x.shape[1:]
    if matrix.nnz == 0 or d == 0:
        return x.new_zeros(matrix.shape[0], heads, d)
    table, out = x.reshape(-1, d), x.new_empty(matrix.shape[0], heads, d)
    for block in row_blocks(matrix, heads):
        values = weight[block.entries].T.reshape(-1).to(x.dtype)
        out[block.rows] = block.node_rows(block.weighted_sum(block.index, table, values))
    return out


@torch.no_grad()
def sddmm(matrix: CSR, a: Tensor, b: Tensor) -> Tensor:
    """Return the inner products of rows of ``a`` and ``b`` for every entry, and head if any."""
    if matrix.nnz == 0 or a.shape[-1] == 0:
        return a.new_zeros(matrix.nnz, *a.shape[1:-1])
    if a.dim() == 2:
        return entry_dots(matrix.rowptr, matrix.col, a, b)
    heads, d = a.shape[1:]
    table, out = b.reshape(-1, d), a.new_empty(matrix.nnz, heads)
    for block in row_blocks(matrix, heads):
        dots = entry_dots(block.head_offsets, block.index, block.head_rows(a), table)
        out[block.entries] = dots.view(heads, -1).T
    return out


def entry_dots(offsets: Tensor, col: Tensor, a: Tensor, b: Tensor) -> Tensor:
    r"""Return :math:`\langle a_i, b_j \rangle` for entries of compressed rows, shape (nnz,)."""
    if a.dtype in (torch.float16, torch.bfloat16):
        return entry_dots(offsets, col, a.float(), b.float()).to(a.dtype)
    # The values are scaled by beta even where it is 0, so they must be finite.
    pattern = torch.sparse_csr_tensor(
        offsets, col, a.new_zeros(col.numel()), (a.shape[0], b.shape[0]), check_invariants=False
    )
    dots: Tensor = torch.sparse.sampled_addmm(pattern, a, b.T, beta=0.0).values()
    return dots
