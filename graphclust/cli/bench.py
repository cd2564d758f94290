"""``graphclust bench``: methods times data sets times seeds, in one table."""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from graphclust.cli.source import level_of, load_graph_source, load_source, refuse_options
from graphclust.cli.source_options import add_source_arguments
from graphclust.cli.views import refuse_views
from graphclust.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphclust.bench.job import Job
    from graphclust.graphs.graph_sets import LoadedGraphs
    from graphclust.graphs.loaded import Loaded

EXAMPLE = (
    "Example: graphclust bench --datasets cora citeseer --methods default dgi --seeds 5; of your "
    "own data: graphclust bench titles.csv --as texts --column title --label-column topic "
    "--methods default kmeans"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_source_arguments(parser, optional=True)
    parser.add_argument(
        "--datasets",
        nargs="+",
        metavar="NAME",
        help="named data sets (see `graphclust datasets`), where there is no SOURCE",
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
    from graphclust.bench import Results, markdown, measure
    from graphclust.cli.main import note

    if arguments.seeds < 1:
        raise InputError(f"--seeds {arguments.seeds}: at least one seed is needed")
    jobs, load = _of_datasets(arguments) if arguments.source is None else _of_source(arguments)
    results = Results(None if arguments.out is None else Path(arguments.out))
    done = sum(results.find(job, arguments.isolate) is not None for job in jobs)
    if done:
        note(f"note: {done} of {len(jobs)} fits are in {arguments.out} already, and not repeated")
    rows = []
    try:
        for row in measure(jobs, results, arguments.isolate, load):
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


def _of_datasets(
    arguments: argparse.Namespace,
) -> tuple[list[Job], Callable[[Job], Loaded | LoadedGraphs]]:
    """Return the fits to named data sets, and how these are read."""
    from graphclust.bench import plan
    from graphclust.bench.job import Job

    if arguments.datasets is None:
        raise InputError("bench needs --datasets NAME ..., or a SOURCE before all options")
    refuse_options(arguments, "a named data set")
    refuse_views(arguments, "--datasets")
    for option in ("memory", "skip_invalid"):
        if getattr(arguments, option):
            raise InputError(f"--{option.replace('_', '-')} does not apply to --datasets")
    jobs = plan(
        arguments.datasets,
        arguments.methods,
        range(arguments.seeds),
        paper=arguments.config == "paper",
        data_root=arguments.data_root,
        device=arguments.device,
    )
    return jobs, Job.load


def _of_source(
    arguments: argparse.Namespace,
) -> tuple[list[Job], Callable[[Job], Loaded | LoadedGraphs]]:
    """Return the fits to data of one's own, read once before the first of them."""
    from graphclust.bench import plan_for
    from graphclust.cli.main import note

    if arguments.datasets is not None:
        raise InputError(f"--datasets and the SOURCE {arguments.source}: give one of them")
    if arguments.config == "paper":
        raise InputError(f"--config paper: no paper has settings for {arguments.source}")
    if arguments.isolate:
        raise InputError("--isolate is for --datasets: a SOURCE is read once, for all fits")
    whole = level_of(arguments) == "graphs"

    @cache
    def read(reads_direction: bool) -> Loaded | LoadedGraphs:
        return load_graph_source(arguments) if whole else load_source(arguments, reads_direction)

    loaded = read(False)
    for text in loaded.graph.notes:
        note(f"note: {text}")
    jobs = plan_for(
        loaded,
        Path(arguments.source).name,
        arguments.methods,
        range(arguments.seeds),
        device=arguments.device,
    )
    return jobs, lambda job: read(not whole and job.method.reads_direction)
