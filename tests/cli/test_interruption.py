"""Ctrl-C, termination and sudden death: what remains, and that going on loses nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import graphclust as gc
from graphclust import whole_files
from graphclust.estimators import run_folder
from graphclust.methods.classical.spectral import Spectral
from graphclust.objectives.discriminator import Discriminator
from graphclust.training import checkpoint
from graphclust.training.checkpoint_file import CHECKPOINT_FILE, read_facts
from tests.cli.conftest import tree, write_edges

ROOT = Path(gc.__file__).parents[1]
DEEP = ("--method", "dgi", "--n-clusters", 3, "--set", "epochs=12", "--set", "channels=8")


@pytest.fixture
def interrupt(monkeypatch):
    """Return a function that lets a signal come in the middle of an epoch, once."""

    def at(epoch: int, number: int = signal.SIGINT) -> None:
        plain = Discriminator.forward

        def forward(self, step):
            if step.epoch == epoch:
                monkeypatch.setattr(Discriminator, "forward", plain)
                out = plain(self, step)  # draws random numbers: half of the epoch is over
                signal.raise_signal(number)
                return out
            return plain(self, step)

        monkeypatch.setattr(Discriminator, "forward", forward)

    return at


def answer(run: str) -> tuple[bytes, ...]:
    names = ("labels.csv", "embedding.npy", "membership.npy", "model/model.safetensors")
    return tuple(Path(run, name).read_bytes() for name in names)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_fit_goes_on_bit_for_bit(cli, here, edges, interrupt, number, status):
    assert cli("fit", edges, *DEEP, "--out", "whole").status == 0
    interrupt(5, number)
    outcome = cli("fit", edges, *DEEP, "--out", "run")
    assert outcome.status == status and outcome.out == ""
    assert len(outcome.err) == 1, outcome.err
    assert "--resume" in outcome.err[-1] and "run" in outcome.err[-1]
    assert [p.name for p in Path("run").iterdir()] == [CHECKPOINT_FILE]
    assert read_facts(Path("run"))["epoch"] == 6, "the epoch was finished first"
    assert cli("fit", edges, *DEEP, "--out", "run", "--resume").status == 0
    assert answer("run") == answer("whole")
    assert not Path("run", CHECKPOINT_FILE).exists()
    history = [json.loads(Path(r, "run.json").read_text())["history"] for r in ("run", "whole")]
    assert history[0] == history[1] and len(history[0]["loss"]) == 12


def test_an_earlier_run_stays_until_the_next_is_whole(cli, here, edges, interrupt) -> None:
    assert cli("fit", edges, *DEEP, "--out", "run").status == 0
    before = answer("run")
    interrupt(3)
    other = ("fit", edges, *DEEP, "--seed", 1, "--out", "run")
    assert cli(*other).status == 130
    assert answer("run") == before and cli("predict", "run", edges).status == 0
    assert cli(*other, "--resume").status == 0
    assert answer("run") != before and not Path("run", CHECKPOINT_FILE).exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--seed", 1), "seed was 0, not 1"),
        (("--n-clusters", 2), "n_clusters was 3, not 2"),
        (("--set", "lr=0.5"), "method differs"),
        (("--method", "default"), "method differs"),
        (("--features", "x.npy"), "data differs"),
    ],
)
def test_a_checkpoint_of_another_fit_is_refused(cli, here, edges, interrupt, change, words) -> None:
    np.save("x.npy", np.eye(18))
    interrupt(3)
    assert cli("fit", edges, *DEEP, "--out", "run").status == 130
    before = tree(here)
    settings = DEEP if change[0] != "--method" else DEEP[2:]
    outcome = cli("fit", edges, *settings, *change, "--out", "run", "--resume")
    assert outcome.status == 2 and words in outcome.err[-1] and "--resume" in outcome.err[-1]
    assert tree(here) == before
    anew = cli("fit", edges, *settings, *change, "--out", "run")
    assert any("--resume would go on" in line for line in anew.err)
    assert anew.status == 0 and not Path("run", CHECKPOINT_FILE).exists()


def test_a_damaged_checkpoint_is_one_line(cli, here, edges, interrupt) -> None:
    interrupt(3)
    assert cli("fit", edges, *DEEP, "--out", "run").status == 130
    file = Path("run", CHECKPOINT_FILE)
    file.write_bytes(file.read_bytes()[:100])
    outcome = cli("fit", edges, *DEEP, "--out", "run", "--resume")
    assert outcome.status == 2 and str(file) in outcome.err[-1]


def test_resume_without_a_checkpoint_begins_anew_and_says_so(cli, here, edges) -> None:
    outcome = cli("fit", edges, *DEEP, "--out", "run", "--resume")
    assert outcome.status == 0 and any("nothing to resume" in line for line in outcome.err)


def test_the_state_is_kept_from_time_to_time(cli, here, edges, monkeypatch) -> None:
    monkeypatch.setattr(checkpoint, "EVERY", 0.0)
    assert cli("fit", edges, *DEEP, "--out", "whole").status == 0
    plain = Discriminator.forward

    def power_cut(self, step):
        if step.epoch == 7:
            raise RuntimeError("the lights go out")
        return plain(self, step)

    monkeypatch.setattr(Discriminator, "forward", power_cut)
    with pytest.raises(RuntimeError):
        cli("fit", edges, *DEEP, "--out", "run")
    (Path("run") / (CHECKPOINT_FILE + ".part")).write_bytes(b"half")
    monkeypatch.setattr(Discriminator, "forward", plain)
    assert cli("fit", edges, *DEEP, "--out", "run", "--resume").status == 0
    assert answer("run") == answer("whole")


@pytest.mark.parametrize("step", ["_write_labels", "_write_json", "_swap", "digests"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_the_last_writing_is_whole_or_not_at_all(
    cli, here, edges, monkeypatch, step, error
) -> None:
    assert cli("fit", edges, *DEEP, "--out", "run").status == 0
    before = tree(here)

    def fail(*arguments, **more):
        raise error

    monkeypatch.setattr(whole_files if step == "_swap" else run_folder, step, fail)
    for out in ("run", "new"):
        outcome = cli("fit", edges, *DEEP, "--seed", 1, "--out", out)
        assert outcome.status == (130 if isinstance(error, KeyboardInterrupt) else 2)
        assert tree(here) == before, "the old run or nothing"


def test_a_swap_that_fails_puts_the_old_run_back(cli, here, edges, monkeypatch) -> None:
    assert cli("fit", edges, *DEEP, "--out", "run").status == 0
    before = tree(here)
    rename = Path.rename

    def refuse(self, target):
        if self.name.startswith(".run.") and Path(target).name == "run":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    assert cli("fit", edges, *DEEP, "--seed", 1, "--out", "run").status == 2
    assert tree(here) == before


def test_an_interrupted_bench_prints_its_table_and_goes_on(cli, here, monkeypatch) -> None:
    bench = ("bench", "--datasets", "karate", "--methods", "spectral", "--seeds", 3, "--out", "b")
    plain = Spectral.fit

    def interrupted(self, graph, n_clusters, run):
        if run.generator.initial_seed() == 2:
            raise KeyboardInterrupt
        return plain(self, graph, n_clusters, run)

    monkeypatch.setattr(Spectral, "fit", interrupted)
    outcome = cli(*bench)
    assert outcome.status == 130 and "| karate | spectral | default | 2 |" in outcome.out
    assert "2 of 3 fits" in outcome.err[-1] and "goes on" in outcome.err[-1]
    monkeypatch.setattr(Spectral, "fit", plain)
    outcome = cli(*bench)
    assert outcome.status == 0 and "| karate | spectral | default | 3 |" in outcome.out
    assert any("2 of 3 fits are in b already" in line for line in outcome.err)


def test_ctrl_c_on_a_program_of_its_own(here) -> None:
    """The same as above with a real process and a real signal."""
    ends = np.random.default_rng(0).integers(0, 400, (3000, 2))
    write_edges(here / "g.csv", ends.tolist())
    code = """
import sys
from graphclust.cli.main import main
from graphclust.training import checkpoint
checkpoint.EVERY = 0.0  # so that the test sees when the training has begun
sys.exit(main(sys.argv[1:]))
"""
    fit = ("fit", "g.csv", "--method", "dgi", "--n-clusters", "3", "--out", "run")
    command = [sys.executable, "-c", code, *fit, "--set", "channels=8", "--set", "epochs=1000000"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, cwd=here, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        until = time.monotonic() + 60
        while not (here / "run" / CHECKPOINT_FILE).exists() and time.monotonic() < until:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert all(line.startswith("graphclust: ") for line in said.splitlines()), said
    assert "interrupted" in said.splitlines()[-1]
    assert [p.name for p in (here / "run").iterdir()] == [CHECKPOINT_FILE]
    facts = read_facts(here / "run")
    assert facts["epoch"] == len(facts["history"]["loss"]) >= 1
