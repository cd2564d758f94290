"""``graphclust explain``: for nodes, for graphs, for molecules and for proteins."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Cli, tree

ACIDS = [f"{'C' * n}C(=O)O" for n in range(1, 9)]
RINGS = [f"{'C' * n}c1ccncc1" for n in range(1, 9)]


def explanation(run: Path) -> dict:
    return json.loads((run / "explanation" / "explanation.json").read_text(encoding="utf-8"))


@pytest.fixture
def molecules(here: Path) -> Path:
    pytest.importorskip("rdkit", reason="the extra molecules is not installed")
    rows = [f"é{i},{text}\n" for i, text in enumerate([*ACIDS, *RINGS, "C1CC("])]
    path = here / "mine.csv"
    path.write_text("name,smiles\n" + "".join(rows), encoding="utf-8")
    return path


def fit(cli: Cli, source: object, *more: object) -> Path:
    outcome = cli("fit", source, "--method", "wl", "--n-clusters", 2, "--out", "run", *more)
    assert outcome.status == 0, outcome.err
    return Path("run")


def test_nodes(cli: Cli, here: Path) -> None:
    arguments = ("--method", "spectral", "--n-clusters", 2, "--out", "run")
    assert cli("fit", "karate", *arguments).status == 0
    outcome = cli("explain", "run")
    assert outcome.status == 0 and outcome.err == []
    assert "34 nodes in 2 clusters" in outcome.out and "conductance" in outcome.out
    facts = explanation(here / "run")
    assert facts["kind"] == "nodes" and sum(g["size"] for g in facts["groups"]) == 34
    refused = cli("explain", "run", "--attribution")
    assert refused.status == 2 and "this run clusters nodes" in refused.err[0]
    # The folder is a run still: it can be replaced, and what was in it goes.
    assert cli("fit", "karate", *arguments).status == 0
    assert not (here / "run" / "explanation").exists()


def test_molecules(cli: Cli, molecules: Path) -> None:
    run = fit(cli, molecules, "--skip-invalid")
    outcome = cli("explain", run)
    assert outcome.status == 0 and "16 molecules in 2 clusters" in outcome.out
    assert outcome.err == []  # what cannot be read was told by the fit
    facts = explanation(run)
    assert {m[0] for g in facts["groups"] for m in g["medoids"]} == {"é"}
    assert len(facts["images"]) == 6
    plain = tree(run)
    drawn = cli("explain", run, molecules, "--attribution")
    assert drawn.status == 0 and "asking the model again" in drawn.out
    assert sorted(tree(run)) == sorted(plain)


def test_what_is_refused(cli: Cli, here: Path, molecules: Path) -> None:
    run = fit(cli, molecules, "--skip-invalid")
    fewer = here / "fewer.csv"
    fewer.write_text("name,smiles\né0,C\né1,CC\n", encoding="utf-8")
    shutil.copytree(run, here / "torn")
    (here / "torn" / "embedding.npy").unlink()
    before = tree(here)
    for arguments, words in (
        (("run", fewer), "items are missing"),
        (("run", "karate"), "is not what the run was fitted to"),
        (("nowhere",), "nowhere is not a run folder"),
        (("torn", fewer), "has no embedding.npy"),
        (("run", "gone.csv"), "gone.csv"),
    ):
        outcome = cli("explain", *arguments)
        assert outcome.status == 2 and len(outcome.err) == 1, outcome
        assert words in outcome.err[0] and outcome.out == ""
    assert tree(here) == before


def test_proteins(cli: Cli, here: Path) -> None:
    pytest.importorskip("biotite", reason="the extra proteins is not installed")
    for kind, rise in (("helix", 1.5), ("strand", 3.3)):
        (here / "all" / kind).mkdir(parents=True)
        for n in range(10, 18):
            turn = np.arange(n) * np.deg2rad(100 if kind == "helix" else 180)
            xyz = np.c_[2.3 * np.cos(turn), 2.3 * np.sin(turn), rise * np.arange(n)]
            residue = "ALA" if kind == "helix" else "VAL"
            lines = [
                f"ATOM  {i:>5}  CA  {residue} A{i:>4}    {x:8.3f}{y:8.3f}{z:8.3f}"
                f"{1.0:6.2f}{0.0:6.2f}           C\n"
                for i, (x, y, z) in enumerate(xyz, start=1)
            ]
            (here / "all" / kind / f"{kind}-{n}.pdb").write_text("".join(lines) + "END\n")
    run = fit(cli, "all")
    outcome = cli("explain", run)
    assert outcome.status == 0 and "16 graphs in 2 clusters" in outcome.out
    assert "share of nodes: ALA" in outcome.out
    told = cli("explain", run, "--attribution")
    assert told.status == 0 and "most weight in " in told.out
    for group in explanation(run)["groups"]:
        for name, said in zip(group["medoids"], group["attributions"], strict=True):
            assert said["id"] == name and len(said["nodes"]) == int(name.split("-")[1])
            assert all(i < j < len(said["nodes"]) for i, j, _ in said["edges"])
