"""Texts and tables from the command line, and what is wrong with them in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphclust.adapters import sentence_models


@pytest.fixture
def titles(here: Path) -> Path:
    rng = np.random.default_rng(0)
    topics = {"sea": ["wave", "tide", "ship", "anchor"], "law": ["court", "judge", "trial", "jury"]}
    rows = [
        (" ".join(rng.choice(words, 4)), topic)
        for _ in range(20)
        for topic, words in topics.items()
    ]
    path = here / "titles.csv"
    path.write_text("\n".join(["title,topic", *(f"{t},{y}" for t, y in rows)]) + "\n")
    return path


FIT = ("--as", "texts", "--n-clusters", 2, "--out", "run")


def test_texts_with_their_words(cli, here, titles) -> None:
    done = cli("fit", titles, *FIT, "--column", "title", "--label-column", "topic", "--report")
    assert done.status == 0, done.err
    assert json.loads(Path("run/metrics.json").read_text())["acc"] == 1.0
    told = json.loads(Path("run/words.json").read_text())["clusters"]
    assert {frozenset(c["words"]) for c in told} == {
        frozenset({"wave", "tide", "ship", "anchor"}),
        frozenset({"court", "judge", "trial", "jury"}),
    }
    assert "cluster 0" in done.out and "ship" in done.out
    assert "judge" in Path("run/report.html").read_text()
    assert any("40 texts, 8 words" in line for line in done.err)
    again = cli("fit", titles, *FIT, "--column", "title")
    assert again.status == 0  # words.json is the run's own and may be replaced
    late = cli("predict", "run", titles, "--as", "texts", "--column", "title")
    assert late.status == 0
    other = here / "other.csv"
    other.write_text("title\n" + "ship tide\n" * 12 + "court jury\n" * 12)
    refused = cli("predict", "run", other, "--as", "texts")
    assert refused.status == 2 and "Fit all items at once" in refused.err[-1]


def test_vectors_of_ones_own_and_labels_beside_texts(cli, here, titles) -> None:
    np.save("x.npy", np.eye(2)[np.arange(40) % 2] + 0.01 * np.arange(80).reshape(40, 2) / 80)
    np.save("y.npy", np.arange(40) % 2)
    beside = ("--features", "x.npy", "--labels", "y.npy")
    assert cli("fit", titles, *FIT, "--column", "title", *beside).status == 0
    assert json.loads(Path("run/metrics.json").read_text())["acc"] == 1.0


def test_what_is_wrong_with_texts_is_one_line(cli, here, titles, monkeypatch) -> None:
    def refuses(*arguments, words):
        done = cli("fit", *arguments, *FIT)
        assert done.status == 2 and len(done.err) == 1 and not Path("run").exists()
        for word in words:
            assert word in done.err[0], done.err[0]

    refuses(titles, "--column", "tittle", words=("titles.csv", "'tittle'", "did you mean title"))
    refuses(titles, words=("2 columns", "--column"))
    (here / "semi.csv").write_text("id;title\n1;a b, c\n2;d e\n")
    refuses("semi.csv", "--column", "text", words=("no column 'text'", "id, title"))
    (here / "odd.csv").write_bytes(b"title,topic\n\xff\xfe,x\n")
    refuses("odd.csv", "--column", "title", words=("odd.csv", "not UTF-8"))
    (here / "ragged.csv").write_text("title,topic\na b,c\na,b,c,d\n")
    refuses("ragged.csv", "--column", "title", words=("row 3", "4 columns", "delimiter"))
    (here / "bad.jsonl").write_text('{"title": "a"}\n{oops\n')
    refuses("bad.jsonl", "--column", "title", words=("line 2", "not JSON"))
    (here / "bad.txt.gz").write_bytes(b"\x1f\x8b\x08not gzip")
    refuses("bad.txt.gz", words=("damaged gzip",))
    monkeypatch.setattr(sentence_models, "find_spec", lambda name: None)
    model = ("--column", "title", "--vectors", "all-MiniLM-L6-v2")
    refuses(titles, *model, words=("sentence-transformers", "graphclust[text]"))


def test_a_table_with_categories_and_gaps(cli, here) -> None:
    rows = [f"r{i},{(i % 2) * 50 + i % 7},{'ab'[i % 2]},{i % 2}" for i in range(40)]
    rows[3] = "r3,,b,1"
    (here / "t.csv").write_text("\n".join(["id,size,colour,kind", *rows]) + "\n")
    fit = ("fit", "t.csv", "--as", "table", "--n-clusters", 2, "--out", "run")
    done = cli(*fit, "--label-column", "kind")
    assert done.status == 0, done.err
    assert json.loads(Path("run/metrics.json").read_text())["acc"] > 0.95
    notes = "\n".join(done.err)
    assert "size (1)" in notes and "colour (2)" in notes
    done = cli(*fit, "--label-column", "knd")
    assert done.status == 2 and "no column 'knd'" in done.err[0]
