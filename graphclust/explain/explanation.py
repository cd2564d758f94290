"""What is said about a clustering, one entry a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from graphclust.explain.differences import Difference
from graphclust.explain.enrichment import Enriched
from graphclust.explain.medoids import cluster_labels, medoids
from graphclust.explain.substructures import Common

TESTED = (
    "p-values ask whether an overlap with the clusters is one of chance; the clusters were made "
    "from the same items, so that a small one does not say that they would be found again"
)


@dataclass
class Group:
    """One cluster.

    Attributes
    ----------
    cluster : int
    size : int
    medoids : list of str
        The ids of the members nearest to the centre, nearest first.
    rows : list of int
        Their rows among the items.
    scaffolds, functional_groups : list of Enriched
        Of molecules.
    common : Common or None
        The largest substructure that most members near the centre share, of molecules.
    differences : list of Difference
        Numbers, features and statistics in which the members differ from the rest.
    conductance : float or None
        Of nodes: the share of the cluster's edge ends that leave it.
    attributions : list of dict
        For each medoid, where a model was asked: ``id``, the ``score`` of the whole, what each of
        the ``nodes`` adds to it, and ``edges`` as triples of two nodes and what the edge adds.
    images : list of str
        Names of files among the explanation's images.
    """

    cluster: int
    size: int
    medoids: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    scaffolds: list[Enriched] = field(default_factory=list)
    functional_groups: list[Enriched] = field(default_factory=list)
    common: Common | None = None
    differences: list[Difference] = field(default_factory=list)
    conductance: float | None = None
    attributions: list[dict[str, Any]] = field(default_factory=list)
    images: list[str] = field(default_factory=list)


@dataclass
class Explanation:
    """What the clusters of a fit have in common.

    Attributes
    ----------
    kind : str
        ``molecules``, ``graphs`` or ``nodes``.
    n_items : int
    groups : list of Group
        Largest first.
    notes : list of str
    images : dict of str to str
        SVG texts by the names of their files.
    """

    kind: str
    n_items: int
    groups: list[Group]
    notes: list[str] = field(default_factory=list)
    images: dict[str, str] = field(default_factory=dict, repr=False)


def begin(
    kind: str, ids: Sequence[Any], labels: ArrayLike, embedding: Any, most: int
) -> Explanation:
    """Return an explanation that knows sizes and medoids."""
    of = cluster_labels(labels, len(ids))
    near = medoids(embedding, of, most)
    sizes = np.bincount(of[of >= 0])
    groups = [
        Group(c, int(sizes[c]), [str(ids[i]) for i in rows], rows) for c, rows in near.items()
    ]
    out = Explanation(kind, len(ids), sorted(groups, key=lambda g: (-g.size, g.cluster)), [TESTED])
    unassigned = int((of < 0).sum())
    if unassigned:
        out.notes.append(f"{unassigned} items are in no cluster; they count among the others")
    return out
