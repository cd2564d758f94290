"""What a user may hand to ``graphclust fit``, and what lies in the run folder afterwards."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp

from tests.cli.conftest import Cli, caveman, features, tree, write_edges

SPECTRAL = ("--method", "spectral", "--n-clusters", 3, "--json")
PLAIN = [
    "method",
    "seed",
    "n_items",
    "n_edges",
    "n_clusters",
    "n_effective_clusters",
    "cluster_sizes",
    "seconds",
    "peak_memory_mb",
    "modularity",
    "conductance",
    "coverage",
    "silhouette",
]


def fitted(cli: Cli, *arguments: object, out: str = "run") -> tuple[dict, list[dict]]:
    """Run a fit that must succeed; return its metrics and the rows of ``labels.csv``."""
    outcome = cli("fit", *arguments, "--out", out)
    assert outcome.status == 0, outcome
    with Path(out, "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    metrics = json.loads(Path(out, "metrics.json").read_text())
    if "--json" in arguments:
        assert outcome.out == Path(out, "metrics.json").read_text()
    assert len(rows) == metrics["n_items"]
    return metrics, rows


def groups(rows: list[dict]) -> set[frozenset[str]]:
    labels = {row["label"] for row in rows}
    return {frozenset(r["id"] for r in rows if r["label"] == one) for one in labels}


def cliques(name: str = "{}") -> set[frozenset[str]]:
    return {frozenset(name.format(6 * c + i) for i in range(6)) for c in range(3)}


@pytest.mark.parametrize(
    ("file", "header", "name", "delimiter", "weight"),
    [
        ("plain.csv", "", "{}", ",", ()),
        ("header.csv", "source,target,weight", "{}", ",", (2.5,)),
        ("words.csv", "from,to", "person {}", ",", ()),
        ("semicolon.csv", "", "p{}", ";", (1,)),
        ("tabs.tsv", "", "p{}", "\t", ()),
        ("blanks.txt", "# a comment", "p{}", " ", (0.5,)),
    ],
)
def test_edge_lists_of_every_kind(cli, here, file, header, name, delimiter, weight) -> None:
    rows = [(name.format(a), name.format(b), *weight) for a, b in caveman().edges]
    write_edges(here / file, rows, header, delimiter)
    metrics, labels = fitted(cli, file, *SPECTRAL)
    assert groups(labels) == cliques(name)
    assert metrics["n_items"] == 18 and metrics["n_edges"] == caveman().number_of_edges()
    assert list(metrics) == PLAIN
    assert sum(metrics["cluster_sizes"]) == 18 and metrics["method"] == "spectral"
    (here / (file + ".gz")).write_bytes(gzip.compress((here / file).read_bytes()))
    assert groups(fitted(cli, file + ".gz", *SPECTRAL)[1]) == cliques(name)


def test_graph_files(cli, here) -> None:
    named = nx.relabel_nodes(caveman(), "n{}".format)
    nx.set_node_attributes(named, {n: f"team {int(n[1:]) // 6}" for n in named}, "team")
    nx.write_graphml(named, "g.graphml")
    nx.write_gml(named, "g.gml")
    sp.save_npz("g.npz", sp.csr_array(nx.to_scipy_sparse_array(caveman())))
    for file in ("g.graphml", "g.gml"):
        metrics, rows = fitted(cli, file, *SPECTRAL, "--label-column", "team")
        assert groups(rows) == cliques("n{}") and metrics["acc"] == 1.0
        assert [row["id"] for row in rows] == list(named)
        assert list(metrics) == [*PLAIN, "acc", "nmi", "ami", "ari", "f1"]
    metrics, rows = fitted(cli, "g.npz", *SPECTRAL)
    assert groups(rows) == cliques()
    ends = np.array(list(caveman().edges)).T
    np.savez("parts.npz", edge_index=ends, x=features(), y=np.arange(18) // 6)
    metrics, rows = fitted(cli, "parts.npz", *SPECTRAL[2:], "--set", "epochs=5")
    assert metrics["acc"] > 0.5 and [row["id"] for row in rows] == [str(i) for i in range(18)]


def test_tables(cli, here) -> None:
    x = np.repeat(np.eye(3), 30, axis=0) * 9 + np.random.default_rng(0).normal(size=(90, 3))
    np.save("x.npy", x)
    lines = [f"s{i},{a},{b},{c},{'xyz'[i // 30]}" for i, (a, b, c) in enumerate(x.tolist())]
    (here / "t.csv").write_text("\n".join(["id,a,b,c,kind", *lines]) + "\n")
    metrics, rows = fitted(cli, "x.npy", *SPECTRAL)
    assert metrics["n_items"] == 90 and sorted(map(len, groups(rows))) == [30, 30, 30]
    metrics, rows = fitted(cli, "t.csv", *SPECTRAL, "--label-column", "kind")
    assert metrics["acc"] == 1.0 and rows[7]["id"] == "s7"
    assert metrics == fitted(cli, "t.csv", "--as", "table", *SPECTRAL, "--label-column", "kind")[
        0
    ] | {key: metrics[key] for key in ("seconds", "peak_memory_mb")}


def test_features_and_labels_from_files(cli, here) -> None:
    named = [(f"p{a}", f"p{b}") for a, b in caveman().edges]
    write_edges(here / "g.csv", named)
    order = list(dict.fromkeys(node for edge in named for node in edge))
    number = [int(node[1:]) for node in order]
    np.save("x.npy", features()[number])
    sp.save_npz("x.npz", sp.csr_array(features()[number]))
    shuffled = np.random.default_rng(1).permutation(18)
    lines = [f"p{i},{','.join(map(str, features()[i].tolist()))}" for i in shuffled]
    (here / "x.csv").write_text("\n".join(["id,a,b,c,d", *lines]) + "\n")
    np.save("y.npy", np.asarray(number) // 6)
    ids = "\n".join(f"p{i},team {i // 6}" for i in shuffled)
    (here / "y.csv").write_text(f"id,team\n{ids}\n")
    deep = ("--n-clusters", 3, "--set", "epochs=30", "--json")
    seen = []
    for index, (x, y) in enumerate([("x.npy", "y.npy"), ("x.npz", "y.csv"), ("x.csv", "y.csv")]):
        metrics, rows = fitted(
            cli, "g.csv", *deep, "--features", x, "--labels", y, out=f"run{index}"
        )
        assert [row["id"] for row in rows] == order
        assert metrics["acc"] == 1.0
        seen.append([row["label"] for row in rows])
    assert seen[0] == seen[1] == seen[2]


def test_labels_change_nothing_but_the_score(cli, here, edges) -> None:
    np.save("y.npy", np.arange(18) % 2)
    deep = ("--set", "epochs=5", "--json")
    without, plain = fitted(cli, edges, *deep, out="without")
    scored, rows = fitted(cli, edges, *deep, "--labels", "y.npy", out="with")
    assert rows == plain and "acc" in scored and "acc" not in without
    for name in ("embedding.npy", "membership.npy", "model/model.safetensors"):
        assert Path("with", name).read_bytes() == Path("without", name).read_bytes()


def test_configuration_files_and_settings(cli, here, edges) -> None:
    Path("c.toml").write_text('method = "dgi"\nn_clusters = 3\nepochs = 4\nchannels = 8\n')
    Path("c.json").write_text(json.dumps({"method": "dgi", "n_clusters": 3, "epochs": 4}))
    metrics, _ = fitted(cli, edges, "--config", "c.toml", "--json")
    run = json.loads(Path("run/run.json").read_text())
    assert metrics["method"] == "dgi" and metrics["n_clusters"] == 3
    assert run["method"]["args"]["epochs"] == 4 and run["method"]["args"]["channels"] == 8
    assert len(run["history"]["loss"]) == 4
    both = ("--config", "c.json", "--set", "epochs=0", "--n-clusters", "2", "--set", "channels=[4]")
    metrics, _ = fitted(cli, edges, *both)
    run = json.loads(Path("run/run.json").read_text())
    assert metrics["n_clusters"] == 2 and run["method"]["args"]["channels"] == [4]
    assert run["history"] == {}
    assert {"seed", "device", "versions", "data", "source"} <= set(run)


def test_without_a_number_of_clusters_one_is_chosen_and_said(cli, here, edges) -> None:
    quick = ("--set", "epochs=20", "--json")
    metrics, _ = fitted(cli, edges, *quick)
    again, _ = fitted(cli, edges, *quick, "--n-clusters", "auto")
    assert metrics["n_clusters"] == again["n_clusters"] == 3
    outcome = cli("fit", edges, "--method", "leiden", "--n-clusters", 3, "--out", "leiden")
    assert outcome.status == 0 and any("finds the number" in line for line in outcome.err)


def test_the_summary_and_the_default_folder(cli, here, edges) -> None:
    outcome = cli("fit", "edges.csv", *SPECTRAL[:-1], "--report")
    assert outcome.status == 0
    assert "18 items in 3 clusters by spectral" in outcome.out
    assert str(Path("runs", "edges", "report.html")) in outcome.out
    assert sorted(p.name for p in Path("runs/edges").iterdir()) == [
        "embedding.npy",
        "labels.csv",
        "membership.npy",
        "metrics.json",
        "model",
        "report.html",
        "run.json",
    ]
    assert not [name for name in tree(here) if name.rpartition("/")[2].startswith(".")]


def test_a_run_is_replaced_by_the_next_and_the_same_again(cli, here, edges) -> None:
    _, first = fitted(cli, edges, "--set", "epochs=3", "--n-clusters", 3)
    weights = Path("run/model/model.safetensors").read_bytes()
    fitted(cli, edges, *SPECTRAL)
    _, third = fitted(cli, edges, "--set", "epochs=3", "--n-clusters", 3)
    assert first == third and Path("run/model/model.safetensors").read_bytes() == weights
    assert sorted(p.name for p in here.iterdir()) == ["edges.csv", "run"]


def test_isolated_rows_keep_their_place(cli, here, edges) -> None:
    np.save("x.npy", np.r_[features(), np.zeros((2, 4), np.float32)])
    metrics, rows = fitted(
        cli, edges, "--features", "x.npy", "--n-clusters", 3, "--set", "epochs=3"
    )
    assert metrics["n_items"] == 20 and [row["id"] for row in rows] == [str(i) for i in range(20)]
    assert all(row["label"] != "" for row in rows)


def test_features_of_a_node_without_an_edge_make_it_an_isolated_one(cli, here) -> None:
    write_edges(here / "g.csv", [(f"p{a}", f"p{b}") for a, b in caveman().edges])
    rows = [f"p{i},{','.join(map(str, features()[i].tolist()))}" for i in range(18)]
    lines = ["id,a,b,c,d", "hermit,1,0,0,0", *rows]
    Path("x.csv").write_text("\n".join(lines) + "\n")
    quick = ("g.csv", "--features", "x.csv", "--n-clusters", 3, "--set", "epochs=3")
    metrics, rows = fitted(cli, *quick)
    assert metrics["n_items"] == 19 and rows[-1]["id"] == "hermit" and rows[-1]["label"] != ""


def test_settings_that_begin_with_batch_cut_the_training(cli, here, edges) -> None:
    fit = ("fit", edges, "--method", "dmon", "--n-clusters", 3, "--set", "epochs=3", "--json")
    cut = ("--set", "batch_kind=clusters", "--set", "batch_size=8", "--set", "batch_parts=2",
           "--set", "batch_prefetch=true")  # fmt: skip
    outcome = cli(*fit, *cut, "--out", "run")
    assert outcome.status == 0, outcome.err
    assert json.loads(outcome.out)["method"] == "dmon"
    method = json.loads(Path("run", "run.json").read_text())["method"]
    assert method["name"] == "in_batches" and method["args"]["method"]["args"]["epochs"] == 3
    assert method["args"]["batches"]["name"] == "clusters"
    assert method["args"]["batches"]["args"] == {
        "size": 8, "parts": 2, "cut": False, "prefetch": True
    }  # fmt: skip
    assert cli("predict", "run", edges).status == 0
    for setting, words in (
        ("batch_kind=cluster", "did you mean clusters"),
        ("batch_hops=2", "size"),
        ("batch_size=0", "at least 1"),
    ):
        outcome = cli(*fit, "--set", setting, "--out", "other")
        assert outcome.status == 2 and len(outcome.err) == 1 and words in outcome.err[0]
    outcome = cli("fit", edges, "--method", "graphmae", "--n-clusters", 3, *cut, "--out", "other")
    assert outcome.status == 2 and "feature_reconstruction" in outcome.err[-1]
