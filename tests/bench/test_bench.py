"""A bench keeps what it has measured, goes on from it, and outlives the fits that fail."""

from __future__ import annotations

import json
import signal
import subprocess
import warnings
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from graphclust.bench import Results, isolation, job, markdown, measure, plan, worker
from graphclust.bench.growth import growth
from graphclust.bench.growth import main as growth_main
from graphclust.bench.growth_plot import Fit, slope
from graphclust.errors import InputError
from graphclust.graphs.rows import graph_of_rows
from graphclust.methods import DMoN
from graphclust.methods.classical.spectral import Spectral


def jobs(*methods: str, seeds: int = 2) -> list[job.Job]:
    return plan(["karate"], methods or ["spectral", "leiden"], range(seeds), device="cpu")


@pytest.fixture
def fits(monkeypatch) -> list[str]:
    """Return the fits done from now on, as a list that grows."""
    done: list[str] = []
    plain = job.NodeClusterer.fit

    def fit(self, *arguments, **more):
        done.append(f"{self.method.name} {self.random_state}")
        return plain(self, *arguments, **more)

    monkeypatch.setattr(job.NodeClusterer, "fit", fit)
    return done


def rows(folder: Path) -> list[dict]:
    return json.loads((folder / "results.json").read_text())["rows"]


def test_every_fit_is_kept_before_the_next_begins_and_not_done_again(tmp_path, fits) -> None:
    running = measure(jobs(), Results(tmp_path))
    for n in (1, 2, 3):
        next(running)
        assert len(rows(tmp_path)) == n == len(fits)
        assert (tmp_path / "table.md").read_text().count("| karate |") == (n + 1) // 2
    running.close()
    whole = list(measure(jobs(), Results(tmp_path)))
    assert fits == ["spectral 0", "spectral 1", "leiden 0", "leiden 1"]
    assert whole == rows(tmp_path) and len(whole) == 4
    assert sorted(p.name for p in tmp_path.iterdir()) == ["results.json", "table.md"]


def test_a_changed_setting_is_fitted_again_and_takes_the_place_of_the_old(tmp_path, fits) -> None:
    few = [job.Job("karate", Spectral(restarts=2), seed=seed) for seed in (0, 1)]
    list(measure([*few, *jobs("leiden")], Results(tmp_path)))
    list(measure([job.Job("karate", Spectral(restarts=3))], Results(tmp_path)))
    assert fits[-1] == "spectral 0" and len(fits) == 5
    kept = [(row["method"], row["settings"].get("restarts")) for row in rows(tmp_path)]
    assert kept == [("leiden", None), ("leiden", None), ("spectral", 3)]


def test_writing_that_breaks_off_leaves_what_was_there(tmp_path, monkeypatch) -> None:
    list(measure(jobs("spectral"), Results(tmp_path)))
    before = (tmp_path / "results.json").read_bytes()

    def refuse(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        list(measure(jobs("leiden"), Results(tmp_path)))
    assert (tmp_path / "results.json").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["results.json", "table.md"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1, 2", "cannot be read"),
        ('{"rows": [{}], "versions": {}}', "cannot be read"),
        ('{"rows": [], "versions": {"torch": "0.1"}}', "torch 0.1"),
    ],
)
def test_results_that_cannot_be_gone_on_from_are_left_alone(tmp_path, text, words) -> None:
    file = tmp_path / "results.json"
    file.write_text(text.replace('{"torch"', '{"python": "2.7", "torch"'))
    before = file.read_text()
    with pytest.raises(InputError, match=words if "0.1" not in words else "measured with"):
        Results(tmp_path)
    assert file.read_text() == before


