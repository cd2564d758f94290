"""``graphclust predict``: assign nodes with a model that was fitted before."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import graphclust.cli.source as sources
from graphclust.whole_files import written_whole

EXAMPLE = "Example: graphclust predict runs/mine more_edges.csv --out more_labels.csv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("run", metavar="RUN", help="a run folder, as fit wrote it")
    sources.add_source_arguments(parser)
    parser.add_argument(
        "--out",
        metavar="FILE",
        help="write id,label,confidence to this csv file; by default to standard output",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write ``id,label,confidence`` for every node of SOURCE."""
    from graphclust.estimators import load
    from graphclust.estimators.run_folder import label_rows, write_rows

    model = load(arguments.run)
    graph = sources.load_source(arguments, model.method_.reads_direction).graph
    labels, membership = model.predict(graph), model.predict_membership(graph)
    rows = label_rows(graph.node_ids, labels, membership)
    if arguments.out is None:
        write_rows(sys.stdout, rows)
        return 0
    with written_whole(Path(arguments.out)) as file:
        write_rows(file, rows)
    return 0
