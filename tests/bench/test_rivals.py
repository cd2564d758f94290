"""The bench beside another package: both are set alike, each fit is another process."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graphclust.bench import rivals
from graphclust.bench.job import store
from graphclust.bench.rivals import DESCENT, EPOCHS, OURS, VIEWS, contest, fit, main
from graphclust.estimators.resolution import resolve_method
from graphclust.graphs.datasets import load_named
from graphclust.graphs.generators import attributed_partition
from graphclust.randomness import make_generator


@pytest.mark.parametrize("method", EPOCHS)
@pytest.mark.parametrize("dataset", VIEWS)
def test_both_are_set_alike(dataset, method) -> None:
    one = contest(dataset, method, 7)
    graph = load_named("karate").graph
    recipe = resolve_method(one.ours).compose(graph, 2)
    theirs = one.theirs["encoder"]
    assert recipe.encoder.channels == [theirs["hidden_channels"]] * theirs["num_layers"]
    assert recipe.encoder.activation == theirs["act"]
    assert recipe.encoder.batch_norm == (theirs.get("norm") == "batch_norm")
    assert (recipe.optimisation.epochs, one.epochs) == (7, 7)
    assert {name: getattr(recipe.optimisation, name) for name in DESCENT} == DESCENT
    json.dumps([one.ours.to_config(), one.theirs])  # both travel as JSON


def test_a_fit_is_another_process_whose_memory_is_told(tmp_path) -> None:
    data = attributed_partition(120, 400, 3, make_generator(0), 16)
    store(data, tmp_path)
    (tmp_path / "labels.npy").unlink()  # a fit reads no classes
    task = {"folder": str(tmp_path), "k": 3, "seed": 0}
    answer = fit(sys.executable, OURS, contest("cora", "dmon", 2), task)
    assert len(answer["labels"]) == 120
    assert 0 <= answer["fit_mb"] < answer["peak_mb"]
    assert answer["held_mb"] <= answer["fit_mb"]
    assert answer["cpu_seconds"] > 0


def test_the_table_tells_ratios_of_medians(monkeypatch, capsys) -> None:
    truth = load_named("karate")
    assert truth.y is not None
    seconds = {"graphclust": iter([1.0, 9.0, 2.0]), "PyAGC": iter([30.0, 10.0, 20.0])}

    def answered(python, whose, one, task):
        part = 10.0 if whose == OURS else 40.0
        return {
            "labels": np.roll(truth.y, task["seed"] * 7).tolist(),
            "seconds": next(seconds[whose]),
            "fit_mb": part,
            "held_mb": part - 5,
            "peak_mb": 10 * part,
        }

    monkeypatch.setattr(rivals, "load_named", lambda *_, **__: truth)
    monkeypatch.setattr(rivals, "store", lambda *_: None)
    monkeypatch.setattr(rivals, "check_rival", lambda _: None)
    monkeypatch.setattr(rivals, "fit", answered)
    assert main(["--rival-python", "x", "--datasets", "cora", "--methods", "dmon"]) == 0
    out = capsys.readouterr().out
    assert re.search(r"\| cora \| dmon \| 1000 \| graphclust \| 2\.00 \(1\.00 to 9\.00\) \|", out)
    assert "cora, dmon: 10.0 times faster, 0.25 of the memory" in out
    assert "0.14 without pages of libraries" in out


@pytest.mark.parametrize("python", ["no/such/python", sys.executable])
def test_an_interpreter_without_it_is_refused_in_one_line(python, capsys) -> None:
    if python == sys.executable:
        found = subprocess.run([python, "-c", "import pyagc"], check=False, capture_output=True)
        if found.returncode == 0:
            pytest.skip("this environment has PyAGC")
    with pytest.raises(SystemExit) as ended:
        main(["--rival-python", python])
    assert ended.value.code == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert f"--rival-python {python}" in said[0]


def test_the_worker_stands_alone() -> None:
    text = Path(rivals.WORKER).read_text(encoding="utf-8")
    at_top = re.findall(r"^(?:import|from) (\w+)", text, re.MULTILINE)
    assert set(at_top) <= sys.stdlib_module_names | {"__future__"}
