r"""The kernel that sums the rows of a matrix; :mod:`~graphclust.sparse.triton_spmm` launches it.

A program holds as many short rows, or lanes of one long row, as give every thread 16 bytes of
features, and loads the features of four entries a lane before it uses the first: a product waits
for memory, so what counts is how many loads are under way. Long and short rows go in one launch,
the long ones first: on a small graph a launch takes longer than its work.
"""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def leaky_relu(score, SLOPE: tl.constexpr):
    """Return the score, times the slope where it is negative.

    The slope is a constant, for a number that is passed has 32 bits, even beside doubles.
    """
    return tl.where(score > 0, score, score * SLOPE)


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
def _weigh(
    entry, column, inside, weight, right, of_source, heads, target, top, SLOPE: tl.constexpr, SUM
):
    """Return what an entry's row of x is multiplied by."""
    out = tl.where(inside, 1.0, 0.0).to(SUM)
    if weight is not None:
        out *= tl.load(weight + entry * heads, mask=inside, other=0.0).to(SUM)
    if right is not None:
        out *= tl.load(right + column, mask=inside, other=0.0).to(SUM)
    if of_source is not None:
        score = tl.load(of_source + column * heads, mask=inside, other=0.0).to(SUM) + target
        out = tl.where(inside, tl.exp(leaky_relu(score, SLOPE) - top), 0.0)
    return out


