"""Processes that share a fit get what one process gets, and end together."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import networkx as nx
import pytest

from tests.ranks.conftest import PATIENCE, ROOT, ended, start

WORKER = Path(__file__).with_name("worker.py")
PARTS = (
    "test_operations",
    "test_encoders",
    "test_objectives",
    "test_starts_of_kmeans_are_dealt_out",
)
FITS = (
    "test_fits",
    "test_number_of_clusters_is_chosen_alike",
    "test_first_writes",
    "test_goes_on_with_another_number",
    "test_refusals",
)


def shared(size: int, folder: Path, *tasks: str) -> None:
    """Let so many ranks do tasks of the worker's; all of them must come to the end."""
    for rank, (status, out, err) in enumerate(ended(start(size, WORKER, folder, *tasks))):
        assert (status, out) == (0, f"rank {rank} is done\n"), err


def test_two_ranks_get_what_one_process_gets(tmp_path) -> None:
    shared(2, tmp_path, *PARTS, *FITS)


def test_three_ranks_get_what_one_process_gets(tmp_path) -> None:
    shared(3, tmp_path, *PARTS, "test_fewer_nodes_than_ranks")


@pytest.mark.slow
def test_three_ranks_fit_as_one_process_does(tmp_path) -> None:
    shared(3, tmp_path, *FITS)


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGSTOP, marks=pytest.mark.slow)]
)
def test_a_lost_rank_ends_the_other(tmp_path, number) -> None:
    # One that is stopped keeps its connections: the other's patience is what ends it.
    processes = start(2, WORKER, tmp_path, "lost")
    while not (tmp_path / "rank-1").exists():
        assert all(process.poll() is None for process in processes), ended(processes)
        time.sleep(0.1)
    time.sleep(2)
    processes[1].send_signal(number)
    began = time.monotonic()
    _, err = processes[0].communicate(timeout=PATIENCE)
    assert time.monotonic() - began < 60  # seconds of patience, and of a machine that is busy
    assert processes[0].returncode == 1
    assert "LostRankError: rank 0 of 2 has lost touch with the others" in err
    processes[1].kill()
    processes[1].communicate()


def test_torchrun_and_the_command_line(tmp_path) -> None:
    edges, out = tmp_path / "edges.csv", tmp_path / "run"
    graph = nx.connected_caveman_graph(3, 6)
    edges.write_text("".join(f"n{a},n{b}\n" for a, b in graph.edges))
    fit = ("fit", edges, "--n-clusters", 3, "--out", out, "--device", "cpu")
    torchrun = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", 2)
    more = ("--method", "dmon", "--set", "epochs=30", "--json")
    done = subprocess.run(
        [sys.executable, *map(str, (*torchrun, "-m", "graphclust", *fit, *more))],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (out / "metrics.json").read_text()
    assert json.loads((out / "run.json").read_text())["ranks"] == 2
    assert len((out / "labels.csv").read_text().splitlines()) == 19
    told = [
        subprocess.run(
            [sys.executable, *map(str, (*start, "-m", "graphclust", "predict", out, edges))],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        for start in ((), torchrun)
    ]
    assert [one.returncode for one in told] == [0, 0], told[1].stderr
    rows = [[line.split(",") for line in one.stdout.splitlines()] for one in told]
    assert len(rows[0]) == 19  # once, not by each
    assert [row[:2] for row in rows[0]] == [row[:2] for row in rows[1]]


@pytest.mark.slow
def test_the_first_rank_says_what_is_wrong(tmp_path) -> None:
    fit = ("-m", "graphclust", "fit", "karate", "--method", "leiden", "--out", tmp_path / "run")
    (first, out, said), *others = ended(start(2, *fit))
    assert (first, out) == (2, "")
    assert said.startswith("graphclust: error: leiden cannot be shared by several ranks: start it")
    assert said.count("\n") == 1
    assert others == [(2, "", "")]
