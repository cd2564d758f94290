"""``python -m graphclust.bench.rivals``: whole fits beside the same method in PyAGC.

PyAGC has an environment of its own (``python -m venv``, ``pip install pyagc``), whose interpreter
is given. Both contenders have the same widths, activations, rates, epochs and number of clusters,
which are those of PyAGC's own benchmark, and rows of features that sum to one. Every fit has a
process of its own, and they take turns; the k-means after NS4GC is part of it, reading the data
and importing packages are not. Memory is told three times: what came on top while fitting, what
of it is left without the pages of libraries' files (their code, read in when it first runs), and
the process's peak, packages and data included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from graphclust.bench.isolation import package_environment
from graphclust.bench.job import store
from graphclust.bench.program import tell
from graphclust.bench.table import row_of
from graphclust.encoders import GCN
from graphclust.encoders.transforms import UnitRows
from graphclust.errors import InputError
from graphclust.estimators.resolution import resolve_method
from graphclust.graphs import Graph
from graphclust.graphs.datasets import load_named
from graphclust.methods import DMoN, Method
from graphclust.methods.base import Recipe
from graphclust.methods.multistage.ns4gc import NS4GC
from graphclust.metrics import nmi
from graphclust.objectives import DropEdgesMaskFeatures

WORKER = Path(__file__).with_name("rival_worker.py")
OURS, THEIRS = "graphclust", "PyAGC"
HEADS = ("data", "method", "epochs", "whose", "seconds", "NMI", "on top MB", "held MB", "peak MB")
MEMORY = ("fit_mb", "held_mb", "peak_mb")
WIDTH = 64
# Of both views, from PyAGC 1.1's benchmark/NS4GC: edges dropped, features masked.
VIEWS = {"cora": (0.3, 0.2), "amazon-photo": (0.8, 0.0)}
# From its benchmark/DMoN: layers, and whether a batch normalisation stands between them.
LAYERS = {"cora": (1, False), "amazon-photo": (2, True)}
EPOCHS = {"ns4gc": 200, "dmon": 1000}
DESCENT = {"lr": 1e-3, "weight_decay": 1e-5}


@dataclass(frozen=True)
class Contest:
    """One method on one data set, as both contenders are set.

    Attributes
    ----------
    dataset, method : str
    epochs : int
    ours : Method
    theirs : dict
        What PyAGC's classes are called with, see :mod:`graphclust.bench.rival_worker`.
    """

    dataset: str
    method: str
    epochs: int
    ours: Method
    theirs: dict[str, Any]


class BenchmarkNS4GC(NS4GC, register=False, name="ns4gc_benchmark"):
    """NS4GC with views and features as PyAGC has them: entries masked, rows that sum to one."""

    def compose(self, graph: Graph, n_clusters: int) -> Recipe:
        """Return the recipe."""
        recipe = super().compose(graph, n_clusters)
        view = DropEdgesMaskFeatures(self.drop_edges, self.mask_features, masks="entries")
        assert recipe.objective is not None
        objective = recipe.objective.replace(first=view, second=view)
        return replace(recipe, objective=objective, before=[UnitRows(1)])


def contest(dataset: str, method: str, epochs: int | None = None) -> Contest:
    """Return the settings of both contenders, PyAGC's own ones for this data set.

    Raises
    ------
    InputError
        If there are none.
    """
    if dataset not in VIEWS or method not in EPOCHS:
        raise InputError(
            f"{method} on {dataset}: known are {', '.join(EPOCHS)} on {', '.join(VIEWS)}"
        )
    steps = EPOCHS[method] if epochs is None else epochs
    make = _ns4gc if method == "ns4gc" else _dmon
    ours, theirs = make(dataset, steps)
    return Contest(dataset, method, steps, ours, {**theirs, "method": method, "descent": DESCENT})


def _ns4gc(dataset: str, epochs: int) -> tuple[Method, dict[str, Any]]:
    drop, mask = VIEWS[dataset]
    ours = BenchmarkNS4GC(
        threshold=0.6, temperature=0.1, drop_edges=drop, mask_features=mask, epochs=epochs, lr=1e-3
    )
    encoder = GCN([WIDTH, WIDTH], activation="relu", last_activation=False)
    theirs = {
        "encoder": {"hidden_channels": WIDTH, "num_layers": 2, "act": "relu"},
        "view": {"p_feat_mask": mask, "p_edge_drop": drop},
        "model": {"s": 0.6, "tau": 0.1, "lam": 1.0, "gam": 1.0},
    }
    return resolve_method(ours, encoder), theirs


def _dmon(dataset: str, epochs: int) -> tuple[Method, dict[str, Any]]:
    layers, norm = LAYERS[dataset]
    ours = DMoN(skip=False, collapse=1.0, feature_norm=1, epochs=epochs, lr=1e-3)
    encoder = GCN([WIDTH] * layers, activation="selu", last_activation=False, batch_norm=norm)
    theirs = {
        "encoder": {
            "hidden_channels": WIDTH,
            "num_layers": layers,
            "act": "selu",
            "norm": "batch_norm" if norm else None,
        },
        "model": {"lam": 1.0},
    }
    return resolve_method(ours, encoder), theirs


def rivals(
    contests: Sequence[Contest],
    rival_python: str,
    repeats: int = 3,
    data_root: str | None = None,
    busy: bool = False,
) -> Iterator[str]:
    """Yield the lines of a table in Markdown, and below it how much faster and smaller ours is.

    Parameters
    ----------
    contests : sequence of Contest
    rival_python : path
        Interpreter of an environment with PyAGC.
    repeats : int
        Fits of each contender, with the seeds 0, 1, ...
    data_root : path, optional
    busy : bool
        Tell the process's CPU seconds, which leave out the time in which others had the processor.

    Raises
    ------
    InputError
        If the interpreter has no PyAGC, or data cannot be had.
    """
    check_rival(rival_python)
    pythons = {OURS: sys.executable, THEIRS: rival_python}
    yield row_of(HEADS)
    yield "|" + "---|" * len(HEADS)
    ratios = []
    for one in contests:
        loaded = load_named(one.dataset, data_root, reads_direction=False)
        found: dict[str, list[dict[str, float]]] = {OURS: [], THEIRS: []}
        with tempfile.TemporaryDirectory(prefix="graphclust-rivals-") as folder:
            store(loaded.to_data(), Path(folder))
            for seed in range(repeats):
                for whose, python in pythons.items():
                    task = {"folder": folder, "k": loaded.n_classes, "seed": seed}
                    answer = fit(python, whose, one, task)
                    assert loaded.y is not None
                    labels = np.asarray(answer.pop("labels"))
                    found[whose].append({**answer, "nmi": nmi(loaded.y, labels)})
        clock = "cpu_seconds" if busy else "seconds"
        for whose, fits in found.items():
            cells = [_spread(fits, clock, ".2f"), _spread(fits, "nmi", ".3f")]
            cells += [_spread(fits, name, ".0f") for name in MEMORY]
            yield row_of([one.dataset, one.method, str(one.epochs), whose, *cells])
        ratios.append(_ratios(one, found, clock))
    yield ""
    yield from ratios


def fit(python: str, whose: str, one: Contest, task: dict[str, Any]) -> dict[str, Any]:
    """Return what one contender's process answers, see :mod:`graphclust.bench.rival_worker`.

    Raises
    ------
    InputError
        If the process fails; its last words say why.
    """
    config = one.ours.to_config()
    told = {**task, "epochs": one.epochs, "ours": config, "theirs": one.theirs}
    environment = package_environment() if whose == OURS else _without_this_package()
    with tempfile.TemporaryDirectory(prefix="graphclust-rival-") as folder:
        given, answer = Path(folder, "task.json"), Path(folder, "answer.json")
        given.write_text(json.dumps(told), encoding="utf-8")
        ended = subprocess.run(
            # Safe path (-P): the files beside the worker are no packages of its environment.
            [python, "-P", str(WORKER), whose, str(given), str(answer)],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if ended.returncode != 0:
            said = ended.stderr.strip().splitlines() or [f"status {ended.returncode}"]
            raise InputError(f"{whose}, {one.method} on {one.dataset}: the fit failed: {said[-1]}")
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def check_rival(python: str) -> None:
    """Refuse an interpreter without PyAGC, in one line.

    Raises
    ------
    InputError
    """
    try:
        ended = subprocess.run(
            [python, "-c", "import pyagc"],
            env=_without_this_package(),
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise InputError(f"--rival-python {python}: {error.strerror}; name a Python") from error
    if ended.returncode != 0:
        said = ended.stderr.strip().splitlines() or [f"status {ended.returncode}"]
        raise InputError(
            f"--rival-python {python} cannot import pyagc ({said[-1]}): make an environment for "
            "it, python -m venv DIR; DIR/bin/pip install -c constraints.txt torch pyagc"
        )


def _without_this_package() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _spread(fits: Sequence[dict[str, float]], name: str, form: str) -> str:
    values = [one[name] for one in fits]
    return f"{median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def _ratios(one: Contest, found: dict[str, list[dict[str, float]]], clock: str) -> str:
    middle = {
        whose: {name: median(fit[name] for fit in fits) for name in (clock, *MEMORY)}
        for whose, fits in found.items()
    }
    ours, theirs = middle[OURS], middle[THEIRS]
    return (
        f"{one.dataset}, {one.method}: {theirs[clock] / ours[clock]:.1f} times faster, "
        f"{ours['fit_mb'] / theirs['fit_mb']:.2f} of the memory on top of packages and data, "
        f"{ours['held_mb'] / theirs['held_mb']:.2f} without pages of libraries, "
        f"{ours['peak_mb'] / theirs['peak_mb']:.2f} of the process's."
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table to standard output, every row when it is there."""
    parser = argparse.ArgumentParser(
        prog="python -m graphclust.bench.rivals",
        description="Time, memory and NMI of whole fits beside the same method in PyAGC.",
    )
    add = parser.add_argument
    add("--rival-python", required=True, metavar="PATH", help="of an environment with PyAGC")
    add("--datasets", nargs="+", default=list(VIEWS), choices=VIEWS)
    add("--methods", nargs="+", default=list(EPOCHS), choices=EPOCHS)
    add("--repeats", type=int, default=3, metavar="N", help="fits of each, seeds 0, 1, ...")
    add("--epochs", type=int, metavar="N", help="instead of 200 (ns4gc) and 1,000 (dmon)")
    add("--data-root", metavar="DIR")
    add("--busy", action="store_true", help="count the process's CPU seconds: others' are left out")
    given = parser.parse_args(argv)

    def answer() -> Iterator[str]:
        if given.repeats < 1:
            raise InputError(f"--repeats {given.repeats}: give 1 at least")
        contests = [contest(d, m, given.epochs) for d in given.datasets for m in given.methods]
        yield from rivals(contests, given.rival_python, given.repeats, given.data_root, given.busy)

    return tell(parser, answer)


if __name__ == "__main__":
    sys.exit(main())
