"""The benchmark of molecules: rows that tell, and files that are too short."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphclust.bench.molecules import main

pytest.importorskip("rdkit", reason="the extra molecules is not installed")


def test_the_whole_command_over_sizes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "mine.csv"
    rows = [f"{i},{'C' * (1 + i % 7)}{'O' * (i % 3)}" for i in range(40)]
    source.write_text("id,smiles\n" + "\n".join(rows) + "\n", encoding="utf-8")
    plot = tmp_path / "growth.svg"
    arguments = [str(source), "--sizes", "20", "40", "--clusters", "2", "--plot", str(plot)]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in lines[2:4]] == ["| 20", "| 40"]
    assert "seconds grow as molecules" in lines[-1]
    assert "over molecules" in plot.read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        main([str(source), "--sizes", "41"])
    assert "has 40 rows, fewer than 41" in capsys.readouterr().err
