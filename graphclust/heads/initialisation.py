"""Where a head starts: an initial partition by name, or the user's own labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from graphclust.errors import InputError, nearest
from graphclust.graphs import Graph
from graphclust.graphs.communities import leiden
from graphclust.graphs.structural import spectral_embedding
from graphclust.neighbors.blocks import Rows, class_means
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.randomness import spawn_seed

Init = str | Sequence[int] | np.ndarray
NAMES = ("kmeans", "k-means++", "random", "spectral", "leiden")


def initial_labels(init: Init, z: Rows, graph: Graph, k: int, generator: torch.Generator) -> Tensor:
    """Return an initial partition of the rows of ``z`` into k clusters, int64, shape (n,).

    ``"kmeans"`` clusters the embedding; ``"spectral"`` the leading eigenvectors of the
    normalised adjacency; ``"leiden"`` takes communities, merged or split until there are k.

    Raises
    ------
    InputError
        If the name is unknown or the labels do not fit the graph.
    """
    if not isinstance(init, str):
        return _given(init, z.shape[0], k).to(z.device)
    if init in ("kmeans", "k-means++"):
        return nearest_center(z, lloyd(z, k, generator))[0]
    if init == "random":
        return torch.randint(k, (z.shape[0],), generator=generator, device=generator.device).to(
            z.device
        )
    if init == "spectral":
        u = spectral_embedding(graph.adj, k, generator)
        return nearest_center(u, lloyd(u, k, generator))[0]
    if init == "leiden":
        assert isinstance(z, Tensor)
        labels = leiden(graph.adj, seed=spawn_seed(generator))
        return to_k_clusters(torch.from_numpy(labels).to(z.device), z, k, generator)
    raise InputError(f"there is no init {init!r}{nearest(init, NAMES)} (known: {', '.join(NAMES)})")


def to_k_clusters(labels: Tensor, z: Tensor, k: int, generator: torch.Generator) -> Tensor:
    """Merge small clusters into the nearest large one, or split the largest, until k remain."""
    sizes = torch.bincount(labels)
    found = int((sizes > 0).sum())
    if found >= k:
        kept = sizes.topk(k).indices
        rank = torch.full((sizes.numel(),), -1, device=z.device)
        rank[kept] = torch.arange(k, device=z.device)
        out: Tensor = rank[labels]
        loose = out < 0
        if bool(loose.any()):
            centers = class_means(z[~loose], out[~loose], k)
            out[loose] = nearest_center(z[loose], centers)[0]
        return out
    out = torch.unique(labels, return_inverse=True)[1]  # type: ignore[no-untyped-call]
    while found < k:
        largest = int(torch.bincount(out).argmax())
        members = (out == largest).nonzero().flatten()
        halves = nearest_center(z[members], lloyd(z[members], 2, generator, restarts=1))[0]
        if int(halves.max()) == int(halves.min()):
            halves = torch.arange(members.numel(), device=z.device) % 2
        out[members[halves == 1]] = found
        found += 1
    return out


def _given(init: Sequence[int] | np.ndarray, n: int, k: int) -> Tensor:
    labels = np.asarray(init)
    if labels.shape != (n,):
        raise InputError(f"init has shape {labels.shape}: give one label for each of the {n} nodes")
    values = labels.astype(np.int64)
    if values.min() < 0 or values.max() >= k:
        raise InputError(
            f"init has labels {values.min()} to {values.max()}: they must lie in 0 .. {k - 1}"
        )
    return torch.from_numpy(values)
