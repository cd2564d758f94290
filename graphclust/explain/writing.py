"""An explanation as files: one to read, one for programs, and the drawings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from graphclust.explain.explanation import Explanation, Group
from graphclust.whole_files import folder_written_whole

FOLDER = "explanation"


def write_explanation(folder: str | Path, explanation: Explanation) -> Path:
    """Write ``explanation/`` into a run folder, whole or not at all; an earlier one is replaced.

    Parameters
    ----------
    folder : path
        A run folder.
    explanation : Explanation

    Returns
    -------
    Path
        The folder: ``explanation.txt``, ``explanation.json`` and SVG drawings.
    """
    target = Path(folder) / FOLDER
    with folder_written_whole(target) as partial:
        (partial / "explanation.txt").write_text(as_text(explanation), encoding="utf-8")
        facts = asdict(explanation)
        facts["images"] = sorted(explanation.images)
        (partial / "explanation.json").write_text(
            json.dumps(facts, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        for name, text in explanation.images.items():
            (partial / name).write_text(text, encoding="utf-8")
    return target


def as_text(explanation: Explanation) -> str:
    """Return an explanation as plain text.

    Examples
    --------
    >>> print(as_text(Explanation("nodes", 3, [Group(0, 3, ["a"], [0], conductance=0.25)])))
    3 nodes in 1 clusters
    <BLANKLINE>
    cluster 0: 3 nodes
      nearest to the centre: a
      conductance 0.250
    <BLANKLINE>
    """
    kind = explanation.kind
    lines = [f"{explanation.n_items} {kind} in {len(explanation.groups)} clusters"]
    for group in explanation.groups:
        lines += ["", *_group(group, kind)]
    if explanation.notes:
        lines += ["", *(f"note: {note}" for note in explanation.notes)]
    return "\n".join(lines) + "\n"


def _group(group: Group, kind: str) -> Iterator[str]:
    yield f"cluster {group.cluster}: {group.size} {kind}"
    if group.medoids:
        yield f"  nearest to the centre: {', '.join(group.medoids)}"
    if group.conductance is not None:
        yield f"  conductance {group.conductance:.3f}"
    if group.common is not None:
        common = group.common
        unfinished = "" if common.complete else ", not searched to the end"
        yield (
            f"  in common ({common.share:.0%} of the {common.n_molecules} nearest; "
            f"{common.n_atoms} atoms{unfinished}): {common.smiles}"
        )
    for title, found in (("scaffolds", group.scaffolds), ("groups", group.functional_groups)):
        for e in found:
            yield (
                f"  {title}: {e.name}: {e.inside / e.size:.0%} of the members, "
                f"{e.outside / max(e.rest, 1):.0%} of the others "
                f"(log odds {e.log_odds:.1f}, q {e.q:.1e})"
            )
    for d in group.differences:
        yield (
            f"  {d.name}: {d.inside:.4g}, others {d.outside:.4g} "
            f"(effect {d.effect:+.2f}, q {d.q:.1e})"
        )
    for said in group.attributions:
        most = sorted(enumerate(said["nodes"]), key=lambda item: -abs(item[1]))[:5]
        told = ", ".join(f"{node} ({value:+.3g})" for node, value in most)
        yield f"  most weight in {said['id']}: nodes {told}"
    for name in group.images:
        yield f"  drawing: {name}"
