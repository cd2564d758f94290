"""Sources of any size: what is written is what the command line reads."""

from __future__ import annotations

import numpy as np
import pytest

import graphclust as gc
from graphclust.adapters.text_files import read
from graphclust.bench.sources import TOPICS, main
from graphclust.graphs.cards import find_card
from graphclust.graphs.roots import locate, search_roots


def test_lines(tmp_path, capsys) -> None:
    path = tmp_path / "lines.txt"
    assert main(["lines", str(path), "--items", "600"]) == 0
    assert "600 lines" in capsys.readouterr().out
    y = np.load(tmp_path / "lines.classes.npy")
    lines = path.read_text().splitlines()
    assert len(lines) == len(y) == read(path).graph.n_nodes == 600
    assert set(y) == set(range(TOPICS))
    for topic, line in zip(y, lines, strict=True):
        words = line.split()
        assert len(words) == 8 and all(w.startswith(f"topic{topic}x") for w in words[5:])


def test_pictures(tmp_path) -> None:
    pytest.importorskip("PIL")
    if locate(find_card("mnist"), search_roots()) is None:
        pytest.skip("mnist is not here: name its folder in GRAPHCLUST_DATA")
    assert main(["pictures", str(tmp_path / "p"), "--items", "50"]) == 0
    data = gc.adapters.from_images(tmp_path / "p", cache=False)
    assert data.num_nodes == 50 and len(np.unique(data.y)) == 9  # no 8


@pytest.mark.parametrize(("extra", "said"), [(["--items", "0"], "at least"), ([], "exists")])
def test_what_cannot_be_written_is_told(tmp_path, capsys, extra, said) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(SystemExit) as ended:
        main(["lines", str(tmp_path / "there"), *extra])
    assert ended.value.code == 2 and said in capsys.readouterr().err
