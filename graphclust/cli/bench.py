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
    parser.add_argument(
        "--out",
        metavar="DIR",
        help="write results.json and table.md there after every fit, and go on from what is there",
    )
    parser.add_argument(
        "--isolate",
        action="store_true",
        help="give every fit a process of its own, which tells its peak memory",
    )


def run(arguments: argparse.Namespace) -> int:
    """Fit everything and print the medians over the seeds."""
    from graphclust.bench import Results, markdown, measure, plan
    from graphclust.cli.main import note

    if arguments.seeds < 1:
        raise InputError(f"--seeds {arguments.seeds}: at least one seed is needed")
    jobs = plan(
        arguments.datasets,
        arguments.methods,
        range(arguments.seeds),
        paper=arguments.config == "paper",
        data_root=arguments.data_root,
        device=arguments.device,
    )
    results = Results(None if arguments.out is None else Path(arguments.out))
    done = sum(results.find(job, arguments.isolate) is not None for job in jobs)
    if done:
        note(f"note: {done} of {len(jobs)} fits are in {arguments.out} already, and not repeated")
    rows = []
    try:
        for row in measure(jobs, results, arguments.isolate):
            rows.append(row)
    except KeyboardInterrupt as interrupt:
        if rows:
            print(markdown(rows))
        kept = (
            f"; {arguments.out} keeps them, and the same command goes on" if results.folder else ""
        )
        raise type(interrupt)(f"{len(rows)} of {len(jobs)} fits were done{kept}") from None
    print(markdown(rows))
    return 0
