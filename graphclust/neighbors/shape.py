"""What should be known of a neighbour graph: how even it is, and whether it hangs together."""

from __future__ import annotations

from scipy.sparse.csgraph import connected_components

from graphclust.sparse import CSR


def n_components(adj: CSR) -> int:
    """Return the number of components. Cost O(|E|)."""
    return int(connected_components(adj.to_scipy(), directed=False)[0])


def graph_shape(adj: CSR) -> str:
    """Return the spread of degrees and the number of components in words.

    Cost O(|E|).

    Examples
    --------
    >>> import torch
    >>> ends = torch.tensor([0, 1, 2, 3])
    >>> graph_shape(CSR.from_edges(ends, ends.flip(0), None, (4, 4), symmetric=True))
    'degrees 1 to 1, median 1; 2 components'
    """
    degree, count = adj.counts, n_components(adj)
    return (
        f"degrees {int(degree.min())} to {int(degree.max())}, median {int(degree.median())}; "
        f"{count} component{'s' * (count != 1)}"
    )
