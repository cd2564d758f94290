"""k-means of many rows whose starts are compared on some of them."""

from __future__ import annotations

import torch
from torch import Tensor

from graphclust.graphs.sampling import some_rows
from graphclust.neighbors.blocks import Rows
from graphclust.neighbors.lloyd import lloyd
from graphclust.ranks import Ranks


def centers_of(
    rows: Rows,
    k: int,
    generator: torch.Generator,
    *,
    restarts: int,
    few: int,
    tol: float = 1e-4,
    ranks: Ranks | None = None,
) -> Tensor:
    """Return the centres of k-means, shape (k, d), its starts compared on ``few`` rows at most.

    From the best of them it goes on over all rows. Cost O(restarts few k d) and O(n k d), an
    iteration each.
    """
    some = some_rows(rows, few, generator)
    centers = lloyd(some, k, generator, restarts=restarts, tol=tol, ranks=ranks)
    return centers if some is rows else lloyd(rows, k, generator, start=centers)
