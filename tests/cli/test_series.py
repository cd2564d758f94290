"""``--as series``: rows of a csv, lists of a json, a matrix; of unlike lengths, with odd values."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.test_wrong_input import refuses

FIT = ("--as", "series", "--n-clusters", 2, "--out", "run")


def waves(n: int = 24, steps: int = 40) -> list[list[float]]:
    """Return series of one and of two waves, in turn, every third of them shorter."""
    rng, time = np.random.default_rng(0), np.linspace(0, 2 * np.pi, steps)
    rows = [(i + 1) * np.sin((1 + i % 2) * time) + 5 * i for i in range(n)]
    noisy = [row + 0.02 * (i + 1) * rng.normal(size=steps) for i, row in enumerate(rows)]
    return [[round(v, 4) for v in (row[::2] if i % 3 else row)] for i, row in enumerate(noisy)]


def write(form: str, series: list[list[float]]) -> str:
    path, names = Path(f"s.{form}"), [f"s{i}" for i in range(len(series))]
    if form == "json":
        path.write_text(json.dumps(dict(zip(names, series, strict=True))))
    elif form == "jsonl":
        path.write_text("".join(json.dumps(one) + "\n" for one in series))
    elif form == "npy":
        np.save(path, series)
    else:
        longest = max(map(len, series))
        head = ["id", "kind", *(f"t{t}" for t in range(longest))]
        gaps = [[""] * (longest - len(one)) for one in series]
        rows = [[names[i], i % 2, *one, *gaps[i]] for i, one in enumerate(series)]
        text = "\n".join(";".join(map(str, row)) for row in [head, *rows]) + "\n"
        path.write_text(text.replace(".", ",") if form == "csv" else text.replace(";", "\t"))
    return str(path)


@pytest.mark.parametrize("form", ["csv", "tsv", "json", "jsonl", "npy"])
def test_series_in_files(cli, here, form) -> None:
    series = waves() if form != "npy" else [one[:: len(one) // 20] for one in waves()]
    columns = ("--label-column", "kind") if form in ("csv", "tsv") else ()
    done = cli("fit", write(form, series), *FIT, *columns)
    assert done.status == 0, done.err
    rows = list(csv.DictReader(Path("run/labels.csv").read_text().splitlines()))
    assert len(rows) == 24
    assert len({r["label"] for r in rows[::2]}) == len({r["label"] for r in rows[1::2]}) == 1
    assert any("8 of 24 series stretched to 20" in x for x in done.err) == (form != "npy")
    if columns:
        assert json.loads(Path("run/metrics.json").read_text())["acc"] == 1.0
        assert rows[3]["id"] == "s3"
    assert cli("predict", "run", f"s.{form}", "--as", "series", *columns).status == 0


@pytest.mark.filterwarnings("default")
def test_constant_series_have_no_shape(cli, here) -> None:
    series = [*waves(), [3.0] * 40, [1e200] * 40]
    done = cli("fit", write("json", series), *FIT)
    assert done.status == 0
    assert any("2 of 26 items have nothing to be compared by" in line for line in done.err)


def test_great_and_small_series_are_told_by_their_shape(cli, here) -> None:
    scales = [1e200, 1e200, 1e-200, 1e-200] * 6
    series = [[v * scale for v in one] for one, scale in zip(waves(), scales, strict=True)]
    done = cli("fit", write("jsonl", series), *FIT)
    assert done.status == 0, done.err
    rows = list(csv.DictReader(Path("run/labels.csv").read_text().splitlines()))
    assert len({r["label"] for r in rows[::2]}) == len({r["label"] for r in rows[1::2]}) == 1


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("s.csv", "1,2,3\n4,,6\n", ("series 1", "nan at step 1")),
        ("s.csv", "1,2,3\n4,inf,6\n", ("series 1", "inf at step 1")),
        ("s.csv", "1,2,3\n4,five,6\n", ("s.csv, line 2", "'five'")),
        ("s.csv", "1,2,3\n4\n", ("series 1 has 1 steps",)),
        ("s.csv", "", ("s.csv is empty",)),
        ("s.json", "[[1, 2], [3, NaN]]", ("series 1", "nan at step 1")),
        ("s.json", "[[1, 2], [3, null]]", ("series 1", "nan at step 1")),
        ("s.json", '[[1, 2], ["a", 3]]', ("series 1", "no number")),
        ("s.json", '[{"a": 1}]', ("s.json", "no list of lists")),
        ("s.json", "[[1, 2", ("s.json is not JSON",)),
        ("s.wav", "", ("s.wav", "series are read from")),
    ],
)
def test_what_is_no_series(cli, here, name, text, words) -> None:
    (here / name).write_text(text)
    refuses(cli, here, "fit", name, "--as", "series", words=words)


def test_options_that_do_not_go_with_series(cli, here) -> None:
    write("csv", waves())
    given = ("fit", "s.csv", "--as", "series")
    refuses(cli, here, *given, "--column", "t1", words=("--column t1",))
    refuses(cli, here, *given, "--label-column", "knd", words=("'knd'", "did you mean kind"))
    refuses(cli, here, *given, "--strict", words=("--strict",))
    refuses(cli, here, *given, "--vectors", "tfidf", words=("--vectors",))
