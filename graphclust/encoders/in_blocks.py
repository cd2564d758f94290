"""Encoders and transforms applied to rows on disk, in as much memory as is allowed.

A map that treats rows one by one is applied to blocks of rows; one that mixes rows but treats
columns alike (every polynomial of the adjacency does) is applied to blocks of columns, with the
entries of the adjacency streamed past each. A result that takes at most a quarter of the allowed
memory is kept there, so that what comes after it works as on any graph; others go to disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.ondisk import ComputedRows, StoredRows, scratch_rows, size_words
from graphclust.sparse import CSR, StreamedCSR

# How a map splits: it is the identity, goes by rows, by columns, or needs the whole matrix.
Splits = Literal["same", "rows", "columns", "whole"]

# Arrays of the width of a block of columns that a filter has at a time: the columns, their
# scaled form, the product, the sum over depths, and two that come and go.
_ARRAYS = 6
_SHARE_OF_COLUMNS = 2
_SHARE_OF_RESULT = 4


def applied(module: Any, x: Any, adj: CSR) -> Any:
    """Return ``module(x, adj)``, in blocks where the rows or the adjacency are on disk.

    Parameters
    ----------
    module : Encoder or Transform
    x : Tensor, CSR, StoredRows or ComputedRows, shape (n, f)
    adj : CSR, shape (n, n)

    Returns
    -------
    Tensor, CSR, StoredRows or ComputedRows
        Rows on disk only where they are too large for the allowed memory; computed rows stay
        computed where the map treats rows one by one.

    Raises
    ------
    InputError
        If the map needs the whole matrix at once, or the memory does not hold a single column.
    """
    if isinstance(x, ComputedRows):
        # A map that mixes rows is given all of them at once, see Network.embed.
        assert module.splits == "rows"
        return x.then(module.width(*reversed(x.shape)), lambda block: module(block, adj))
    on_disk = isinstance(x, StoredRows)
    if not on_disk and not (isinstance(adj, StreamedCSR) and module.splits == "columns"):
        return module(x, adj)
    if module.splits == "same":
        return x
    if module.splits == "columns":
        return by_columns(module, x, adj)
    if module.splits == "rows":
        return by_rows(lambda block: module(block, adj), x)
    raise refusal(module)


def refusal(module: Any) -> InputError:
    """Return the error for a part of a network that does not work on a graph on disk."""
    return InputError(
        f"{module.name} ({module.kind}) needs the whole graph in memory, and the store is larger "
        "than what is allowed: allow more by --memory (memory= of open_store), or choose a method "
        "that reads a store in blocks, such as default or ssgc"
    )


def by_rows(function: Any, x: StoredRows) -> Tensor | StoredRows:
    """Return ``function`` of every block of rows, one under the other."""
    return stacked(((start, function(block)) for start, block in x.blocks()), x)


def all_rows(x: ComputedRows, adj: CSR) -> Tensor | StoredRows:
    """Return computed rows as they are kept: in memory, or on disk with the adjacency."""
    if not isinstance(adj, StreamedCSR):
        return x.tensor()
    return stacked(x.blocks(), adj)


def by_columns(function: Any, x: Tensor | StoredRows, adj: CSR) -> Tensor | StoredRows:
    """Return ``function(columns, adj)`` of every block of columns, side by side.

    Raises
    ------
    InputError
        If the memory does not hold a single column.
    """
    place = x if isinstance(x, StoredRows) else adj
    assert isinstance(place, StoredRows | StreamedCSR)
    n, f = int(x.shape[0]), int(x.shape[1])
    column = 4 * n * _ARRAYS * _SHARE_OF_COLUMNS
    width = min(f, place.memory // column)
    if width < 1:
        raise InputError(
            f"{size_words(place.memory)} of memory do not hold a column of {n} nodes: allow "
            f"{size_words(column)} at least by --memory (memory= of open_store)"
        )
    if isinstance(x, StoredRows):
        x = x.in_panels(width)
        width = x.panel
    out = _target(n, f, place, width)
    for first, block in _column_blocks(x, width):
        part = function(block, adj)
        del block
        if isinstance(out, StoredRows):
            out.write_columns(first, part)
        else:
            out[:, first : first + part.shape[1]] = part
    return out


def _column_blocks(x: Tensor | StoredRows, width: int) -> Iterator[tuple[int, Tensor]]:
    if isinstance(x, StoredRows):
        yield from x.column_blocks()
        return
    for first in range(0, x.shape[1], width):
        yield first, x[:, first : first + width].contiguous()


def stacked(
    blocks: Iterator[tuple[int, Tensor]], place: StoredRows | StreamedCSR
) -> Tensor | StoredRows:
    """Return blocks of rows one under the other, in the memory or folder of ``place``."""
    out: Tensor | StoredRows | None = None
    for start, part in blocks:
        if out is None:
            out = _target(place.shape[0], int(part.shape[1]), place)
        if isinstance(out, StoredRows):
            out.write(start, part)
        else:
            out[start : start + part.shape[0]] = part
    assert out is not None
    return out


def _target(
    n: int, width: int, place: StoredRows | StreamedCSR, panel: int | None = None
) -> Tensor | StoredRows:
    """Return room for a result: in memory where it takes a small share of it, else on disk."""
    if 4 * n * width * _SHARE_OF_RESULT <= place.memory:
        return torch.empty(n, width, device=place.device)
    return scratch_rows((n, width), place.memory, place.folder, panel).to(place.device)
