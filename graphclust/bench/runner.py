"""Fit methods to data sets over seeds."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.resources import files
from typing import Any

from tqdm import tqdm

from graphclust.bench.isolation import fit_isolated
from graphclust.bench.job import Job, fit_row
from graphclust.bench.results import Results
from graphclust.estimators.resolution import named_method, resolve_graph_method, resolve_method
from graphclust.graphs.cards import find_card
from graphclust.graphs.graph_sets import LoadedGraphs
from graphclust.graphs.loaded import Loaded
from graphclust.methods import Method
from graphclust.training.run import choose_device


def run_bench(*arguments: Any, **options: Any) -> list[dict[str, Any]]:
    """Return one row of metrics for every data set, method and seed of a :func:`plan`."""
    return list(measure(plan(*arguments, **options)))


def plan(
    datasets: Sequence[str],
    methods: Sequence[str],
    seeds: Iterable[int],
    *,
    paper: bool = False,
    data_root: str | None = None,
    device: str = "auto",
) -> list[Job]:
    """Return the fits of a benchmark, every name and setting checked before the first of them.

    Parameters
    ----------
    datasets, methods : sequences of str
        Names as on the command line.
    seeds : iterable of int
        All of them are reported; none is chosen.
    paper : bool
        Use the settings that the method's paper gives for the data set, where they are
        committed (see :func:`paper_settings`); otherwise the one configuration for all data.
    data_root, device
        As on the command line.

    Raises
    ------
    InputError
        If a name is unknown, a setting out of range, or the device not to be had.
    """
    seeds, place = list(seeds), choose_device(device).type
    jobs = []
    for dataset in dict.fromkeys(datasets):
        for plain in _named(methods, find_card(dataset).kind == "graphs"):
            settings = paper_settings(plain.name, dataset) if paper else None
            method = _resolved(plain.replace(**(settings or {})))
            config = "default" if settings is None else "paper"
            jobs += [Job(dataset, method, config, seed, place, data_root) for seed in seeds]
    return jobs


def plan_for(
    loaded: Loaded | LoadedGraphs,
    name: str,
    methods: Sequence[str],
    seeds: Iterable[int],
    *,
    device: str = "auto",
) -> list[Job]:
    """Return the fits to data that were read already; :func:`measure` is told how to read them.

    Parameters
    ----------
    loaded : Loaded or LoadedGraphs
    name : str
        What the table calls them.
    methods, seeds, device
        As :func:`plan` takes them.

    Raises
    ------
    InputError
        If a method's name is unknown, or the device not to be had.
    """
    seeds, place = list(seeds), choose_device(device).type
    return [
        Job(name, _resolved(method), seed=seed, device=place, fingerprint=loaded.fingerprint)
        for method in _named(methods, isinstance(loaded, LoadedGraphs))
        for seed in seeds
    ]


def _named(methods: Sequence[str], whole: bool) -> Iterable[Method]:
    """Return the methods of these names, one that is named twice once."""
    named = [named_method(name, "graph_method" if whole else "method") for name in methods]
    return {method.name: method for method in named}.values()


def _resolved(method: Method) -> Method:
    resolve = resolve_graph_method if method.kind == "graph_method" else resolve_method
    return resolve(method)


def measure(
    jobs: Sequence[Job],
    results: Results | None = None,
    isolate: bool = False,
    load: Callable[[Job], Loaded | LoadedGraphs] = Job.load,
) -> Iterator[dict[str, Any]]:
    """Yield the row of every job, in order, each kept in ``results`` before the next fit begins.

    Parameters
    ----------
    jobs : sequence of Job
    results : Results, optional
        A job whose row is there already is not done again.
    isolate : bool
        Give every fit a process of its own, so that the peak of memory is its own.
    load : callable
        Reads a job's data; by default the named set, or what a folder holds. Not asked where fits
        are isolated.

    Raises
    ------
    InputError
        If data cannot be had. A fit that is refused is a row that says so.
    """
    results = Results() if results is None else results
    held: tuple[Any, Loaded | LoadedGraphs] | None = None
    for job in tqdm(jobs, file=sys.stderr, leave=False):
        row = results.find(job, isolate)
        if row is not None:
            yield row
            continue
        if isolate:
            row = fit_isolated(job)
        else:
            # Jobs come data set by data set: one is held at a time.
            source = (job.dataset, job.data_root, job.folder, job.method.reads_direction)
            if held is None or held[0] != source:
                held = None
                held = (source, load(job))
            row = fit_row(job, held[1])
        results.add(row)
        yield row


def paper_settings(method: str, dataset: str) -> dict[str, Any] | None:
    """Return the committed settings of a paper for a data set, ``None`` without any."""
    name = f"{method.lower().replace('-', '_')}.{dataset.lower()}.toml"
    file = files("graphclust.bench").joinpath("paper", name)
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
