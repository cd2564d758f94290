"""``graphclust bench``: methods times data sets times seeds, in one table."""

from __future__ import annotations

import argparse
from pathlib import Path

from graphclust.errors import InputError

EXAMPLE = "Example: graphclust bench --datasets cora citeseer --methods default dgi --seeds 5"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "--datasets",
        nargs="+",
        required=True,
        metavar="NAME",
        help="named data sets (see `graphclust datasets`)",
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        default=["default"],
        metavar="NAME",
        help="names out of `graphclust methods`",
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=5,
        metavar="N",
        help="seeds 0 to N-1, all of them reported; 5 by default",
    )
    parser.add_argument(
        "--config",
        choices=("default", "paper"),
        default="default",
        help="default: one configuration for all data. paper: the settings of each method's paper "
        "for the data set, where they are committed",
    )
    parser.add_argument("--data-root", metavar="DIR", help="where named data sets lie")
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto by default"
    )
    parser.add_argument("--out", metavar="DIR", help="write results.json and table.md there")


def run(arguments: argparse.Namespace) -> int:
    """Fit everything and print the medians over the seeds."""
    from graphclust.bench import markdown, run_bench, write_results

    if arguments.seeds < 1:
        raise InputError(f"--seeds {arguments.seeds}: at least one seed is needed")
    out = None if arguments.out is None else Path(arguments.out)
    if out is not None and out.is_file():
        raise InputError(f"--out {out} is a file: give a folder")
    rows = run_bench(
        arguments.datasets,
        arguments.methods,
        range(arguments.seeds),
        paper=arguments.config == "paper",
        data_root=arguments.data_root,
        device=arguments.device,
    )
    print(markdown(rows))
    if out is not None:
        write_results(rows, out)
    return 0
