"""``graphclust explain``: what the members of each cluster have in common."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import graphclust.cli.source as sources
from graphclust.cli.source_options import add_source_arguments
from graphclust.cli.views import as_fitted
from graphclust.errors import InputError

if TYPE_CHECKING:
    from graphclust.explain import Explanation
    from graphclust.report.run_files import RunFiles

EXAMPLE = "Example: graphclust explain runs/molecules"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("run", metavar="RUN", help="a run folder, as fit wrote it")
    # The run says what it was fitted to; it is asked for where that has moved.
    add_source_arguments(parser, optional=True)
    parser.add_argument(
        "--attribution",
        action="store_true",
        help="tell what each node and edge of the medoids adds to the model's choice, found by "
        "taking it away and asking again; of molecules it is drawn instead of what is common",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write explanation/ into the run folder and print its text."""
    from graphclust.explain import write_explanation
    from graphclust.explain.writing import as_text
    from graphclust.report.run_files import read_run

    folder = Path(arguments.run)
    files = read_run(folder)
    if files.embedding is None:
        raise InputError(f"{folder} has no embedding.npy: fit again to write it")
    if arguments.source is None:
        arguments.source = str(files.run.get("source"))
    as_fitted(arguments, files.run, folder)
    if sources.level_of(arguments) == "graphs":
        explanation = _of_graphs(arguments, files)
    else:
        explanation = _of_nodes(arguments, files)
    target = write_explanation(folder, explanation)
    print(as_text(explanation), end="")
    print(f"written to {target}")
    return 0


def _of_nodes(arguments: argparse.Namespace, files: RunFiles) -> Explanation:
    from graphclust.explain import explain_nodes

    if arguments.attribution:
        raise InputError("--attribution is for whole graphs, and this run clusters nodes: drop it")
    graph = sources.load_source(arguments, reads_direction=True).graph
    rows = _rows_of(graph.node_ids, files, arguments.source)
    return explain_nodes(graph, files.labels[rows], files.embedding[rows])  # type: ignore[index]


def _of_graphs(arguments: argparse.Namespace, files: RunFiles) -> Explanation:
    from graphclust.estimators import load
    from graphclust.explain import cluster_margin, explain_graphs, explain_molecules
    from graphclust.explain.from_sets import as_data

    # What could not be read then was left out then: ids tell whether the others are the same.
    arguments.skip_invalid = True
    graphs = sources.load_graph_source(arguments).graphs
    rows = _rows_of(graphs.item_ids, files, arguments.source)
    assert files.embedding is not None
    labels, embedding = files.labels[rows], files.embedding[rows]
    listed = as_data(graphs)
    scores = None
    if arguments.attribution:
        scores = cluster_margin(load(arguments.run).transform, embedding, labels)
    if graphs.smiles is None:
        return explain_graphs(listed, labels, embedding, _column_names(arguments), scores)
    return explain_molecules(listed, labels, embedding, scores)


def _column_names(arguments: argparse.Namespace) -> Sequence[str] | None:
    """Return the names of the columns of nodes, where a modality has names for them."""
    from graphclust.graphs.kinds import infer_kind

    path = Path(arguments.source).expanduser()
    if not path.exists() or (arguments.kind or infer_kind(path)) != "proteins":
        return None
    from graphclust.adapters.proteins import RESIDUE_COLUMNS

    return RESIDUE_COLUMNS


def _rows_of(ids: Sequence[Any], files: RunFiles, source: str) -> list[int]:
    """Return the row of the run for each item of the source."""
    place = {name: row for row, name in enumerate(files.ids)}
    names = [str(i) for i in ids]
    missing = [name for name in names if name not in place]
    if missing or len(names) != len(place):
        what = f"it has {missing[0]!r}, which the run has not" if missing else "items are missing"
        raise InputError(
            f"{source} is not what the run was fitted to ({what}): give the same SOURCE and options"
        )
    return [place[name] for name in names]
