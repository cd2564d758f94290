"""Every kind of source that ``--as`` names: what is none of it is refused in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from graphclust.cli.main import main
from graphclust.cli.source_options import KINDS as OFFERED
from graphclust.graphs.kinds import KINDS

pytestmark = pytest.mark.filterwarnings("default")


def refused(capfd: pytest.CaptureFixture[str], path: str, kind: str) -> str:
    """Assert that a source is refused in one line that names it, and return the line."""
    assert main(["fit", path, "--as", kind]) == 2
    told = capfd.readouterr()
    lines = [line for line in told.err.splitlines() if "note: skipped" not in line]
    assert len(lines) == 1 and told.out == "" and not Path("runs").exists(), told
    assert lines[0].startswith("graphclust: error: ") and path in lines[0], lines[0]
    return lines[0]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_the_command_line_offers_all() -> None:
    assert OFFERED == KINDS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["missing.csv", "no/such/folder", "photos"])
def test_a_path_that_is_not_there_is_told_alike(capfd, kind, path) -> None:
    said = f"{path} does not exist, and is no data set's name: check the path"
    assert refused(capfd, path, kind) == f"graphclust: error: {said}"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_none_of_the_kind(capfd, kind) -> None:
    Path("folder").mkdir()
    Path("empty.csv").write_bytes(b"")
    Path("noise.csv").write_bytes(np.random.default_rng(0).bytes(5000))
    Path("book.xlsx").write_bytes(b"PK\x03\x04" + bytes(99))
    Path("sound.wav").write_bytes(b"RIFF" + bytes(99))
    for path in ("folder", "empty.csv", "noise.csv", "book.xlsx", "sound.wav"):
        line = refused(capfd, path, kind)
        if path == "book.xlsx" and kind in ("graph", "table", "texts"):
            assert "is a spreadsheet" in line and ".csv or .parquet" in line
