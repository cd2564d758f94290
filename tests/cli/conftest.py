"""The command line as a user has it: an empty folder, a few files, and what came out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from graphclust.cli.main import main


@dataclass
class Outcome:
    """What one command left: exit status, standard output, lines of standard error."""

    status: int
    out: str
    err: list[str]


Cli = Callable[..., Outcome]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty working folder, without any data of the user's."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GRAPHCLUST_DATA", raising=False)
    return folder


@pytest.fixture
def cli(here: Path, capfd: pytest.CaptureFixture[str]) -> Cli:
    """Return a function that runs ``graphclust ARGUMENTS`` in this process."""

    def run(*arguments: object) -> Outcome:
        capfd.readouterr()
        try:
            status = main([str(a) for a in arguments])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        captured = capfd.readouterr()
        return Outcome(status, captured.out, captured.err.splitlines())

    return run


def tree(folder: Path) -> dict[str, str]:
    """Return every file and folder below, hidden ones too, with what each holds."""
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        if p.is_file()
        else "folder"
        for p in sorted(folder.rglob("*"))
    }


def caveman() -> nx.Graph:
    """Return three cliques in a ring."""
    return nx.connected_caveman_graph(3, 6)


def write_edges(path: Path, rows: list[tuple], header: str = "", delimiter: str = ",") -> Path:
    lines = [header] if header else []
    lines += [delimiter.join(map(str, row)) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


def features() -> np.ndarray:
    """Return features of the 18 nodes that lean towards their clique."""
    noise = np.random.default_rng(0).normal(size=(18, 4))
    return (np.eye(4)[np.arange(18) // 6] + 0.2 * noise).astype(np.float32)


@pytest.fixture
def edges(here: Path) -> Path:
    """Return an edge list of nodes 0 .. 17."""
    return write_edges(here / "edges.csv", list(caveman().edges))
