"""Whole graphs on the command line: fit, predict, report, methods, bench."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from tests.cli.conftest import Cli

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def tu(here: Path) -> Path:
    """Return a data root with a small set in the TU collection's format, named MUTAG."""
    folder = here / "data" / "MUTAG" / "raw"
    folder.mkdir(parents=True)
    edges, indicator, labels, nodes, first = [], [], [], [], 1
    for number in range(24):
        n = 4 + number % 4
        graph = nx.cycle_graph(n) if number % 2 else nx.star_graph(n - 1)
        edges += [(first + a, first + b) for a, b in graph.edges]
        edges += [(first + b, first + a) for a, b in graph.edges]
        indicator += [number + 1] * n
        nodes += [number % 2] * n
        labels.append(1 if number % 2 else -1)
        first += n
    files = {"A": edges, "graph_indicator": indicator, "graph_labels": labels, "node_labels": nodes}
    for aspect, rows in files.items():
        text = "\n".join(", ".join(map(str, r)) if isinstance(r, tuple) else str(r) for r in rows)
        (folder / f"MUTAG_{aspect}.txt").write_text(text + "\n")
    return here / "data"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_named_set_is_fitted_reported_and_predicted(cli: Cli, tu: Path) -> None:
    place = ("--data-root", tu)
    outcome = cli("fit", "tu:MUTAG", *place, "--seed", 1, "--out", "run", "--json", "--report")
    assert outcome.status == 0, outcome
    metrics = json.loads(outcome.out)
    assert metrics["n_items"] == 24 and metrics["n_clusters"] == 2
    assert metrics["nmi"] > 0.9
    assert metrics["n_nodes"] == 132 and metrics["method"] == "default"
    assert "modularity" not in metrics and "silhouette" in metrics
    run = json.loads(Path("run/run.json").read_text())
    assert run["level"] == "graphs" and run["data"]["n_items"] == 24
    fitted = rows_of(Path("run/labels.csv"))
    assert [r["id"] for r in fitted] == [str(i) for i in range(24)]
    assert "24 items in 2 clusters" in Path("run/report.html").read_text()
    again = cli("predict", "run", "tu:MUTAG", *place, "--out", "again.csv")
    assert again.status == 0, again
    assert rows_of(Path("again.csv")) == fitted


def test_a_folder_of_files_is_a_graph_a_file(cli: Cli, here: Path) -> None:
    for number in range(12):
        graph = nx.cycle_graph(5 + number % 3) if number % 2 else nx.star_graph(5 + number % 3)
        folder = here / "set" / ("ring" if number % 2 else "star")
        folder.mkdir(parents=True, exist_ok=True)
        nx.write_graphml(graph, folder / f"g{number}.graphml")
    outcome = cli("fit", "set", "--as", "graphs", "--n-clusters", 2, "--out", "run", "--json")
    assert outcome.status == 0, outcome
    assert json.loads(outcome.out)["ari"] > 0.9
    assert {r["id"] for r in rows_of(Path("run/labels.csv"))} >= {"ring/g1", "star/g10"}
    (here / "set" / "ring" / "bad.graphml").write_text("<graphml><cut")
    bad = cli("fit", "set", "--as", "graphs", "--out", "other")
    assert bad.status == 2 and "bad.graphml cannot be read" in bad.err[-1]
    assert not Path("other").exists()


def test_a_model_of_nodes_and_graphs_do_not_mix(cli: Cli, tu: Path, edges: Path) -> None:
    assert cli("fit", "tu:MUTAG", "--data-root", tu, "--out", "run", "--method", "wl").status == 0
    outcome = cli("predict", "run", edges)
    assert outcome.status == 2
    assert "holds a model of graphs" in outcome.err[-1]
    wrong = cli("fit", "tu:MUTAG", "--data-root", tu, "--method", "dmon", "--out", "other")
    assert wrong.status == 2 and "no graph_method named 'dmon'" in wrong.err[-1]


def test_methods_tell_the_level(cli: Cli) -> None:
    rows = json.loads(cli("methods", "--json").out)
    assert {r["level"] for r in rows} == {"nodes", "graphs"}
    graphs = json.loads(cli("methods", "--level", "graphs", "--json").out)
    assert {"default", "infograph", "graphcl", "wl"} <= {r["method"] for r in graphs}
    both = json.loads(cli("methods", "default", "--json").out)
    assert [r["level"] for r in both] == ["nodes", "graphs"]
    assert "clusters  graphs" in cli("methods", "infograph").out


def test_bench_tabulates_sets_of_graphs(cli: Cli, tu: Path) -> None:
    outcome = cli(
        "bench", "--datasets", "tu:MUTAG", "--methods", "wl", "graph_statistics",
        "--seeds", 2, "--data-root", tu, "--out", "bench",
    )  # fmt: skip
    assert outcome.status == 0, outcome
    assert "| tu:MUTAG | wl | default | 2 | 2 |" in outcome.out
    rows = json.loads(Path("bench/results.json").read_text())["rows"]
    assert len(rows) == 4 and np.mean([r["nmi"] for r in rows]) > 0.5
