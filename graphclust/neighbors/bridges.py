"""Which pairs join the components of a graph at the least length."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
import torch
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree
from torch import Tensor


def bridging_pairs(n: int, low: Tensor, high: Tensor, square: Tensor, chosen: Tensor) -> Tensor:
    """Return which pairs a minimum spanning tree over the components of the chosen ones takes.

    Parameters
    ----------
    n : int
        Number of rows.
    low, high : Tensor of int64, shape (p,)
        The pairs that may be taken, none twice.
    square : Tensor, shape (p,)
        Their squared lengths.
    chosen : Tensor of bool, shape (p,)
        Those that are there already.

    Returns
    -------
    Tensor of bool, shape (p,)

    Notes
    -----
    Cost O(p log p). Components that no pair joins stay apart.
    """
    a, b = low.cpu().numpy(), high.cpu().numpy()
    there = chosen.cpu().numpy()
    table = sp.coo_array((np.ones(int(there.sum())), (a[there], b[there])), shape=(n, n))
    count, part = connected_components(table, directed=False)
    out = np.zeros(a.size, dtype=bool)
    ends = np.sort(np.stack([part[a], part[b]]), axis=0)
    between = np.flatnonzero(ends[0] != ends[1])
    if between.size:
        # Of all pairs between two components the shortest, the first of equals; ranks instead of
        # lengths, since a length of 0 would be no entry.
        order = between[np.argsort(square.cpu().numpy()[between], kind="stable")]
        code = ends[0, order].astype(np.int64) * count + ends[1, order]
        shortest = order[np.unique(code, return_index=True)[1]]
        rank = np.empty(a.size)
        rank[order] = np.arange(1, order.size + 1)
        joins = sp.coo_array(
            (rank[shortest], (ends[0, shortest], ends[1, shortest])), shape=(count, count)
        )
        tree = minimum_spanning_tree(joins.tocsr())
        out[order[tree.data.astype(np.int64) - 1]] = True
    return torch.from_numpy(out).to(low.device)
