"""The adjacency of many graphs side by side: block-diagonal, one block a graph."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor

from graphclust.sparse import CSR


class Blocks(CSR):
    """A block-diagonal adjacency that knows where each graph begins.

    Messages go along it as along any other adjacency, so that encoders need not know that there
    are many graphs; what pools nodes into graphs reads :attr:`members`.

    Attributes
    ----------
    ptr : Tensor of int64, shape (g + 1,)
        Graph i has the nodes ``ptr[i]`` to ``ptr[i + 1] - 1``; it may have none.
    edge_attr : Tensor of float32, shape (nnz, e), or None
        Features of every stored entry, both directions of an edge alike.
    """

    ptr: Tensor
    edge_attr: Tensor | None

    @classmethod
    def of(cls, matrix: CSR, ptr: Tensor, edge_attr: Tensor | None = None) -> Self:
        """Return a matrix of blocks as such; what the matrix has computed is computed anew."""
        out = cls(matrix.rowptr, matrix.col, matrix.weight, matrix.shape, matrix.symmetric)
        out.ptr, out.edge_attr = ptr, edge_attr
        return out

    @property
    def n_graphs(self) -> int:
        """Number of graphs."""
        return int(self.ptr.numel()) - 1

    @property
    def sizes(self) -> Tensor:
        """Number of nodes of each graph, int64, shape (g,)."""
        return self.once("sizes", lambda: self.ptr.diff())

    @property
    def graph_of(self) -> Tensor:
        """Number of the graph of each node, int64, shape (n,)."""
        return self.once("graph_of", lambda: self.members.row.long())

    @property
    def members(self) -> CSR:
        """Which nodes belong to which graph, shape (g, n): sums over its rows pool the nodes."""
        return self.once("members", self._make_members)

    def select(self, keep: Tensor) -> Blocks:
        """Return the entries where the boolean ``keep`` (shape (nnz,)) holds. Cost O(nnz)."""
        attr = None if self.edge_attr is None else self.edge_attr[keep]
        return Blocks.of(super().select(keep), self.ptr, attr)

    def to(self, device: torch.device | str) -> Blocks:
        """Return the matrix on another device (itself when it is there already)."""
        if self.device == torch.device(device):
            return self
        attr = None if self.edge_attr is None else self.edge_attr.to(device)
        return Blocks.of(super().to(device), self.ptr.to(device), attr)

    def choose(self, graphs: Tensor) -> tuple[Tensor, Blocks]:
        """Return the nodes of some graphs, and these graphs side by side in the given order.

        Parameters
        ----------
        graphs : Tensor of int64, shape (b,)

        Returns
        -------
        nodes : Tensor of int64, shape (m,)
            Their numbers in this matrix.
        Blocks, shape (m, m)

        Notes
        -----
        Cost O(m and their entries): a graph's entries lie one after the other.
        """
        first, last = self.ptr[graphs], self.ptr[graphs + 1]
        ptr = _offsets(last - first)
        nodes = spans(first, last)
        rowptr = self.rowptr.long()
        entries = spans(rowptr[first], rowptr[last])
        counts = rowptr.diff()[nodes]
        shift = (ptr[:-1] - first).repeat_interleave(rowptr[last] - rowptr[first])
        kind = self.col.dtype
        out = CSR(
            _offsets(counts).to(kind),
            (self.col[entries].long() + shift).to(kind),
            None if self.weight is None else self.weight[entries],
            (int(nodes.numel()), int(nodes.numel())),
            self.symmetric,
        )
        attr = None if self.edge_attr is None else self.edge_attr[entries]
        return nodes, Blocks.of(out, ptr, attr)

    def induced(self, keep: Tensor) -> Blocks:
        """Return the blocks without some of the nodes, ``keep`` a boolean of shape (n,)."""
        row, col = self.row.long(), self.col.long()
        inside = keep[row] & keep[col]
        place = keep.long().cumsum(0) - 1
        counts = torch.bincount(place[row[inside]], minlength=int(keep.sum()))
        kind = self.col.dtype
        n = int(keep.sum())
        out = CSR(
            _offsets(counts).to(kind),
            place[col[inside]].to(kind),
            None if self.weight is None else self.weight[inside],
            (n, n),
            self.symmetric,
        )
        before = torch.zeros(keep.numel() + 1, dtype=torch.int64, device=keep.device)
        before[1:] = keep.long().cumsum(0)
        attr = None if self.edge_attr is None else self.edge_attr[inside]
        return Blocks.of(out, before[self.ptr], attr)

    def _make_members(self) -> CSR:
        n = self.shape[0]
        kind = self.col.dtype
        nodes = torch.arange(n, dtype=kind, device=self.device)
        return CSR(self.ptr.to(kind), nodes, None, (self.n_graphs, n))


def spans(first: Tensor, last: Tensor) -> Tensor:
    """Return first[0] .. last[0] - 1, then first[1] .. last[1] - 1, and so on, int64.

    Examples
    --------
    >>> spans(torch.tensor([5, 0]), torch.tensor([7, 1])).tolist()
    [5, 6, 0]
    """
    counts = last - first
    total = int(counts.sum())
    shift = (first - (counts.cumsum(0) - counts)).repeat_interleave(counts, output_size=total)
    return shift + torch.arange(total, device=first.device)


def _offsets(counts: Tensor) -> Tensor:
    out = torch.zeros(counts.numel() + 1, dtype=torch.int64, device=counts.device)
    out[1:] = counts.cumsum(0)
    return out
