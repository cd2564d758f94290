"""Fit methods to data sets over seeds and tabulate medians, least and greatest."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any

from tqdm import tqdm

from graphclust.component import lookup
from graphclust.estimators import NodeClusterer
from graphclust.estimators.run_folder import metrics_of, versions
from graphclust.graphs.cards import find_card
from graphclust.graphs.datasets import load_named
from graphclust.methods import Method

SCORES = ("acc", "nmi", "ami", "ari", "f1", "modularity")


def run_bench(
    datasets: Sequence[str],
    methods: Sequence[str],
    seeds: Iterable[int],
    *,
    paper: bool = False,
    data_root: str | None = None,
    device: str = "auto",
) -> list[dict[str, Any]]:
    """Return one row of metrics for every data set, method and seed.

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
    """
    chosen = [(name, _method(name)) for name in methods]
    for dataset in datasets:
        find_card(dataset)  # an unknown name is an error now, not after the ones before it
    rows = []
    for dataset in datasets:
        loaded = load_named(dataset, data_root)
        jobs = [(name, method, seed) for name, method in chosen for seed in seeds]
        for name, method, seed in tqdm(jobs, desc=dataset, file=sys.stderr, leave=False):
            settings = paper_settings(name, dataset) if paper else None
            model = NodeClusterer(
                n_clusters=loaded.n_classes or "auto",
                method=method.replace(**(settings or {})),
                device=device,
                random_state=seed,
            ).fit(loaded.graph)
            config = "default" if settings is None else "paper"
            rows.append({"dataset": dataset, "config": config, **metrics_of(model, loaded.y)})
    return rows


def paper_settings(method: str, dataset: str) -> dict[str, Any] | None:
    """Return the committed settings of a paper for a data set, ``None`` without any."""
    name = f"{method.lower().replace('-', '_')}.{dataset.lower()}.toml"
    file = files("graphclust.bench").joinpath("paper", name)
    return tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def summarise(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row for each data set and method: median, least and greatest of each score."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["dataset"], row["method"], row["config"]), []).append(row)
    out = []
    for (dataset, method, config), group in groups.items():
        line: dict[str, Any] = {
            "dataset": dataset,
            "method": method,
            "config": config,
            "seeds": len(group),
            "n_clusters": median(r["n_clusters"] for r in group),
            "seconds": median(r["seconds"] for r in group),
        }
        for score in SCORES:
            values = [r[score] for r in group if r.get(score) is not None]
            if values:
                line[score] = (median(values), min(values), max(values))
        out.append(line)
    return out


def markdown(rows: Sequence[dict[str, Any]]) -> str:
    """Return the table in Markdown: per cent, median over the seeds with (least to greatest)."""
    shown = ("acc", "nmi", "ami", "ari", "f1", "modularity")
    lines = [
        "| data | method | settings | k | "
        + " | ".join(s.upper() if s != "modularity" else "Q" for s in shown)
        + " | seconds |",
        "|" + "---|" * (5 + len(shown)),
    ]
    for line in summarise(rows):
        scores = [
            "-" if s not in line
            else f"{100 * line[s][0]:.1f} ({100 * line[s][1]:.1f} to {100 * line[s][2]:.1f})"
            for s in shown
        ]  # fmt: skip
        lines.append(
            f"| {line['dataset']} | {line['method']} | {line['config']} | "
            f"{line['n_clusters']:g} | {' | '.join(scores)} | {line['seconds']:.1f} |"
        )
    return "\n".join(lines)


def write_results(rows: Sequence[dict[str, Any]], out: Path) -> None:
    """Write ``results.json`` (every seed, versions) and ``table.md`` into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    document = {"versions": versions(), "rows": list(rows)}
    (out / "results.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    (out / "table.md").write_text(markdown(rows) + "\n", encoding="utf-8")


def _method(name: str) -> Method:
    method: Method = lookup("method", name.lower().replace("-", "_"))()
    return method
