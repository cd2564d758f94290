"""``graphclust import``, fits on what it writes, and labels for those who read parquet."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphclust.graphs.stores import open_store
from tests.cli.conftest import Cli, features, tree, write_edges

SSGC = ("--method", "ssgc", "--n-clusters", 3)


@pytest.fixture
def store(cli: Cli, here: Path, edges: Path) -> Path:
    np.save(here / "x.npy", features())
    np.save(here / "y.npy", np.arange(18) // 6)
    outcome = cli("import", edges, "--features", "x.npy", "--labels", "y.npy", "--out", "g.store")
    assert outcome.status == 0 and outcome.out.startswith("18 nodes, 45 edges, 4 features in g.s")
    return here / "g.store"


def test_a_fit_on_a_store_is_that_on_its_files(cli, here, edges, store) -> None:
    files = ("--features", "x.npy", "--labels", "y.npy")
    assert cli("fit", edges, *files, *SSGC, "--out", "a").status == 0
    assert cli("fit", store, *SSGC, "--out", "b").status == 0
    assert (here / "a/labels.csv").read_bytes() == (here / "b/labels.csv").read_bytes()
    ours, theirs = (json.loads((here / run / "metrics.json").read_text()) for run in "ab")
    for metrics in (ours, theirs):
        del metrics["seconds"], metrics["peak_memory_mb"]
    assert ours == theirs and ours["nmi"] > 0.9


def test_a_store_larger_than_what_is_allowed_is_read_in_blocks(cli, here, store) -> None:
    assert open_store(store, "2KB").fits is False
    outcome = cli("fit", store, *SSGC, "--memory", "512", "--out", "a")
    assert outcome.status == 2 and "do not hold a column" in outcome.err[-1]
    outcome = cli("fit", store, *SSGC, "--memory", "2KB", "--out", "a", "--report")
    assert outcome.status == 0 and any("in blocks" in line for line in outcome.err)
    assert json.loads((here / "a/metrics.json").read_text())["nmi"] > 0.9
    assert cli("predict", "a", store, "--memory", "2KB").out == (here / "a/labels.csv").read_text()
    outcome = cli("fit", store, "--memory", "2KB", "--n-clusters", 3)
    assert outcome.status == 2 and "needs the whole graph in memory" in outcome.err[-1]
    outcome = cli("fit", store, "--memory", "2KB", "--method", "ssgc")
    assert outcome.status == 2 and "give their number" in outcome.err[-1]


def test_parquet_in_and_out(cli, here, edges) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    pairs = np.loadtxt(edges, delimiter=",", dtype=np.int64)
    table = pyarrow.table({"src": pairs[:, 0], "dst": pairs[:, 1]})
    parquet.write_table(table, here / "edges.parquet")
    spectral = ("--method", "spectral", "--n-clusters", 3)
    assert cli("fit", edges, *spectral, "--out", "a").status == 0
    assert (
        cli("fit", "edges.parquet", *spectral, "--out", "b", "--labels-format", "parquet").status
        == 0
    )
    assert cli("predict", "b", "edges.parquet", "--out", "again.parquet").status == 0
    expected = (here / "a/labels.csv").read_text().splitlines()
    for file in (here / "b/labels.parquet", here / "again.parquet"):
        rows = parquet.read_table(file)
        assert str(rows.schema.field("id").type) == "int64"
        columns = rows.to_pydict()
        lines = [f"{i},{label},{c:.4f}" for i, label, c in zip(*columns.values(), strict=True)]
        assert ["id,label,confidence", *lines] == expected
    assert (here / "b/labels.csv").read_text().splitlines() == expected


def test_names_come_back(cli, here) -> None:
    pytest.importorskip("pyarrow")
    import pyarrow.parquet as parquet

    path = write_edges(here / "g.csv", [("ann", "bob"), ("bob", "cid"), ("dee", "eve")])
    assert cli("import", path, "--out", "s").status == 0
    fit = ("fit", "s", "--method", "spectral", "--n-clusters", 2, "--labels-format", "parquet")
    assert cli(*fit, "--out", "run").status == 0
    table = parquet.read_table(here / "run/labels.parquet").to_pydict()
    assert table["id"] == ["ann", "bob", "cid", "dee", "eve"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("import", "none.csv", "--out", "s"), "none.csv does not exist"),
        (("import", "edges.csv", "--out", "edges.csv"), "is a file: give a folder"),
        (("import", "edges.csv", "--out", "s", "--memory", "much"), "memory 'much' is no size"),
        (("import", "edges.csv", "--out", "s", "--features", "no.npy"), "no.npy does not exist"),
        (("fit", "edges.csv", "--memory", "1GB"), "--memory applies to a store"),
        (("fit", "karate", "--memory", "1GB"), "--memory applies to a store"),
    ],
)
def test_wrong_input_is_one_line_and_leaves_nothing(cli, here, edges, arguments, message) -> None:
    before = tree(here)
    outcome = cli(*arguments)
    assert outcome.status == 2 and message in outcome.err[-1]
    assert tree(here) == before


def test_a_store_brings_its_own_labels(cli, here, store) -> None:
    outcome = cli("fit", store, *SSGC, "--labels", "y.npy")
    assert outcome.status == 2 and "--labels does not apply to" in outcome.err[-1]