def test_a_fit_that_is_refused_is_a_row_and_tried_again(tmp_path, monkeypatch, fits) -> None:
    plain = Spectral.fit

    def refuse(self, graph, n_clusters, run):
        if run.generator.initial_seed() == 1:
            raise InputError("no luck with 1")
        return plain(self, graph, n_clusters, run)

    monkeypatch.setattr(Spectral, "fit", refuse)
    found = list(measure(jobs(), Results(tmp_path)))
    assert [("error" in row) for row in found] == [False, True, False, False]
    text = markdown(found)
    assert "| karate | spectral | default | 1 |" in text
    assert "Failed: karate, spectral (default), seed 1: no luck with 1" in text
    monkeypatch.setattr(Spectral, "fit", plain)
    again = list(measure(jobs(), Results(tmp_path)))
    assert fits[4:] == ["spectral 1"] and not any("error" in row for row in again)
    assert len(rows(tmp_path)) == 4


def test_a_process_of_its_own_gives_the_same_scores_and_its_own_peak() -> None:
    inside = next(measure(jobs("spectral", seeds=1)))
    # What this process holds is not the other one's.
    hold = b"x" * (700 * 2**20)
    apart = next(measure(jobs("spectral", seeds=1), isolate=True))
    assert 50 < apart["peak_memory_mb"] < 650 < len(hold) / 2**20
    assert "peak_memory_mb" not in inside and "peak MB" not in markdown([inside])
    assert "peak MB" in markdown([apart])
    for key in ("cluster_sizes", "nmi", "modularity", "settings"):
        assert inside[key] == apart[key]


@pytest.fixture
def in_process(monkeypatch) -> None:
    """Let the other process's program run in this one, which is quicker."""

    def run(command, **options):
        worker.main(*command[3:])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(isolation.subprocess, "run", run)


def test_the_other_process_tells_what_was_refused_and_warned_of(in_process, monkeypatch) -> None:
    refused = isolation.fit_isolated(job.Job("karate", DMoN(lr=1e30, epochs=3)))
    assert "not finite" in refused["error"] and refused["isolated"]
    with pytest.raises(InputError, match="nowhere"):
        isolation.fit_isolated(job.Job("nowhere", Spectral()))
    plain = Spectral.fit

    def warn(self, graph, n_clusters, run):
        warnings.warn("mind this", stacklevel=1)
        return plain(self, graph, n_clusters, run)

    monkeypatch.setattr(Spectral, "fit", warn)
    with pytest.warns(UserWarning, match="mind this"):
        assert isolation.fit_isolated(job.Job("karate", Spectral()))["nmi"] > 0.8


def test_a_process_that_does_not_come_to_an_end_is_a_row(monkeypatch) -> None:
    monkeypatch.setattr(isolation, "WORKER", "graphclust.absent")
    assert "absent" in isolation.fit_isolated(job.Job("karate", Spectral()))["error"]


def test_a_killed_process_is_a_row(monkeypatch) -> None:
    plain = isolation.subprocess.run

    def kill(command, **options):
        code = f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})"
        return plain([command[0], "-c", code], **options)

    monkeypatch.setattr(isolation.subprocess, "run", kill)
    assert "SIGKILL" in isolation.fit_isolated(job.Job("karate", Spectral()))["error"]


def test_growth_tells_time_memory_and_agreement_a_row_a_graph_and_method(in_process) -> None:
    lines = list(growth([(120, 400), (90, 300)], ["leiden", "spectral"], features=4, clusters=3))
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["nodes", "edges", "method", "seconds", "peak MB", "NMI"]
    assert [c[:3] for c in cells[2:6]] == [
        ["120", "400", "leiden"],
        ["120", "400", "spectral"],
        ["90", "300", "leiden"],
        ["90", "300", "spectral"],
    ]
    for _, _, _, seconds, peak, nmi in cells[2:6]:
        assert float(seconds) < 60 and float(peak) > 50 and 0.4 < float(nmi) <= 1


