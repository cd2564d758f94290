"""What is skipped is listed in the run folder; ``--strict`` refuses it instead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


def test_files_that_are_not_text_are_listed_or_refused(cli: Cli, here: Path) -> None:
    folder = here / "texts"
    folder.mkdir()
    for i in range(6):
        word = "cat dog" if i % 2 else "stocks bonds"
        (folder / f"{i}.txt").write_text(f"{word} {word}\n", encoding="utf-8")
    for i in range(25):
        (folder / f"bad{i:02}.txt").write_bytes(b"caf\xe9")
    given = ("fit", folder, "--as", "texts", "--n-clusters", 2, "--out", "run")
    outcome = cli(*given)
    assert outcome.status == 0, outcome.err
    listed = json.loads((here / "run" / "skipped.json").read_text(encoding="utf-8"))
    assert [one["id"] for one in listed] == [f"bad{i:02}.txt" for i in range(25)]
    assert any("5 files more: skipped.json lists all of them" in line for line in outcome.err)
    refused = cli(*given[:-1], "strict", "--strict")
    assert refused.status == 2 and "bad00.txt cannot be read" in refused.err[0]
    assert not (here / "strict").exists()
    # A run without anything skipped leaves no earlier list behind.
    for file in folder.glob("bad*"):
        file.unlink()
    assert cli(*given).status == 0
    assert not (here / "run" / "skipped.json").exists()


@pytest.mark.filterwarnings("default")
def test_texts_between_bars_and_texts_that_are_null(cli: Cli, here: Path) -> None:
    bars = here / "bars.csv"
    bars.write_text("id|text\n" + "a|cat dog\nb|cat dog cow\nc|stock bond\nd|bond stock\n")
    outcome = cli("fit", bars, "--as", "texts", "--n-clusters", 2, "--out", "bars")
    assert outcome.status == 0, outcome.err
    nulls = here / "nulls.jsonl"
    rows = [{"text": t} for t in ("cat dog", "dog cat", None, "bond stock", "stock bond")]
    nulls.write_text("\n".join(map(json.dumps, rows)) + "\n")
    outcome = cli("fit", nulls, "--as", "texts", "--n-clusters", 2, "--out", "nulls")
    assert outcome.status == 0
    assert any("1 of 5 items have nothing to be compared by" in line for line in outcome.err)
    assert len((here / "nulls" / "labels.csv").read_text().splitlines()) == 6


def test_a_number_that_is_infinite_is_named(cli: Cli, here: Path) -> None:
    table = here / "table.csv"
    table.write_text("a,b,c\n1,2,3\n4,inf,6\n7,8,1\n")
    outcome = cli("fit", table, "--as", "table", "--n-clusters", 2, "--out", "run")
    assert outcome.status == 2
    assert "column 'b', row 2: inf is not a number that can be compared" in outcome.err[0]


def test_a_table_of_categories_alone_is_clustered(cli: Cli, here: Path) -> None:
    table = here / "table.csv"
    table.write_text("colour,size\n" + "red,small\nblue,large\n" * 4)
    outcome = cli("fit", table, "--as", "table", "--n-clusters", 2, "--out", "run")
    assert outcome.status == 0, outcome.err
