"""Some nodes cut out of a graph, whose edges weigh what they weigh in the whole."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.graphs.pyg_lib_door import pyg_lib
from graphclust.sparse import CSR
from graphclust.sparse.normalization import add_self_loops


class Part(CSR):
    r"""Rows and columns of a larger adjacency, with the degrees that the nodes have in the whole.

    A normalisation divides by degrees. Those of the part alone are too small, since edges that
    lead out of it are missing; with those of the whole,
    :math:`(D^{-1/2} A D^{-1/2})_{ij}` is the same number in the part and in the whole.

    Attributes
    ----------
    whole_degree : Tensor of float32, shape (m,)
        Degree in the whole graph of every node of the part.
    within : tuple of int
        Where nodes come hop by hop: how many there are at most 0, 1, 2 ... hops from the first.

    Notes
    -----
    Columns are numbered as the part's nodes are and need not ascend within a row.
    """

    whole_degree: Tensor
    within: tuple[int, ...]

    @classmethod
    def of(cls, matrix: CSR, degree: Tensor, within: tuple[int, ...] = ()) -> Part:
        """Return a matrix as a part of a graph in which its nodes have these degrees."""
        out = cls(matrix.rowptr, matrix.col, matrix.weight, matrix.shape, matrix.symmetric)
        out.whole_degree, out.within = degree, within
        return out

    @property
    def degree(self) -> Tensor:
        """The degrees in the whole graph, float32, shape (m,)."""
        return self.whole_degree

    def with_self_loops(self, value: float) -> CSR:
        """Return the part plus ``value`` times the identity, its degrees greater by as much."""
        return self.once(
            ("loops", value),
            lambda: Part.of(add_self_loops(self, value), self.whole_degree + value),
        )


def induced(adj: CSR, nodes: Tensor) -> CSR:
    """Return the edges among some nodes, a graph of its own. Cost O(entries of their rows).

    Parameters
    ----------
    adj : CSR, shape (n, n)
        Symmetric.
    nodes : Tensor of int64, shape (m,)
        Ascending.

    Returns
    -------
    CSR, shape (m, m)

    Notes
    -----
    On a CPU pyg-lib does it in one pass, where it is installed; the result is the same.

    Examples
    --------
    >>> path = CSR(torch.tensor([0, 1, 3, 4]), torch.tensor([1, 0, 2, 1]), None, (3, 3), True)
    >>> induced(path, torch.tensor([0, 1])).to_dense().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    m = int(nodes.numel())
    if m == 0 or adj.streamed or adj.device.type != "cpu" or (library := pyg_lib()) is None:
        kept = among(adj.take_rows(nodes), nodes)
        kept.symmetric = adj.symmetric
        return kept
    weighted = adj.weight is not None
    rowptr, col, entry = library.sampler.subgraph(
        adj.rowptr, adj.col, nodes.to(adj.col.dtype), return_edge_id=weighted
    )
    weight = None if adj.weight is None else adj.weight.index_select(0, entry)
    return CSR(rowptr, col, weight, (m, m), adj.symmetric)


def among(rows: CSR, nodes: Tensor) -> CSR:
    """Return the entries whose column is one of ``nodes`` (ascending), numbered as these are.

    Shape (m, n) becomes (m, number of nodes). Cost O(nnz + n), or O(nnz log nodes) where n is
    much the greater.
    """
    m, col = int(nodes.numel()), rows.col
    if table_pays(rows.shape[1], rows.nnz):
        place = torch.full((rows.shape[1],), -1, dtype=col.dtype, device=col.device)
        place[nodes] = torch.arange(m, dtype=col.dtype, device=col.device)
        number = place.index_select(0, col)
        inside = number >= 0
    else:
        col = col.long()
        number = torch.searchsorted(nodes, col).clamp(max=max(0, m - 1))
        inside = nodes[number] == col if m else torch.zeros_like(col, dtype=torch.bool)
        number = number.to(rows.col.dtype)
    return CSR(rows.rowptr, number, rows.weight, (rows.shape[0], m)).select(inside)


def table_pays(n: int, entries: int) -> bool:
    """Whether to look entries up in a table of n numbers, made for them, is faster than to sort.

    Measured from 30,000 to 300,000 entries: 3 to 25 times at twice n, even at 16 to 64 times.
    """
    return n <= 16 * entries
