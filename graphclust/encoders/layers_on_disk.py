"""Layers of messages over a graph on disk, a block of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from graphclust.encoders.in_blocks import stacked
from graphclust.encoders.messages import Messages
from graphclust.ondisk import StoredRows
from graphclust.sparse import CSR, StreamedCSR

if TYPE_CHECKING:
    from graphclust.encoders.layered import Layered

# What the neighbours of a block's rows sent takes at most this share of the memory.
_SHARE = 8

Kept = Tensor | StoredRows


@torch.no_grad()
def layers_on_disk(encoder: Layered, x: Kept, adj: StreamedCSR) -> Kept:
    """Return what :meth:`Layered.layer_by_layer` does, of a graph on disk.

    Notes
    -----
    What nodes send and give is kept in memory where it takes at most a quarter of what is
    allowed, else on disk; of what is on disk, a block of rows reads what its neighbours sent.
    """
    matrix = encoder.matrix(adj)
    assert isinstance(matrix, StreamedCSR)
    h = x
    for index in range(encoder.hops):
        sent = _Sent(encoder, index, h, matrix)
        h = stacked(_outputs(encoder, index, h, sent, matrix), matrix)
    return h


class _Sent:
    """What all nodes send in a layer, each part as a table of its own."""

    def __init__(self, encoder: Layered, index: int, h: Kept, matrix: StreamedCSR) -> None:
        n, step = matrix.shape[0], _rows_of_block(encoder, h, matrix)
        first = encoder.message(index, h[0:1], few=False)
        self.as_they_are, self.shapes = first.as_they_are, [p.shape[1:] for p in first.parts]
        if self.as_they_are and len(first.parts) == 1:
            self.parts = [h]
            return

        def part(number: int) -> Iterator[tuple[int, Tensor]]:
            for start in range(0, n, step):
                found = encoder.message(index, h[start : start + step], few=False)
                yield start, found.parts[number].flatten(1)

        self.parts = [stacked(part(i), matrix) for i in range(len(self.shapes))]

    @property
    def width(self) -> int:
        """Numbers that a node sends."""
        return sum(int(part.shape[1]) for part in self.parts)

    def __getitem__(self, nodes: Tensor) -> Messages:
        return Messages(
            tuple(
                part[nodes].view(-1, *shape)
                for part, shape in zip(self.parts, self.shapes, strict=True)
            ),
            self.as_they_are,
        )


def _rows_of_block(encoder: Layered, h: Kept, matrix: StreamedCSR) -> int:
    width = int(h.shape[1]) + 4 * max(encoder.widths)
    return max(1, matrix.memory // _SHARE // (4 * width))


def _outputs(
    encoder: Layered, index: int, h: Kept, sent: _Sent, matrix: StreamedCSR
) -> Iterator[tuple[int, Tensor]]:
    entries = max(1, matrix.memory // _SHARE // (4 * sent.width))
    most = _rows_of_block(encoder, h, matrix)
    for first, block in matrix.pieces(entries):
        for start in range(0, block.shape[0], most):
            rows = block.slice_rows(start, min(start + most, block.shape[0]))
            begin = first + start
            own = torch.arange(begin, begin + rows.shape[0], device=matrix.device)
            near = torch.unique(torch.cat([own, rows.col.long()]))  # type: ignore[no-untyped-call]
            place = torch.searchsorted(near, rows.col.long()).to(rows.col.dtype)
            local = CSR(rows.rowptr, place, rows.weight, (rows.shape[0], near.numel()))
            here = int(torch.searchsorted(near, begin))
            said = sent[near]
            mine = said.rows(here, here + rows.shape[0])
            h_own = h[begin : begin + rows.shape[0]]
            yield begin, encoder.update(index, h_own, mine, said, local, None)
