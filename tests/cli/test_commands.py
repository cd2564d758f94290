"""The commands beside ``fit``, in this process and as programs of their own."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import graphclust as gc
from graphclust.cli.main import COMMANDS
from tests.cli.conftest import caveman, features, write_edges

ROOT = Path(gc.__file__).parents[1]


def program(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``python ARGUMENTS`` with this package in its path."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_help_is_instant_and_imports_nothing_heavy() -> None:
    code = """
import sys
from graphclust.cli.main import main
for words in ([], *([c] for c in sys.argv[1:])):
    try:
        main([*words, "--help"])
    except SystemExit as leaving:
        assert not leaving.code
heavy = {"torch", "sklearn", "scipy", "numpy", "networkx", "torch_geometric"} & set(sys.modules)
assert not heavy, heavy
"""
    done = program("-c", code, *COMMANDS)
    assert done.returncode == 0, done.stderr
    for name, summary in COMMANDS.items():
        assert name in done.stdout and summary[:20].lower() in done.stdout.lower()


def test_the_module_is_the_program(here, edges) -> None:
    done = program("-m", "graphclust", "fit", "gone.csv", cwd=here)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("graphclust: error: gone.csv does not exist")
    assert len(done.stderr.splitlines()) == 1
    done = program("-m", "graphclust", "--version")
    assert done.stdout.split() == ["graphclust", gc.__version__]


def test_predict_in_a_fresh_process_is_the_same_for_files_and_named_data(cli, here, edges) -> None:
    np.save("x.npy", features())
    sources = [("edges.csv",), ("edges.csv", "--features", "x.npy"), ("x.npy",), ("karate",)]
    for index, source in enumerate(sources):
        run = ("--out", f"run{index}")
        assert cli("fit", *source, "--set", "epochs=5", "--n-clusters", 3, *run).status == 0
    code = f"""
from graphclust.cli.main import main
for index, source in enumerate({sources!r}):
    assert main(["predict", f"run{{index}}", *source, "--out", f"{{index}}.csv"]) == 0
