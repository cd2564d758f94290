"""Some nodes cut out of a graph, whose edges weigh what they weigh in the whole."""

from __future__ import annotations

import torch
from torch import Tensor

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
        return self._once(
            ("loops", value),
            lambda: Part.of(add_self_loops(self, value), self.whole_degree + value),
        )


def induced(adj: CSR, nodes: Tensor) -> CSR:
    """Return the edges among some nodes, a graph of its own. Cost O(their edges · log m).

    Parameters
    ----------
    adj : CSR, shape (n, n)
        Symmetric.
    nodes : Tensor of int64, shape (m,)
        Ascending.

    Returns
    -------
    CSR, shape (m, m)

    Examples
    --------
    >>> path = CSR(torch.tensor([0, 1, 3, 4]), torch.tensor([1, 0, 2, 1]), None, (3, 3), True)
    >>> induced(path, torch.tensor([0, 1])).to_dense().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    kept = among(adj.take_rows(nodes), nodes)
    kept.symmetric = adj.symmetric
    return kept


def among(rows: CSR, nodes: Tensor) -> CSR:
    """Return the entries whose column is one of ``nodes`` (ascending), numbered as these are.

    Shape (m, n) becomes (m, number of nodes). Cost O(nnz log nodes).
    """
    m, col = int(nodes.numel()), rows.col.long()
    place = torch.searchsorted(nodes, col).clamp(max=max(0, m - 1))
    inside = nodes[place] == col if m else torch.zeros(0, dtype=torch.bool, device=col.device)
    numbered = CSR(rows.rowptr, place.to(rows.col.dtype), rows.weight, (rows.shape[0], m))
    return numbered.select(inside)
