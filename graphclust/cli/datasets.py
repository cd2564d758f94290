"""``graphclust datasets``: the named data sets, and which are here already."""

from __future__ import annotations

import argparse
import json

from graphclust.cli.tables import table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--data-root", metavar="DIR", help="where to look for raw files")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print a row for each card."""
    from graphclust.graphs.datasets import list_datasets

    rows = list_datasets(arguments.data_root)
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return 0
    header = ("name", "nodes", "edges", "features", "classes", "licence", "here")
    body = [(*(r[key] for key in header[:-1]), "yes" if r["place"] else "no") for r in rows]
    print(table(header, body))
    return 0
