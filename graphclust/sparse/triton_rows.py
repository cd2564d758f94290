r"""Kernels that sum the rows of a matrix; :mod:`~graphclust.sparse.triton_spmm` launches them.

Both hold as many rows, or lanes of one long row, as give every thread 16 bytes of features, and
load the features of four entries a lane before they use the first: a product waits for memory,
so what counts is how many loads are under way.
"""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def leaky_relu(score, slope):
    """Return the score, times the slope where it is negative."""
    return tl.where(score > 0, score, score * slope)


@triton.jit
def column_of(col, entry, inside):
    """Return an entry's column, in 64 bits: it becomes an address."""
    if col is None:
        return tl.where(inside, entry, 0)
    else:  # Triton compiles what follows a return all the same
        return tl.load(col + entry, mask=inside, other=0).to(tl.int64)


@triton.jit
def gather(x, column, stride, feature, width, EVEN: tl.constexpr):
    """Load the columns' rows of features, shape (columns, features).

    A column stands for entries outside, too: loads under a mask wait for one another.
    """
    where = x + column[:, None] * stride + feature[None, :]
    if EVEN:
        return tl.load(where)
    else:
        return tl.load(where, mask=(feature < width)[None, :], other=0.0)


@triton.jit
def _weigh(entry, column, inside, weight, right, of_source, heads, target, top, slope, SUM):
    """Return what an entry's row of x is multiplied by."""
    out = tl.where(inside, 1.0, 0.0).to(SUM)
    if weight is not None:
        out *= tl.load(weight + entry * heads, mask=inside, other=0.0).to(SUM)
    if right is not None:
        out *= tl.load(right + column, mask=inside, other=0.0).to(SUM)
    if of_source is not None:
        score = tl.load(of_source + column * heads, mask=inside, other=0.0).to(SUM) + target
        out = tl.where(inside, tl.exp(leaky_relu(score, slope) - top), 0.0)
    return out


@triton.jit
def _add_four(
    total, entry, step, last, col, x, stride, feature, width,
    weight, right, of_source, heads, target, top, slope, EVEN: tl.constexpr, SUM: tl.constexpr,
):  # fmt: skip
    """Add the weighted rows of four entries a lane, all of them loaded before the first is used."""
    e1, e2, e3 = entry + step, entry + 2 * step, entry + 3 * step
    i0, i1, i2, i3 = entry < last, e1 < last, e2 < last, e3 < last
    c0, c1 = column_of(col, entry, i0), column_of(col, e1, i1)
    c2, c3 = column_of(col, e2, i2), column_of(col, e3, i3)
    v0 = gather(x, c0, stride, feature, width, EVEN)
    v1 = gather(x, c1, stride, feature, width, EVEN)
    v2 = gather(x, c2, stride, feature, width, EVEN)
    v3 = gather(x, c3, stride, feature, width, EVEN)
    w0 = _weigh(entry, c0, i0, weight, right, of_source, heads, target, top, slope, SUM)
    w1 = _weigh(e1, c1, i1, weight, right, of_source, heads, target, top, slope, SUM)
    w2 = _weigh(e2, c2, i2, weight, right, of_source, heads, target, top, slope, SUM)
    w3 = _weigh(e3, c3, i3, weight, right, of_source, heads, target, top, slope, SUM)
    total += w0[:, None] * tl.where(i0[:, None], v0.to(SUM), 0.0)
    total += w1[:, None] * tl.where(i1[:, None], v1.to(SUM), 0.0)
    total += w2[:, None] * tl.where(i2[:, None], v2.to(SUM), 0.0)
    total += w3[:, None] * tl.where(i3[:, None], v3.to(SUM), 0.0)
    return total


@triton.jit
def packed_rows(
    rows, n_listed, rowptr, col, x, stride, out,
    left, weight, right, of_source, of_target, row_max, slope, heads, width,
    ROWS: tl.constexpr, TILE: tl.constexpr, EVEN: tl.constexpr, SUM: tl.constexpr,
):  # fmt: skip
    """Sum several short rows, each in threads of its own."""
    place = tl.program_id(0).to(tl.int64) * ROWS + tl.arange(0, ROWS)
    listed = place < n_listed
    row = tl.load(rows + place, mask=listed, other=0).to(tl.int64)
    first = tl.load(rowptr + row, mask=listed, other=0).to(tl.int64)
    last = tl.load(rowptr + row + 1, mask=listed, other=0).to(tl.int64)
    tiles = tl.cdiv(width, TILE)
    head = tl.program_id(1) // tiles
    feature = (tl.program_id(1) % tiles) * TILE + tl.arange(0, TILE)
    target = tl.zeros([ROWS], dtype=SUM)
    top = target
    if weight is not None:
        weight += head
    if of_source is not None:
        of_source += head
        target = tl.load(of_target + row * heads + head, mask=listed, other=0.0).to(SUM)
        top = tl.load(row_max + row * heads + head, mask=listed, other=0.0)
    total = tl.zeros([ROWS, TILE], dtype=SUM)
    for k in range(0, tl.max((last - first).to(tl.int32), axis=0), 4):
        total = _add_four(
            total, first + k, 1, last, col, x + head * width, stride, feature, width,
            weight, right, of_source, heads, target, top, slope, EVEN, SUM,
        )  # fmt: skip
    if left is not None:
        total *= tl.load(left + row * heads + head, mask=listed, other=0.0).to(SUM)[:, None]
    where = out + (row * heads + head)[:, None] * width + feature[None, :]
    tl.store(where, total, mask=listed[:, None] & (feature < width)[None, :])


@triton.jit
def split_rows(
    first, last, owner, place, col, x, stride, out,
    left, weight, right, of_source, of_target, row_max, slope, heads, width,
    ROWS: tl.constexpr, TILE: tl.constexpr, EVEN: tl.constexpr, SUM: tl.constexpr,
):  # fmt: skip
    """Sum one range of entries in as many lanes as another program has rows."""
    task = tl.program_id(0)
    row = tl.load(owner + task)
    tiles = tl.cdiv(width, TILE)
    head = tl.program_id(1) // tiles
    feature = (tl.program_id(1) % tiles) * TILE + tl.arange(0, TILE)
    target = tl.zeros([1], dtype=SUM)
    top = target
    if weight is not None:
        weight += head
    if of_source is not None:
        of_source += head
        target += tl.load(of_target + row * heads + head).to(SUM)
        top += tl.load(row_max + row * heads + head)
    total = tl.zeros([ROWS, TILE], dtype=SUM)
    end = tl.load(last + task)
    for start in range(tl.load(first + task), end, 4 * ROWS):
        total = _add_four(
            total, start + tl.arange(0, ROWS), ROWS, end, col, x + head * width, stride,
            feature, width, weight, right, of_source, heads, target, top, slope, EVEN, SUM,
        )  # fmt: skip
    result = tl.sum(total, axis=0)
    if left is not None:
        result *= tl.load(left + row * heads + head).to(SUM)
    where = out + (tl.load(place + task) * heads + head) * width + feature
    tl.store(where, result, mask=feature < width)
