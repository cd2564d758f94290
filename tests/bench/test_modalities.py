"""The benchmark of modalities: a table of what is there, a word about what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphclust.bench.modalities import main


def test_what_is_there_and_what_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root, out = tmp_path / "data", tmp_path / "out"
    for topic, word in (("pets", "cat dog"), ("money", "stocks bonds")):
        folder = root / "BBC" / topic
        folder.mkdir(parents=True)
        for i in range(8):
            (folder / f"{i}.txt").write_text(f"{word} {word} number{i % 2}\n", encoding="utf-8")
    arguments = ["--sets", "bbc, tf-idf", "coil", "--seeds", "2", "--data-root", str(root)]
    arguments += ["--methods", "default", "kmeans", "--out", str(out), "--device", "cpu"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "coil-20, gradients is left out" in said
    rows = [line for line in said.splitlines() if line.startswith("| bbc, tf-idf")]
    assert [row.split(" | ")[1] for row in rows] == ["default", "kmeans"]
    assert all("100.0 (100.0 to 100.0)" in row for row in rows)
    assert (out / "results.json").is_file()
    with pytest.raises(SystemExit):
        main(["--sets", "bcc"])
    assert "there is no set 'bcc'" in capsys.readouterr().err
