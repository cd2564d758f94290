"""What newcomers bring: every file works, or is refused in one line."""

from __future__ import annotations

import csv
import json
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_wrong_input import refuses

# What the command line tells in a line, it warns of.
pytestmark = pytest.mark.filterwarnings("default")

SEA, LAW = ("wave", "tide", "ship", "anchor"), ("court", "judge", "trial", "jury")


def test_a_name_that_is_nearly_a_data_set_s_is_none_of_a_path(cli, here) -> None:
    refuses(cli, here, "fit", "mnits", "--as", "images", words=("did you mean mnist",))


def rows_of(path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(Path(path).read_text().splitlines()))


def documents() -> list[str]:
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(words, 5)) for _ in range(15) for words in (SEA, LAW)]


def test_texts_without_words_are_in_all_clusters_alike(cli, here) -> None:
    (here / "t.txt").write_text("\n".join([*documents(), "!?", "🙂 🙂", "", "..."]) + "\n")
    done = cli("fit", "t.txt", "--as", "texts", "--n-clusters", 2, "--out", "run")
    assert done.status == 0
    assert sum("4 of 34 items have nothing to be compared by" in x for x in done.err) == 1, done.err
    assert [float(row["confidence"]) for row in rows_of("run/labels.csv")] == [1.0] * 30 + [0.5] * 4
    again = cli("predict", "run", "t.txt", "--as", "texts")
    assert again.status == 0
    refused = (here / "u.txt").write_text("!?\n🙂\n...\n" * 9)
    assert refused
    refuses(
        cli, here, "fit", "u.txt", "--as", "texts", words=("u.txt: none of 27 texts has a word",)
    )


@pytest.mark.parametrize(
    "texts",
    [
        ["the very same words"] * 30,
        ["word"] * 5,
        ["東京都は日本の首都", "裁判所の判決が出た"] * 8,
        ["البحر والسفينة والموج", "المحكمة والقاضي والقانون"] * 8,
        [*documents(), " ".join(np.random.default_rng(1).choice(SEA, 2_000_000))],
    ],
    ids=["alike", "one word", "unspaced", "right to left", "ten megabytes"],
)
def test_texts_of_every_kind(cli, here, texts) -> None:
    (here / "t.txt").write_text("\n".join(texts) + "\n")
    done = cli("fit", "t.txt", "--as", "texts", "--n-clusters", 2, "--json")
    assert done.status == 0 and not any("divide" in line for line in done.err), done.err
    assert json.loads(done.out)["n_items"] == len(texts)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_texts_in_quotes_over_lines_and_in_other_encodings(cli, here, encoding) -> None:
    with (here / "t.csv").open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["id", "text", "größe\nof it"])
        writer.writerows((f"t{i}", d.replace(" ", "\n", 1), 1) for i, d in enumerate(documents()))
    done = cli("fit", "t.csv", "--as", "texts", "--n-clusters", 2, "--out", "run")
    assert done.status == 0, done.err
    labels = [row["label"] for row in rows_of("run/labels.csv")]
    assert len(labels) == 30 and len(set(labels[::2])) == len(set(labels[1::2])) == 1
    assert any("Windows-1252" in line for line in done.err) == (encoding == "cp1252")


def test_texts_that_are_not_there(cli, here) -> None:
    (here / "none.csv").write_text("text\n")
    (here / "twice.csv").write_text("text,text\na,b\n")
    refuses(cli, here, "fit", "none.csv", "--as", "texts", words=("none.csv holds no texts",))
    refuses(cli, here, "fit", "twice.csv", "--as", "texts", words=("two columns 'text'",))


@pytest.mark.skipif(find_spec("sentence_transformers") is None, reason="needs the extra text")
def test_a_model_that_is_out_of_reach_is_said_at_once(cli, here, monkeypatch) -> None:
    import sentence_transformers  # noqa: F401  what takes long by itself

    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # where nobody listens
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    (here / "t.txt").write_text("\n".join(documents()) + "\n")
    began = time.perf_counter()
    model = ("--vectors", "nobody/nothing")
    line = refuses(cli, here, "fit", "t.txt", "--as", "texts", *model, words=("nobody/nothing",))
    assert time.perf_counter() - began < 10 and "tfidf" in line
