"""The programs for a GPU, at sizes and on a device that are everywhere."""

from __future__ import annotations

import pytest
import torch

from graphclust.bench import planted_rows
from graphclust.bench.gpu import main
from graphclust.bench.papers import Size, papers


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_tables_of_products_and_layers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--device", "cpu", "--tiny", "--widths", "20"]) == 0
    table = rows(capsys.readouterr().out)
    products = [row for row in table if len(row) == 10][1:]
    layers = [row for row in table if len(row) == 9][1:]
    # Two graphs, two types.
    assert len(products) == len(layers) == 4
    for row in products:
        # On a busy machine a rate may round to 0.
        assert all(float(row[column]) >= 0 for column in (3, 5, 6, 8, 9))
        assert (row[4] == "-") == (row[2] == "bf16")
    assert all(float(cell) >= 0 for row in layers for cell in row[3:6])


def test_the_papers_run_finds_the_clusters(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--device", "cpu", "--tiny", "--papers"]) == 0
    out = capsys.readouterr().out
    assert [row[0].split(",")[0] for row in rows(out)] == [
        "part", "make the graph", "make the features", "plan the rows", "average", "average",
        "k-means", "all",
    ]  # fmt: skip
    agreement = next(line for line in out.splitlines() if line.startswith("NMI"))
    assert float(agreement.split()[-1]) > 0.5


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_no_gpu_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([])
    assert exit_.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1 and "no CUDA GPU" in said.err


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")
def test_on_a_gpu(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--tiny", "--widths", "8"]) == 0
    assert all("-" not in row for row in rows(capsys.readouterr().out) if len(row) == 10)
    assert main(["--tiny", "--papers"]) == 0


def test_needed_memory_is_within_a_large_gpu() -> None:
    assert 70e9 < Size().bytes_needed() < 80e9


def test_papers_is_the_same_for_the_same_seed() -> None:
    size = Size(nodes=500, entries=4000, features=8, clusters=3)
    runs = [[*papers(size, torch.device("cpu"), 1)][-2] for _ in range(2)]
    assert runs[0] == runs[1]


def test_planted_rows_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planted_rows, "_PIECE", 500)
    generator = torch.Generator().manual_seed(0)
    graph = planted_rows.planted_rows(3000, 40_000, 7, generator, inside=0.7)
    assert graph.nnz == pytest.approx(40_000, rel=0.01)
    assert int(graph.counts.min()) >= 1
    # A power law: the longest row is many times the mean.
    assert int(graph.counts.max()) > 10 * graph.nnz / 3000
    assert int(graph.col.min()) >= 0 and int(graph.col.max()) < 3000
    same = (graph.row.long() % 7 == graph.col.long() % 7).double().mean()
    assert float(same) == pytest.approx(0.7 + 0.3 / 7, abs=0.02)
    x = planted_rows.planted_features(3000, 16, 7, generator, torch.bfloat16)
    assert x.shape == (3000, 16) and x.dtype == torch.bfloat16
    assert float(x.float().std()) == pytest.approx(1.0, abs=0.1)
