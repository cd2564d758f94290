"""Files of molecules: nothing is lost, and later molecules find their cluster."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

pytest.importorskip("rdkit", reason="the extra molecules is not installed")

ACIDS = [f"{'C' * n}C(=O)O" for n in range(1, 13)]
RINGS = [f"{'C' * n}c1ccncc1" for n in range(1, 13)]


def written(path: Path, rows: list[tuple[str, str]]) -> Path:
    lines = [f"{name},{text}\n" for name, text in rows]
    path.write_text("name,smiles\n" + "".join(lines), encoding="utf-8")
    return path


def read(path: Path) -> dict[str, tuple[str, str]]:
    with path.open(encoding="utf-8") as file:
        return {row["id"]: (row["label"], row["confidence"]) for row in csv.DictReader(file)}


@pytest.fixture
def rows() -> list[tuple[str, str]]:
    return [(f"m{i}", text) for i, text in enumerate([*ACIDS, *RINGS])]


def fit(cli: Cli, source: Path, *more: object) -> list[str]:
    outcome = cli("fit", source, "--n-clusters", 2, "--out", "run", *more)
    assert outcome.status == 0, outcome.err
    return outcome.err


def test_a_fresh_process_assigns_as_the_fit_did(cli: Cli, here: Path, rows) -> None:
    fit(cli, written(here / "mine.csv", rows))
    fitted = read(here / "run" / "labels.csv")
    mixed = random.Random(0).sample(rows, 20)
    later = written(here / "later.csv", [*mixed, ("new", "CCCCCCCCCCCCCCC(=O)O")])
    command = [sys.executable, "-m", "graphclust", "predict", "run", str(later), "--out", "new.csv"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = read(here / "new.csv")
    assert all(found[name] == fitted[name] for name in found if name != "new")
    assert found["new"][0] == fitted["m11"][0]  # an acid among acids


def test_what_cannot_be_read_is_listed_in_the_run(cli: Cli, here: Path, rows) -> None:
    broken = [*rows[:4], ("b1", "C1CC("), *rows[4:], ("b2", "")]
    told = fit(cli, written(here / "mine.csv", broken), "--skip-invalid")
    (line,) = [line for line in told if "left out" in line]
    assert "2 of 26" in line and "rows 5 ('C1CC('), 26 ('')" in line
    facts = json.loads((here / "run" / "run.json").read_text(encoding="utf-8"))
    assert any("rows 5 ('C1CC('), 26 ('')" in note for note in facts["notes"])
    assert set(read(here / "run" / "labels.csv")) == {name for name, _ in rows}


def test_names_that_repeat_are_said_to_be_no_ids(cli: Cli, here: Path, rows) -> None:
    told = fit(cli, written(here / "mine.csv", [*rows, ("m3", "CCO")]))
    assert any("column 'name' repeats 'm3': row numbers are the ids" in line for line in told)
    assert set(read(here / "run" / "labels.csv")) == {str(i + 1) for i in range(25)}