def test_growth_fits_in_batches_beside_the_whole_graph(in_process) -> None:
    lines = list(growth([(120, 400)], ["dmon"], features=4, clusters=3, epochs=2,
                        batch_sizes=[0, 30]))  # fmt: skip
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines]
    assert [c[2] for c in cells[2:4]] == ["dmon", "dmon, batches of 30"]
    assert all(float(c[3]) < 60 for c in cells[2:4])
    assert len(lines) == 5  # of a single size, nothing grows


def test_growth_from_a_store_finds_what_it_finds_in_memory(in_process) -> None:
    pytest.importorskip("pyarrow", reason="--memory writes parquet")
    rows = [
        list(growth([(120, 400)], ["ssgc"], features=4, clusters=3, memory=memory))[2].split("|")
        for memory in (None, "20MB")
    ]
    assert [row[3].strip() for row in rows] == ["ssgc", "ssgc, a store in 20MB"]
    assert rows[0][1:3] == rows[1][1:3] and rows[0][6] == rows[1][6]


def test_growth_tells_the_slope_and_draws_it(in_process, tmp_path) -> None:
    plot = tmp_path / "growth.svg"
    sizes = [(60, 100), (120, 400)]
    lines = list(growth(sizes, ["kmeans"], features=4, clusters=3, plot=plot))
    assert lines[-1].startswith("kmeans: seconds grow as edges to the power of ")
    picture = ElementTree.fromstring(plot.read_text(encoding="utf-8"))
    space = "{http://www.w3.org/2000/svg}"
    lines_drawn = list(picture.iter(f"{space}polyline"))
    assert len(lines_drawn) == 2 and all(len(p.get("points").split()) == 2 for p in lines_drawn)
    assert "kmeans" in "".join(picture.itertext())


def test_growth_over_rows_is_of_their_weighted_neighbour_graphs(in_process, monkeypatch) -> None:
    graphs, plain = [], isolation.fit_isolated

    def fit(job):
        graphs.append(job.load().graph)
        return plain(job)

    monkeypatch.setattr("graphclust.bench.growth.fit_isolated", fit)
    lines = list(growth([(300, None), (600, None)], ["kmeans"], features=16, clusters=3))
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in lines]
    assert [c[0] for c in cells[2:4]] == ["300", "600"]
    assert all(float(c[5]) > 0.8 for c in cells[2:4])
    assert lines[-1].startswith("kmeans: seconds grow as rows to the power of ")
    for graph, (_, edges, *_rest) in zip(graphs, cells[2:4], strict=True):
        made = graph_of_rows(graph.x).adj
        assert f"{made.nnz // 2:,}" == edges
        assert torch.equal(graph.adj.col, made.col)
        assert torch.equal(graph.adj.weight, made.weight)


def test_slopes_are_those_of_powers() -> None:
    fits = [Fit(m, 1e-4 * m**1.3, 100.0) for m in (10**4, 10**5, 10**6, 10**7)]
    assert slope(fits) == pytest.approx(1.3)
    assert slope(fits[:1]) is None


def test_growth_says_what_is_wrong_in_one_line(capsys) -> None:
    for wrong, words in (
        (["--nodes", "60", "70", "--edges", "200"], "--edges 1"),
        ([], "--rows of planted vectors"),
        (["--nodes", "60", "--edges", "200", "--methods", "dmom"], "dmon"),
        (["--nodes", "60", "--edges", "99999", "--methods", "leiden"], "n_edges=99999"),
    ):
        with pytest.raises(SystemExit) as leaving:
            growth_main(wrong)
        said = capsys.readouterr().err.splitlines()
        assert leaving.value.code == 2 and len(said) == 1 and words in said[0]


def test_searches_side_by_side() -> None:
    from graphclust.bench.neighbors import compare

    lines = list(compare(500, 8, 5, ["exact", "trees"], 50, 0))
    assert [line.split("|")[3].strip() for line in lines[2:]] == ["exact", "trees"]
    assert all(float(line.split("|")[5]) > 0.999 for line in lines[2:])
