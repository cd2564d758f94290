"""What the molecules of a cluster have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from graphclust.errors import InputError
from graphclust.explain.attribution import Scores, as_facts, occlusion
from graphclust.explain.differences import differences
from graphclust.explain.drawing import bond_weights, draw
from graphclust.explain.enrichment import enrichment
from graphclust.explain.explanation import Explanation, Group, begin
from graphclust.explain.graphs import graph_statistics
from graphclust.explain.medoids import medoids
from graphclust.explain.substructures import (
    common_substructure,
    functional_groups,
    parse_all,
    scaffolds,
)

if TYPE_CHECKING:
    from torch_geometric.data import Data

# What a cluster has in common is looked for among so many molecules nearest to its centre.
_CORE = 10
# Substructures of so many clusters are compared, the largest ones: each may take the whole timeout.
_MOST_CLUSTERS = 20


def explain_molecules(
    molecules: Sequence[Data],
    labels: ArrayLike,
    embedding: Any,
    scores: Scores | None = None,
    timeout: int = 5,
) -> Explanation:
    """Return what the molecules of each cluster have in common, with drawings.

    Medoids; scaffolds and functional groups that are more frequent than elsewhere; the largest
    substructure that four fifths of the ten molecules nearest to the centre share; statistics of
    the graphs and of their atoms that differ.

    Parameters
    ----------
    molecules : sequence of Data, length g
        As :func:`graphclust.adapters.from_smiles` makes them: with ``smiles`` and ``id``.
    labels : array-like of int, shape (g,)
    embedding : array, shape (g, d)
    scores : callable, optional
        From a list of Data to scores, shape (g, k), such as
        :func:`graphclust.explain.cluster_margin`: the drawings then show what each atom and bond
        adds to the score, by :func:`graphclust.explain.occlusion`, instead of what is common.
    timeout : int
        Seconds for the common substructure of one cluster.

    Raises
    ------
    InputError
        If a molecule has no SMILES, or labels or embedding are of another length.

    Notes
    -----
    Cost about 2 ms a molecule, and at most ``timeout`` for each of the 20 largest clusters. With
    ``scores``, as many graphs are scored as the medoids have atoms and bonds.
    """
    from graphclust.adapters.atom_columns import ATOM_COLUMNS

    texts = [getattr(data, "smiles", None) for data in molecules]
    if None in texts:
        raise InputError(f"molecule {texts.index(None)} has no smiles: make it by from_smiles")
    parsed = parse_all([str(t) for t in texts])
    ids = [getattr(data, "id", number) for number, data in enumerate(molecules)]
    out = begin("molecules", ids, labels, embedding, most=3)
    rings = enrichment(*_with_labels(scaffolds(parsed), labels))
    groups = enrichment(*_with_labels(functional_groups(parsed), labels))
    values, names = graph_statistics(molecules, ATOM_COLUMNS)
    numbers = differences(values, labels, names)
    cores = medoids(embedding, labels, _CORE)
    for place, group in enumerate(out.groups):
        group.scaffolds, group.functional_groups = rings[group.cluster], groups[group.cluster]
        group.differences = numbers[group.cluster]
        if place < _MOST_CLUSTERS:
            core = [parsed[i] for i in cores[group.cluster]]
            group.common = common_substructure(core, timeout=timeout)
            _draw_medoids(out, group, molecules, parsed, scores)
    if len(out.groups) > _MOST_CLUSTERS:
        out.notes.append(
            f"the common substructure and drawings are of the {_MOST_CLUSTERS} largest clusters"
        )
    if scores is not None:
        out.notes.append(
            "drawings: blue atoms and bonds speak for the cluster, red ones against it, by taking "
            "each away and asking the model again"
        )
    else:
        out.notes.append("drawings: what the members nearest to the centre share is marked")
    return out


def _with_labels(found: tuple[Any, list[str]], labels: ArrayLike) -> tuple[Any, ArrayLike, Any]:
    return found[0], labels, found[1]


def _draw_medoids(
    out: Explanation,
    group: Group,
    molecules: Sequence[Data],
    parsed: Sequence[Any],
    scores: Scores | None,
) -> None:
    smarts = None if group.common is None else group.common.smarts
    for place, row in enumerate(group.rows):
        molecule, data = parsed[row], molecules[row]
        legend = f"{group.medoids[place]}"
        if scores is None:
            text = draw(molecule, legend, smarts=smarts)
        else:
            said = occlusion(scores, data, group.cluster)
            group.attributions.append(as_facts(group.medoids[place], data, said))
            bonds = bond_weights(molecule, data.edge_index, said.edges)
            text = draw(molecule, legend, atoms=said.nodes, bonds=bonds)
        name = f"cluster-{group.cluster}-medoid-{place + 1}.svg"
        out.images[name] = text
        group.images.append(name)
