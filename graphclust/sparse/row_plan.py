"""How the rows of a matrix are dealt to the programs of a GPU, so that none waits for a hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from torch import Tensor

from graphclust.sparse.csr import CSR
from graphclust.sparse.triton_launch import Shared, share

# A program takes several rows of at most SHORT entries, a whole longer row, or a piece of a hub:
# a row of more than CHUNK entries, whose pieces are added up by the program that is done last.
SHORT = 32
FLIGHT = 4
CHUNK = 512
# Entries times features under which a launch takes longer than what it launches.
TOGETHER = 1 << 28
# What the programs of a launch take.
BOTH, TASKS, ROWS = range(3)


class Tasks(NamedTuple):
    """Ranges of entries, each summed by one program.

    Attributes
    ----------
    first, last : Tensor of int64, shape (t,)
        The range; ``last`` is not in it.
    row : Tensor of int64, shape (t,)
        The row that the entries belong to.
    place : Tensor of int64, shape (t,)
        Where the sum goes: the row, or for a piece its hub's number.
    """

    first: Tensor
    last: Tensor
    row: Tensor
    place: Tensor

    def __len__(self) -> int:
        """Count the tasks."""
        return int(self.first.numel())


class Launch(NamedTuple):
    """Programs of which the first so many take a long task each, and the others short rows.

    Attributes
    ----------
    programs : int
    kind : int
        ``BOTH``, ``TASKS`` or ``ROWS``.
    given : Shared
        What kernels know of the plan: first, last, row and place of the long tasks, first and last
        of the joins, how many long tasks and how many pieces there are, the short rows and how
        many, and the matrix's row pointers.
    """

    programs: int
    kind: int
    given: Shared


@dataclass(frozen=True)
class RowPlan:
    """Rows by their length; see :func:`row_plan`.

    Attributes
    ----------
    short : Tensor of int, shape (s,)
        Rows of at most ``SHORT`` entries, empty ones too, those of like length side by side.
    long : Tasks
        The hubs (rows of more than ``CHUNK`` entries) in pieces of ``CHUNK``, then the other rows
        that are not short, whole. A piece's place is its hub's number, a row's place the row.
    n_pieces : int
        How many of ``long`` are pieces.
    joins : Tasks
        For each hub the range of its pieces among ``long``.
    unsplit : Tasks
        Hubs and other long rows, all of them whole.
    rowptr : Tensor of int, shape (n_rows + 1,)
        The matrix's.
    """

    short: Tensor
    long: Tasks
    n_pieces: int
    joins: Tasks
    unsplit: Tasks
    rowptr: Tensor
    _launches: dict[tuple[int, bool], list[Launch]] = field(default_factory=dict)
    _done: dict[tuple[int, int], Tensor] = field(default_factory=dict)

    def launches(self, lanes: int, work: int) -> list[Launch]:
        """Return how many programs to launch, of which kinds, and the rows that they take.

        Long and short rows go together if there is little ``work`` (entries times features); else
        one after the other, for which the compiler makes better code.
        """
        key = lanes, work < TOGETHER
        if key not in self._launches:
            self._launches[key] = [*self._make_launches(*key)]
        return self._launches[key]

    def none_done(self, programs: int) -> Tensor:
        """Return a count for each hub and program of the pieces that are done: zeros.

        Kernels put the zeros back, so that they are written once for a stream, whose kernels run
        one after another.
        """
        size = len(self.joins) * programs
        key = _stream(self.rowptr), size
        if key not in self._done:
            self._done[key] = self.rowptr.new_zeros(size, dtype=torch.int32)
        return self._done[key]

    def _make_launches(self, lanes: int, together: bool) -> Iterator[Launch]:
        n_long, n_short = len(self.long), self.short.numel()
        of_short = -(-n_short // lanes)
        given = share(
            *self.long, self.joins.first, self.joins.last, n_long, self.n_pieces,
            self.short, n_short, self.rowptr,
        )  # fmt: skip
        if n_long and n_short and together:
            yield Launch(n_long + of_short, BOTH, given)
            return
        if n_long:
            yield Launch(n_long, TASKS, given)
        if n_short:
            yield Launch(of_short, ROWS, given)


def row_plan(matrix: CSR) -> RowPlan:
    """Return the plan of a matrix, made on first use and kept with it. Cost O(n_rows)."""
    return matrix.once_a_pattern("row_plan", lambda: _make(matrix))


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
    pieces = Tasks(first, last, hubs.row[hub], hub)
    joins = Tasks(starts, ends, hubs.row, hubs.row)
    return RowPlan(
        short, _join(pieces, whole), len(pieces), joins, _join(hubs, whole), matrix.rowptr
    )


def _rows(matrix: CSR, rows: Tensor) -> Tasks:
    pointers = matrix.rowptr
    return Tasks(pointers[rows].long(), pointers[rows + 1].long(), rows, rows)


def _join(some: Tasks, others: Tasks) -> Tasks:
    return Tasks(*(torch.cat(pair) for pair in zip(some, others, strict=True)))


def _stream(x: Tensor) -> int:
    """Return the handle of the stream that work on ``x`` waits in."""
    return torch.cuda.current_stream(x.device).cuda_stream if x.is_cuda else 0
