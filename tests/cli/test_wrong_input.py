"""Whatever is wrong: status 2, one line that names it, and nothing written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp

from tests.cli.conftest import Cli, caveman, features, tree, write_edges


def refuses(cli: Cli, here: Path, *arguments: object, words: tuple[str, ...] = ()) -> str:
    """Assert that a command is refused as it should be, and return its one line."""
    before = tree(here)
    outcome = cli(*arguments)
    assert outcome.status == 2, outcome
    errors = [line for line in outcome.err if "error" in line]
    assert len(outcome.err) == len(errors) == 1, outcome.err
    line = errors[0]
    assert line.startswith("graphclust: error: ") and "Traceback" not in line
    assert outcome.out == ""
    assert tree(here) == before
    for word in words:
        assert word in line, (word, line)
    return line


FIT = ("--method", "spectral", "--n-clusters", 3)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("empty.csv", "", ("empty.csv", "empty")),
        ("comments.csv", "# nothing but this\n", ("comments.csv", "empty")),
        ("header.csv", "source,target\n", ("header.csv", "empty")),
        ("weights.csv", "a,b,1\nb,c,heavy\nc,a,2\n", ("weights.csv, line 2", "'heavy'")),
        ("wide.csv", "a,b\nb,c,1,7\n", ("wide.csv, line 2", "4 columns")),
        ("colon.csv", "a:b\nb:c\nc:a\n", ("colon.csv", "1 column", "two or three")),
        ("unnamed.csv", "a,b\n,c\n", ("unnamed.csv, line 2", "no name")),
        ("negative.csv", "a,b,1\nb,c,-2\n", ("negative.csv", "'b'", "weight -2")),
        ("nan.csv", "a,b,1\nb,c,nan\n", ("nan.csv", "weight nan")),
        ("file.xyz", "a,b\n", ("file.xyz", "--as")),
        ("broken.graphml", "<graphml><graph", ("broken.graphml", "GraphML")),
        ("broken.gml", "graph [ node [", ("broken.gml", "GML")),
        ("empty.gml", "graph [\n]\n", ("empty.gml", "0 nodes")),
    ],
)
def test_text_that_is_no_graph(cli, here, name, text, words) -> None:
    (here / name).write_text(text)
    refuses(cli, here, "fit", name, *FIT, words=words)


def test_files_that_are_damaged(cli, here, edges) -> None:
    (here / "cut.csv.gz").write_bytes(gzip.compress(edges.read_bytes())[:40])
    refuses(cli, here, "fit", "cut.csv.gz", *FIT, words=("cut.csv.gz", "damaged gzip"))
    (here / "binary.csv").write_bytes(bytes(range(256)) * 9)
    refuses(cli, here, "fit", "binary.csv", *FIT, words=("binary.csv", "UTF-8"))
    (here / "noise.npz").write_bytes(b"PK\x03\x04 and then nothing")
    refuses(cli, here, "fit", "noise.npz", *FIT, words=("noise.npz", "npz"))
    sp.save_npz("good.npz", nx.to_scipy_sparse_array(caveman()))
    (here / "short.npz").write_bytes(Path("good.npz").read_bytes()[:-60])
    refuses(cli, here, "fit", "short.npz", *FIT, words=("short.npz", "npz"))
    np.savez("objects.npz", adj=np.array([{"a": 1}], dtype=object))
    refuses(cli, here, "fit", "objects.npz", *FIT, words=("objects.npz",))
    np.save("objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    refuses(cli, here, "fit", "objects.npy", *FIT, words=("objects.npy",))
    (here / "short.npy").write_bytes(b"\x93NUMPY\x01")
    refuses(cli, here, "fit", "short.npy", *FIT, words=("short.npy",))


def test_paths_that_are_not_there(cli, here) -> None:
    refuses(cli, here, "fit", "missing.csv", words=("missing.csv", "does not exist"))
    refuses(cli, here, "fit", "data/missing.csv", words=("data/missing.csv",))
    (here / "folder").mkdir()
    refuses(cli, here, "fit", "./folder", words=("folder", "name a file"))


def test_npz_graphs_that_do_not_hold_together(cli, here) -> None:
    ends = np.array(list(caveman().edges)).T
    np.savez("beyond.npz", edge_index=np.c_[ends, [3, 40]], x=features())
    refuses(cli, here, "fit", "beyond.npz", *FIT, words=("beyond.npz", "40", "18 nodes"))
    sp.save_npz("oblong.npz", sp.csr_array(np.ones((3, 4))))
    refuses(cli, here, "fit", "oblong.npz", *FIT, words=("oblong.npz", "square"))
    sp.save_npz("none.npz", sp.csr_array((0, 0)))
    refuses(cli, here, "fit", "none.npz", *FIT, words=("none.npz", "0 nodes"))
    np.savez("adj.npz", adj=nx.to_numpy_array(caveman()), x=features()[:5])
    refuses(cli, here, "fit", "adj.npz", *FIT, words=("adj.npz", "5 rows", "18 nodes"))
    np.savez("nan.npz", adj=nx.to_numpy_array(caveman()), x=np.full((18, 2), np.nan))
    refuses(cli, here, "fit", "nan.npz", *FIT, words=("nan.npz", "NaN", "row 0"))


def test_side_files_that_do_not_fit(cli, here, edges) -> None:
    np.save("x.npy", features())
    np.save("short.npy", features()[:7])
    np.save("nan.npy", np.where(features() > 1, np.nan, features()))
    np.save("y.npy", np.arange(5))
    (here / "words.csv").write_text("1,2\n3,four\n")
    (here / "y.csv").write_text("id,label\nsomebody,1\n")
    refuses(cli, here, "fit", edges, "--features", "short.npy", words=("7 rows", "18 nodes"))
    refuses(cli, here, "fit", edges, "--features", "nan.npy", words=("NaN", "row"))
    refuses(cli, here, "fit", edges, "--features", "gone.npy", words=("gone.npy", "not exist"))
    refuses(cli, here, "fit", edges, "--features", "words.csv", words=("words.csv", "four"))
    refuses(cli, here, "fit", edges, "--labels", "y.npy", words=("y.npy", "5 labels", "18"))
    refuses(cli, here, "fit", edges, "--labels", "y.csv", words=("y.csv", "somebody"))
    refuses(cli, here, "fit", edges, "--labels", "gone.csv", words=("gone.csv", "not exist"))
    refuses(cli, here, "fit", edges, "--label-column", "y", words=("edges.csv", "'y'"))
    (here / "twice.csv").write_text("id,a\n" + "".join(f"{i % 17},1\n" for i in range(18)))
    refuses(cli, here, "fit", edges, "--features", "twice.csv", words=("'0' twice",))
    refuses(cli, here, "fit", edges, "--labels", "twice.csv", words=("twice.csv", "'0'"))
    write_edges(here / "beyond.csv", [*caveman().edges, (3, 40)])
    refuses(cli, here, "fit", "beyond.csv", "--features", "x.npy", words=("18", "19"))


@pytest.mark.parametrize(
    ("k", "words"),
    [
        ("19", ("19", "18")),
        ("0", ("0", "at least 1")),
        ("-2", ("-2", "at least 1")),
        ("seven", ("'seven'", "auto")),
        ("2.5", ("'2.5'", "whole number")),
    ],
)
def test_numbers_of_clusters_that_cannot_be(cli, here, edges, k, words) -> None:
    refuses(cli, here, "fit", edges, "--method", "spectral", f"--n-clusters={k}", words=words)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("epochs=abc", ("epochs='abc'", "whole number")),
        ("epochs=-3", ("epochs=-3", "0 or more")),
        ("epochs=2.5", ("epochs=2.5", "whole number")),
        ("epochs=true", ("epochs=True", "whole number")),
        ("lr=0", ("lr=0", "greater than 0")),
        ("lr=nan", ("lr=nan", "number")),
        ("channels=[]", ("channels=[]", "empty")),
        ("activation=swish", ("activation='swish'", "known")),
        ("epohcs=3", ("'epohcs'", "did you mean epochs")),
        ("epochs", ("NAME=VALUE",)),
        ("=3", ("NAME=VALUE",)),
    ],
)
def test_settings_that_cannot_be(cli, here, edges, setting, words) -> None:
    refuses(cli, here, "fit", edges, "--method", "dmon", "--set", setting, words=words)


def test_names_that_are_unknown_come_with_the_nearest(cli, here, edges) -> None:
    refuses(cli, here, "fit", edges, "--method", "dmom", words=("'dmom'", "did you mean dmon"))
    refuses(cli, here, "fit", "coar", words=("'coar'", "did you mean", "cora"))
    refuses(cli, here, "bench", "--datasets", "karate", "coar", words=("'coar'", "cora"))
    refuses(cli, here, "bench", "--datasets", "karate", "--methods", "dmom", words=("dmon",))
    refuses(cli, here, "bench", "--datasets", "karate", "--seeds", "0", words=("--seeds 0",))
    refuses(cli, here, "fti", words=("fti",))


def test_what_is_to_be_benched_is_told_in_one_way(cli, here, edges) -> None:
    karate = ("bench", "--datasets", "karate")
    refuses(cli, here, "bench", "--methods", "leiden", words=("--datasets NAME", "SOURCE"))
    refuses(cli, here, *karate, "--column", "text", words=("--column", "--datasets", "its own"))
    refuses(cli, here, *karate, "--memory", "1GB", words=("--memory", "--datasets"))
    refuses(cli, here, "bench", edges, "--datasets", "karate", words=("give one of them",))
    refuses(cli, here, "bench", edges, "--config", "paper", words=("--config paper",))
    refuses(cli, here, "bench", edges, "--isolate", words=("--isolate",))
    refuses(cli, here, "bench", "gone.csv", words=("gone.csv", "does not exist"))


def test_options_that_are_unknown_come_with_what_was_meant(cli, here, edges) -> None:
    for given, meant in [
        (("--k", 3), "did you mean --n-clusters?"),
        (("--clusters=3",), "did you mean --n-clusters?"),
        (("--seeed", 3), "did you mean --seed?"),
        (("--epochs", 3), "--set epochs=VALUE"),
        (("of my own",), "in quotes"),
    ]:
        refuses(cli, here, "fit", edges, *given, words=("graphclust fit has no", meant))
    refuses(cli, here, words=("COMMAND",))
    refuses(cli, here, "fit", words=("SOURCE",))
    refuses(cli, here, "fit", edges, "--frobnicate", words=("--frobnicate",))
    refuses(cli, here, "fit", edges, "--seed", "one", words=("--seed", "'one'"))
    refuses(cli, here, "fit", edges, "--seed=-1", words=("--seed -1",))
    refuses(cli, here, "fit", edges, *FIT, "--seed", 2**64, words=(str(2**64),))


def test_configurations_that_cannot_be_read(cli, here, edges) -> None:
    (here / "bad.toml").write_text("epochs = = 3")
    (here / "bad.json").write_text("{")
    (here / "list.json").write_text("[1]")
    (here / "method.toml").write_text("method = 3")
    (here / "key.toml").write_text('method = "dmon"\nepohcs = 3')
    (here / "k.toml").write_text('method = "spectral"\nn_clusters = 2.5')
    for name in ("bad.toml", "bad.json", "list.json", "method.toml"):
        refuses(cli, here, "fit", edges, "--config", name, words=(name,))
    refuses(cli, here, "fit", edges, "--config", "gone.toml", words=("gone.toml", "no such file"))
    refuses(cli, here, "fit", edges, "--config", "key.toml", words=("epohcs", "epochs"))
    refuses(cli, here, "fit", edges, "--config", "k.toml", words=("2.5", "whole number"))


def test_folders_that_are_no_runs_are_left_alone(cli, here, edges) -> None:
    (here / "mine").mkdir()
    (here / "mine" / "thesis.tex").write_text("years of work")
    (here / "file").write_text("")
    refuses(cli, here, "fit", edges, *FIT, "--out", "mine", words=("mine", "thesis.tex"))
    refuses(cli, here, "fit", edges, *FIT, "--out", "file", words=("file", "folder"))
    refuses(cli, here, "fit", edges, *FIT, "--out", "file/run", words=("file", "folder"))
    refuses(cli, here, "fit", edges, *FIT, "--out", ".", words=("edges.csv",))
    assert cli("fit", edges, *FIT, "--out", "run").status == 0
    (here / "run" / "notes.md").write_text("what I saw")
    refuses(cli, here, "fit", edges, *FIT, "--out", "run", words=("notes.md", "lost"))


def test_a_kind_that_a_file_is_not_is_one_line(cli, here, edges) -> None:
    for kind, what in (("images", "images"), ("videos", "clips")):
        refuses(cli, here, "fit", edges, "--as", kind, words=("edges.csv", f"no folder of {what}"))
    refuses(cli, here, "fit", edges, "--as", "graf", words=("graf",))
    refuses(cli, here, "fit", edges, "--as", "graphs", words=("edges.csv", "folder"))


def test_options_that_do_not_apply_to_a_named_data_set(cli, here) -> None:
    refuses(cli, here, "fit", "karate", "--features", "x.npy", words=("--features", "karate"))
    refuses(cli, here, "fit", "karate", "--as", "table", words=("--as", "karate"))
    refuses(cli, here, "fit", "tu:MUTAG", words=("MUTAG",))


def test_a_data_set_without_network_says_where_to_put_the_files(cli, here, monkeypatch) -> None:
    def refuse(*args, **kwargs):
        raise OSError("the network is off in tests")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    (here / "data").mkdir()
    line = refuses(cli, here, "fit", "cora", "--data-root", "data", words=("cora", "the network"))
    assert "ind.cora.x" in line and str(Path("data", "Cora", "raw")) in line
    refuses(cli, here, "fit", "cora", "--data-root", "gone", words=("--data-root", "gone"))


def test_cuda_where_there_is_none(cli, here, edges, monkeypatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    refuses(cli, here, "fit", edges, *FIT, "--device", "cuda", words=("cuda", "cpu or auto"))


def test_runs_that_are_none_or_were_changed(cli, here, edges) -> None:
    refuses(cli, here, "predict", "nowhere", edges, words=("nowhere",))
    refuses(cli, here, "report", "nowhere", words=("nowhere",))
    fit = ("fit", edges, "--n-clusters", 3, "--set", "epochs=2", "--out", "run")
    assert cli(*fit).status == 0
    np.save("x.npy", np.zeros((18, 2)))
    refuses(cli, here, "predict", "run", edges, "--features", "x.npy", words=("2 features",))
    for name in ("model/model.safetensors", "model/model.json", "embedding.npy", "membership.npy"):
        file = here / "run" / name
        whole = file.read_bytes()
        file.write_bytes(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
        refuses(cli, here, "predict", "run", edges, words=(name, "SHA-256"))
        file.unlink()
        refuses(cli, here, "predict", "run", edges, words=("run",))
        file.write_bytes(whole)
    facts = json.loads(Path("run/run.json").read_text())
    Path("run/run.json").write_text(json.dumps({**facts, "format": 99}))
    refuses(cli, here, "predict", "run", edges, words=("run", "format 99"))
    Path("run/run.json").write_text("{")
    refuses(cli, here, "predict", "run", edges, words=("run.json",))
    refuses(cli, here, "report", "run", words=("run.json",))


@pytest.mark.filterwarnings("default")
def test_warnings_are_one_line_each_on_standard_error(cli, here) -> None:
    write_edges(here / "arrows.csv", [(0, 1), (1, 0), (1, 2), (2, 3), (3, 4), (4, 2)])
    outcome = cli("fit", "arrows.csv", "--method", "spectral", "--n-clusters", 2, "--json")
    warned = [line for line in outcome.err if line.startswith("graphclust: warning: ")]
    assert outcome.status == 0 and len(warned) == 1 and "directed" in warned[0]
    assert all(line.startswith("graphclust: ") for line in outcome.err)
    json.loads(outcome.out)
    quiet = cli("fit", "arrows.csv", "--method", "louvain", "--out", "louvain")
    assert not any("warning" in line for line in quiet.err), quiet.err