assert main(["predict", "run0", "edges.csv"]) == 0
"""
    done = program("-c", code, cwd=here)
    assert done.returncode == 0, done.stderr
    for index in range(len(sources)):
        expected = Path(f"run{index}", "labels.csv").read_text()
        assert table(Path(f"{index}.csv").read_text()) == table(expected)
    assert table(done.stdout) == table(Path("run0", "labels.csv").read_text())
    assert not list(here.glob("*.part"))


@pytest.mark.parametrize("method", ["default", "leiden"])
def test_predict_places_nodes_that_came_later(cli, here, method) -> None:
    named = [(f"p{a}", f"p{b}") for a, b in caveman().edges]
    write_edges(here / "g.csv", named)
    write_edges(here / "grown.csv", [*named, *(("new", f"p{i}") for i in range(6, 12))])
    k = () if method == "leiden" else ("--n-clusters", 3, "--set", "epochs=30")
    assert cli("fit", "g.csv", "--method", method, *k, "--out", "run").status == 0
    outcome = cli("predict", "run", "grown.csv")
    label = {row["id"]: row["label"] for row in table(outcome.out)}
    known = {row["id"]: row["label"] for row in table(Path("run/labels.csv").read_text())}
    assert outcome.status == 0 and len(label) == 19
    assert label["new"] == label["p8"]
    assert {node: label[node] for node in known} == known


def test_predict_joins_rows_that_came_later_to_the_table(cli, here) -> None:
    x = np.repeat(np.eye(3), 30, axis=0) * 9 + np.random.default_rng(0).normal(size=(90, 3))
    np.save("x.npy", x)
    lines = "\n".join(f"s{i},{a},{b},{c}" for i, (a, b, c) in enumerate(x.tolist()))
    Path("x.csv").write_text(f"id,a,b,c\n{lines}\n")
    Path("one.csv").write_text("id,a,b,c\nnew,0.1,9.2,-0.3\n")
    np.save("few.npy", np.r_[x[40:42], [[8.9, 0.1, 0.2]]])
    for file in ("x.npy", "x.csv"):
        fit = ("fit", file, "--as", "table", "--n-clusters", 3, "--set", "epochs=20")
        assert cli(*fit, "--out", file[2:]).status == 0
        label = [row["label"] for row in table(Path(file[2:], "labels.csv").read_text())]
        few = [row["label"] for row in table(cli("predict", file[2:], "few.npy").out)]
        assert few == [label[40], label[41], label[0]]
        one = table(cli("predict", file[2:], "--as", "table", "one.csv").out)
        assert [(row["id"], row["label"]) for row in one] == [("new", label[31])]


def test_report_of_a_run(cli, here, edges) -> None:
    fit = ("fit", edges, "--method", "spectral", "--n-clusters", 3, "--out", "run")
    assert cli(*fit).status == 0
    outcome = cli("report", "run")
    page = Path("run", "report.html")
    assert outcome.status == 0 and outcome.out.strip() == str(page)
    assert "spectral" in page.read_text() and page.read_text().startswith("<!")
    assert cli(*fit).status == 0, "a report in the folder does not stop the next run"


def test_bench_writes_every_seed(cli, here) -> None:
    outcome = cli(
        "bench", "--datasets", "karate", "--methods", "spectral", "leiden", "--seeds", 2,
        "--out", "bench",
    )  # fmt: skip
    assert outcome.status == 0 and outcome.out.count("| karate |") == 2
    results = json.loads(Path("bench/results.json").read_text())
    assert [(r["method"], r["seed"]) for r in results["rows"]] == [
        ("spectral", 0),
        ("spectral", 1),
        ("leiden", 0),
        ("leiden", 1),
    ]
    assert Path("bench/table.md").read_text() in outcome.out + "\n"


def test_bench_of_data_of_ones_own(cli, here, edges) -> None:
    rows = ["kind,text", *(f"{w},{w} {w} number{i % 2}" for w in ("cat", "tax") for i in range(9))]
    Path("notes.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    reading = ("notes.csv", "--as", "texts", "--column", "text", "--label-column", "kind")
    bench = ("--methods", "default", "kmeans", "--seeds", 2, "--out", "bench")
    outcome = cli("bench", *reading, *bench)
    assert outcome.status == 0, outcome
    lines = [line for line in outcome.out.splitlines() if line.startswith("| notes.csv")]
    assert len(lines) == 2 and all("| 2 | 2 | 100.0 (100.0 to 100.0)" in line for line in lines)
    assert any(
        "4 of 4 fits are in bench already" in line for line in cli("bench", *reading, *bench).err
    )
    # The same name with other content is not the same data.
    Path("notes.csv").write_text("\n".join([*rows, "tax,tax tax"]) + "\n", encoding="utf-8")
    again = cli("bench", *reading, *bench)
    assert again.status == 0 and not any("already" in line for line in again.err)
    plain = cli("bench", edges, "--methods", "leiden", "--seeds", 1)
    assert plain.status == 0 and "| leiden |" in plain.out, "without known classes"


def test_lists_are_json_if_asked(cli, here) -> None:
    methods = json.loads(cli("methods", "--json").out)
    assert {"dmon", "leiden", "default"} <= {row["method"] for row in methods}
    assert all(row["family"] and row["cost"] and row["needs"] for row in methods)
    datasets = json.loads(cli("datasets", "--json").out)
    place = {row["name"]: row["place"] for row in datasets}
    assert place["karate"] == "installed" and place["cora"] is None
    plain = cli("datasets")
    assert plain.status == 0 and len(plain.out.splitlines()) == len(datasets) + 2
    assert len(cli("methods").out.splitlines()) == len(methods) + 2


def test_named_data_bring_their_number_of_classes(cli, here) -> None:
    outcome = cli("fit", "karate", "--method", "spectral", "--json")
    metrics = json.loads(outcome.out)
    assert metrics["n_clusters"] == 2 and metrics["n_items"] == 34 and metrics["acc"] > 0.9
    assert Path("runs/karate/labels.csv").is_file()
