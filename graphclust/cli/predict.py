"""``graphclust predict``: assign nodes or graphs with a model that was fitted before."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import graphclust.cli.source as sources
from graphclust.cli.source_options import add_source_arguments
from graphclust.cli.views import as_fitted
from graphclust.errors import InputError
from graphclust.whole_files import replaced_whole, written_whole

if TYPE_CHECKING:
    from graphclust.graphs import Graph

EXAMPLE = "Example: graphclust predict runs/mine more_edges.csv --out more_labels.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("run", metavar="RUN", help="a run folder, as fit wrote it")
    add_source_arguments(parser)
    parser.add_argument(
        "--out",
        metavar="FILE",
        help="write id,label,confidence to this file, .csv or .parquet; by default as csv to "
        "standard output",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write ``id,label,confidence`` for every node, or every graph, of SOURCE."""
    from graphclust.cli.main import note
    from graphclust.estimators import load
    from graphclust.estimators.run_folder import (
        RUN_FILE,
        check_labels_format,
        label_rows,
        write_label_parquet,
        write_rows,
    )
    from graphclust.ranks import find_ranks, together
    from graphclust.report.run_files import read_json

    out = None if arguments.out is None else Path(arguments.out)
    parquet = out is not None and out.suffix == ".parquet"
    check_labels_format("parquet" if parquet else "csv")
    ranks = find_ranks()
    model = together(ranks, lambda: load(arguments.run))
    level = sources.level_of(arguments)
    if level != model.level:
        raise InputError(
            f"{arguments.run} holds a model of {model.level}, and {arguments.source!r} is read as "
            f"{level}: give what the model was fitted to, or say what it is by --as"
        )
    as_fitted(arguments, read_json(Path(arguments.run) / RUN_FILE), arguments.run)

    def read() -> Graph:
        if level == "graphs":
            return sources.load_graph_source(arguments).graph
        return sources.load_source(arguments, model.method_.reads_direction).graph

    graph = together(ranks, read)
    for line in graph.notes if ranks is None or ranks.first else ():
        note(f"note: {line}")
    labels, membership = model.predict(graph), model.predict_membership(graph)
    if ranks is not None and not ranks.first:
        return 0
    if out is not None and parquet:
        with replaced_whole(out) as partial:
            write_label_parquet(partial, graph.item_ids, labels, membership)
        return 0
    rows = label_rows(graph.item_ids, labels, membership)
    if out is None:
        write_rows(sys.stdout, rows)
        return 0
    with written_whole(out) as file:
        write_rows(file, rows)
    return 0