@triton.jit
def _add_four(
    total, entry, step, last, col, x, stride, feature, width,
    weight, right, of_source, heads, target, top, SLOPE: tl.constexpr, EVEN: tl.constexpr,
    SUM: tl.constexpr,
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
    w0 = _weigh(entry, c0, i0, weight, right, of_source, heads, target, top, SLOPE, SUM)
    w1 = _weigh(e1, c1, i1, weight, right, of_source, heads, target, top, SLOPE, SUM)
    w2 = _weigh(e2, c2, i2, weight, right, of_source, heads, target, top, SLOPE, SUM)
    w3 = _weigh(e3, c3, i3, weight, right, of_source, heads, target, top, SLOPE, SUM)
    total += w0[:, None] * tl.where(i0[:, None], v0.to(SUM), 0.0)
    total += w1[:, None] * tl.where(i1[:, None], v1.to(SUM), 0.0)
    total += w2[:, None] * tl.where(i2[:, None], v2.to(SUM), 0.0)
    total += w3[:, None] * tl.where(i3[:, None], v3.to(SUM), 0.0)
    return total


@triton.jit
def _shared(task, first, last, owner, LANES: tl.constexpr):
    row = tl.load(owner + task) + tl.zeros([LANES], dtype=tl.int64)
    end = tl.load(last + task) + tl.zeros([LANES], dtype=tl.int64)
    return row, tl.load(first + task) + tl.arange(0, LANES), end


@triton.jit
def _own(task, rows, n_listed, rowptr, LANES: tl.constexpr):
    place = task.to(tl.int64) * LANES + tl.arange(0, LANES)
    listed = place < n_listed
    row = tl.load(rows + place, mask=listed, other=0).to(tl.int64)
    entry = tl.load(rowptr + row, mask=listed, other=0).to(tl.int64)
    end = tl.load(rowptr + row + 1, mask=listed, other=0).to(tl.int64)
    return tl.where(listed, row, -1), entry, end


@triton.jit
def lanes_of(
    task, first, last, owner, n_long, rows, n_listed, rowptr,
    KIND: tl.constexpr, LANES: tl.constexpr,
):  # fmt: skip
    """Return each lane's row (-1 for none), its first entry, and where its entries end.

    The first ``n_long`` programs take a task each, whose entries the lanes share; the others take
    a short row a lane. Where all are of one kind (1: tasks, 2: rows) the compiler knows.
    """
    if KIND == 0:
        if task < n_long:
            row, entry, end = _shared(task, first, last, owner, LANES)
        else:
            row, entry, end = _own(task - n_long, rows, n_listed, rowptr, LANES)
    elif KIND == 1:
        row, entry, end = _shared(task, first, last, owner, LANES)
    else:
        row, entry, end = _own(task, rows, n_listed, rowptr, LANES)
    return row, entry, end


@triton.jit
def _store_row(result, at, feature, width, left, bias, out, BEND: tl.constexpr):
    """Store a sum to its row (and head), scaled, moved and bent."""
    if left is not None:
        result *= tl.load(left + at).to(result.dtype)
    if bias is not None:
        result += tl.load(bias + feature, mask=feature < width, other=0.0).to(result.dtype)
    if BEND != 1.0:
        result = leaky_relu(result, BEND)
    tl.store(out + at * width + feature, result, mask=feature < width)


@triton.jit
def _store_shared(
    total, task, owner, place, n_pieces, head, heads, feature, width, left, bias, out,
    partial, joined_from, joined_to, done, LANES: tl.constexpr, BEND: tl.constexpr,
):  # fmt: skip
    """Store the sum of all lanes to its row, or to a piece of it; the last piece done joins them.

    What is counted atomically is how many pieces are done, not what they hold: these are added in
    one order whoever is last. They are read past the processor's own cache, which others do not
    write to.
    """
    result = tl.sum(total, axis=0)
    if task < n_pieces:
        if partial is not None:
            tl.store(
                partial + (task.to(tl.int64) * heads + head) * width + feature,
                result,
                mask=feature < width,
            )
            tl.debug_barrier()  # all of it is stored before it counts as done
            hub = tl.load(place + task)
            first, last = tl.load(joined_from + hub), tl.load(joined_to + hub)
            before = tl.atomic_add(done + hub * tl.num_programs(1) + tl.program_id(1), 1)
            if before == last - first - 1:
                joined = tl.zeros_like(total)
                for number in range(first, last, LANES):
                    piece = number + tl.arange(0, LANES)
                    at = (piece * heads + head) * width
                    there = (piece < last)[:, None] & (feature < width)[None, :]
                    where = partial + at[:, None] + feature[None, :]
                    joined += tl.load(where, mask=there, other=0.0, cache_modifier=".cg")
                tl.store(done + hub * tl.num_programs(1) + tl.program_id(1), 0)
                to = tl.load(owner + task) * heads + head
                _store_row(tl.sum(joined, axis=0), to, feature, width, left, bias, out, BEND)
    else:
        to = tl.load(place + task) * heads + head
        _store_row(result, to, feature, width, left, bias, out, BEND)


@triton.jit
def _store_own(total, row, head, heads, feature, width, left, bias, out, BEND: tl.constexpr):
    """Store each lane's sum to its row, scaled, moved and bent."""
    at, listed = row * heads + head, row >= 0
    if left is not None:
        total *= tl.load(left + at, mask=listed, other=0.0).to(total.dtype)[:, None]
    if bias is not None:
        moved = tl.load(bias + feature, mask=feature < width, other=0.0).to(total.dtype)
        total += moved[None, :]
    if BEND != 1.0:
        total = leaky_relu(total, BEND)
    where = out + at[:, None] * width + feature[None, :]
    tl.store(where, total, mask=listed[:, None] & (feature < width)[None, :])


@triton.jit
def store_sums(
    total, task, n_long, row, owner, place, n_pieces, head, heads, feature, width, left, bias, out,
    partial, joined_from, joined_to, done, KIND: tl.constexpr, LANES: tl.constexpr,
    BEND: tl.constexpr,
):  # fmt: skip
    """Store the sums of lanes that :func:`lanes_of` dealt out.

    They are multiplied by ``left`` of their row, ``bias`` is added (one for all heads), and what
    is negative then is multiplied by BEND.
    """
    if KIND == 0:
        if task < n_long:
            _store_shared(
                total, task, owner, place, n_pieces, head, heads, feature, width, left, bias, out,
                partial, joined_from, joined_to, done, LANES, BEND,
            )  # fmt: skip
        else:
            _store_own(total, row, head, heads, feature, width, left, bias, out, BEND)
    elif KIND == 1:
        _store_shared(
            total, task, owner, place, n_pieces, head, heads, feature, width, left, bias, out,
            partial, joined_from, joined_to, done, LANES, BEND,
        )  # fmt: skip
    else:
        _store_own(total, row, head, heads, feature, width, left, bias, out, BEND)


@triton.jit
def sum_tasks(
    first, last, owner, place, joined_from, joined_to, n_long, n_pieces, rows, n_listed, rowptr,
    col, x, stride, out, partial, done,
    left, bias, weight, right, of_source, of_target, row_max, heads, width,
    SLOPE: tl.constexpr, BEND: tl.constexpr, KIND: tl.constexpr,
    ROWS: tl.constexpr, TILE: tl.constexpr, EVEN: tl.constexpr, SUM: tl.constexpr,
):  # fmt: skip
    """Sum one long range of entries in all lanes, or a short row in each."""
    task = tl.program_id(0)
    row, entry, end = lanes_of(task, first, last, owner, n_long, rows, n_listed, rowptr, KIND, ROWS)
    listed = row >= 0
    tiles = tl.cdiv(width, TILE)
    head = tl.program_id(1) // tiles
    feature = (tl.program_id(1) % tiles) * TILE + tl.arange(0, TILE)
    at = row * heads + head
    target = tl.zeros([ROWS], dtype=SUM)
    top = target
    if weight is not None:
        weight += head
    if of_source is not None:
        of_source += head
        target = tl.load(of_target + at, mask=listed, other=0.0).to(SUM)
        top = tl.load(row_max + at, mask=listed, other=0.0)
    total = tl.zeros([ROWS, TILE], dtype=SUM)
    if KIND == 1:
        # One end for all lanes is a number: a vector of it takes registers.
        stop = tl.load(last + task)
        for start in range(tl.load(first + task), stop, 4 * ROWS):
            total = _add_four(
                total, start + tl.arange(0, ROWS), ROWS, stop, col, x + head * width, stride,
                feature, width, weight, right, of_source, heads, target, top, SLOPE, EVEN, SUM,
            )  # fmt: skip
    else:
        step = 1
        if KIND == 0:
            step = tl.where(task < n_long, ROWS, 1)
        for k in range(0, tl.max(tl.cdiv(end - entry, step).to(tl.int32), axis=0), 4):
            total = _add_four(
                total, entry + k * step, step, end, col, x + head * width, stride,
                feature, width, weight, right, of_source, heads, target, top, SLOPE, EVEN, SUM,
            )  # fmt: skip
    store_sums(
        total, task, n_long, row, owner, place, n_pieces, head, heads, feature, width, left, bias,
        out, partial, joined_from, joined_to, done, KIND, ROWS, BEND,
    )  # fmt: skip
