"""Augmented views of a graph: some edges dropped, some features masked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch

from graphclust.component import Component
from graphclust.errors import InputError
from graphclust.graphs import Features
from graphclust.graphs.part import Part
from graphclust.randomness import rand
from graphclust.sparse import CSR


class Augmentation(Component, kind="augmentation"):
    """Base of the augmentations."""

    def apply(self, x: Features, adj: CSR, generator: torch.Generator) -> tuple[Features, CSR]:
        """Return other features and another adjacency of the same nodes."""
        raise NotImplementedError


class DropEdgesMaskFeatures(Augmentation, name="drop_edges_mask_features"):
    """Drop undirected edges and zero features at random, whole columns as GRACE does.

    Parameters
    ----------
    drop_edges : float
        Probability of dropping an edge, both directions together.
    mask_features : float
        Probability of zeroing a feature.
    masks : "columns" or "entries"
        Whether a feature is zeroed for all nodes, or for each node by itself.

    Raises
    ------
    InputError
        If ``masks`` is neither.
    """

    def __init__(
        self,
        drop_edges: float = 0.3,
        mask_features: float = 0.3,
        masks: Literal["columns", "entries"] = "columns",
    ) -> None:
        self.drop_edges, self.mask_features, self.masks = drop_edges, mask_features, masks
        if masks not in _MASKS:
            raise InputError(f"masks={masks!r} is unknown: columns or entries")

    def apply(self, x: Features, adj: CSR, generator: torch.Generator) -> tuple[Features, CSR]:
        """Return the masked features and the thinned adjacency. Cost O(|E| + nnz(X))."""
        return (
            _MASKS[self.masks](x, self.mask_features, generator),
            drop_undirected_edges(adj, self.drop_edges, generator),
        )


def two_views(
    first: Augmentation | None,
    second: Augmentation | None,
    drop_edges: Sequence[float],
    mask_features: Sequence[float],
) -> tuple[Augmentation, Augmentation]:
    """Return the augmentations of a pair of views: as given, else with these probabilities."""
    return (
        first or DropEdgesMaskFeatures(drop_edges[0], mask_features[0]),
        second or DropEdgesMaskFeatures(drop_edges[1], mask_features[1]),
    )


def drop_undirected_edges(adj: CSR, p: float, generator: torch.Generator) -> CSR:
    """Drop each undirected edge with probability ``p``; the result stays symmetric."""
    if p <= 0.0 or adj.nnz == 0:
        return adj
    if isinstance(adj, Part):
        return _thinned(adj, p, generator)
    upper = adj.row < adj.col
    keep = torch.ones(adj.nnz, dtype=torch.bool, device=adj.device)
    draws = rand(int(upper.sum()), generator=generator).to(adj.device) >= p
    keep[upper] = draws
    # Entry e of the transpose's order is the mirror of entry e: (j, i) reads what (i, j) drew.
    mirrored = keep[adj.transpose_order]
    keep = torch.where(upper, keep, mirrored)
    out = adj.select(keep)
    out.symmetric = True
    return out


def _thinned(adj: Part, p: float, generator: torch.Generator) -> Part:
    """Drop undirected edges of a part of a graph without weights.

    Degrees are those in a view of the whole graph: of a node's edges that the part does not hold,
    a number is drawn that stays.
    """
    m, row, col = adj.shape[0], adj.row.long(), adj.col.long()
    key = torch.minimum(row, col) * m + torch.maximum(row, col)
    pair, number = torch.unique(key, return_inverse=True)  # type: ignore[no-untyped-call]
    kept = rand(pair.numel(), generator=generator).to(adj.device) >= p
    ends = torch.stack([pair // m, pair % m])
    known = torch.bincount(ends.flatten(), minlength=m).to(adj.degree.dtype)
    seen = torch.bincount(ends[:, kept].flatten(), minlength=m).to(adj.degree.dtype)
    unseen = (adj.degree - known).clamp(min=0).to(generator.device)
    stay = torch.binomial(unseen, torch.full_like(unseen, 1.0 - p), generator=generator)
    return Part.of(adj.select(kept[number]), seen + stay.to(adj.device), adj.within)


def mask_columns(x: Features, p: float, generator: torch.Generator) -> Features:
    """Zero each column with probability ``p``."""
    if p <= 0.0:
        return x
    keep = (rand(x.shape[1], generator=generator) >= p).float()
    if isinstance(x, CSR):
        return x.with_weight(x.values * keep.to(x.device)[x.col.long()])
    return x * keep.to(x.device)


def mask_entries(x: Features, p: float, generator: torch.Generator) -> Features:
    """Zero each entry with probability ``p``; of sparse features, each that is stored."""
    if p <= 0.0:
        return x
    values = x.values if isinstance(x, CSR) else x
    keep = (rand(*values.shape, generator=generator) >= p).to(values.device, values.dtype)
    return x.with_weight(values * keep) if isinstance(x, CSR) else x * keep


_MASKS = {"columns": mask_columns, "entries": mask_entries}
