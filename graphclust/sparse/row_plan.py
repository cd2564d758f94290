"""How the rows of a matrix are dealt to the programs of a GPU, so that none waits for a hub."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from graphclust.sparse.csr import CSR

# A program takes several rows of at most SHORT entries, a whole longer row, or a piece of a hub:
# a row of more than CHUNK entries, whose pieces are added up afterwards.
SHORT = 32
FLIGHT = 4
CHUNK = 1024


class Tasks(NamedTuple):
    """Ranges of entries, each summed by one program.

    Attributes
    ----------
    first, last : Tensor of int64, shape (t,)
        The range; ``last`` is not in it.
    row : Tensor of int64, shape (t,)
        The row that the entries belong to.
    place : Tensor of int64, shape (t,)
        Where the sum goes: the row, or the piece's number.
    """

    first: Tensor
    last: Tensor
    row: Tensor
    place: Tensor

    def __len__(self) -> int:
        """Count the tasks."""
        return int(self.first.numel())


@dataclass(frozen=True)
class RowPlan:
    """Rows by their length; see :func:`row_plan`.

    Attributes
    ----------
    short : Tensor of int, shape (s,)
        Rows of at most ``SHORT`` entries, empty ones too, those of like length side by side.
    whole : Tasks
        Longer rows, of at most ``CHUNK`` entries.
    hubs : Tasks
        Rows beyond that, whole.
    pieces : Tasks
        The hubs in pieces of ``CHUNK`` entries; a piece's place is its number.
    joins : Tasks
        For each hub the range of its pieces' numbers.
    """

    short: Tensor
    whole: Tasks
    hubs: Tasks
    pieces: Tasks
    joins: Tasks


def row_plan(matrix: CSR) -> RowPlan:
    """Return the plan of a matrix, made on first use and kept with it. Cost O(n_rows)."""
    return matrix._once("row_plan", lambda: _make(matrix))


def _make(matrix: CSR) -> RowPlan:
    counts = matrix.counts
    rows = (counts <= SHORT).nonzero().flatten()
    # The rows of one program run as long as its longest, in steps of FLIGHT entries. Among rows
    # of as many steps the order of the nodes stays: neighbours share what is in the cache.
    steps = ((counts[rows] + FLIGHT - 1) // FLIGHT).to(torch.uint8)
    short = rows[torch.argsort(steps, stable=True)].to(matrix.col.dtype)
    whole = _rows(matrix, ((counts > SHORT) & (counts <= CHUNK)).nonzero().flatten())
    hubs = _rows(matrix, (counts > CHUNK).nonzero().flatten())

    n_pieces = (hubs.last - hubs.first + CHUNK - 1) // CHUNK
    ends = n_pieces.cumsum(0)
    starts = ends - n_pieces
    number = torch.arange(int(n_pieces.sum()), device=matrix.device)
    hub = torch.repeat_interleave(n_pieces, output_size=number.numel())
    first = hubs.first[hub] + (number - starts[hub]) * CHUNK
    last = torch.minimum(first + CHUNK, hubs.last[hub])
    pieces = Tasks(first, last, hubs.row[hub], number)
    return RowPlan(short, whole, hubs, pieces, Tasks(starts, ends, hubs.row, hubs.row))


def _rows(matrix: CSR, rows: Tensor) -> Tasks:
    pointers = matrix.rowptr
    return Tasks(pointers[rows].long(), pointers[rows + 1].long(), rows, rows)
