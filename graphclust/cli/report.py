"""``graphclust report``: a page that anyone can open."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("run", metavar="RUN", help="a run folder, as fit wrote it")
    parser.add_argument(
        "--pictures",
        metavar="PATH",
        help="of a run of images or clips that keeps no small pictures of its own, or to make "
        "them anew: where the images or clips are now",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write report.html into the run folder and print its path."""
    from graphclust.report import write_report

    print(write_report(Path(arguments.run), arguments.pictures))
    return 0
