"""The bench of operators: contenders agree before they race, and its tables say what was run."""

from __future__ import annotations

import re

import pytest
import torch

from graphclust.bench.layer_memory import measure, save
from graphclust.bench.operators import main, planted
from graphclust.bench.peers import LAYERS, layer_contender
from graphclust.bench.race import agree, race


def test_contenders_take_turns_after_two_warm_ups() -> None:
    order: list[str] = []
    seconds = race({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 3)
    assert order == ["a", "b"] * 5
    assert [len(taken) for taken in seconds.values()] == [3, 3]


def test_answers_that_differ_are_no_contest() -> None:
    one = torch.ones(3)
    agree({"a": lambda: (one,), "b": lambda: (one * (1 + 1e-7),)})
    for wrong in (one * 1.001, one * torch.nan):
        with pytest.raises(ArithmeticError, match="b and a differ in result 0"):
            agree({"a": lambda: (one,), "b": lambda wrong=wrong: (wrong,)})


@pytest.mark.parametrize("kind", LAYERS)
def test_layers_of_equal_weights_give_equal_answers(kind) -> None:
    adj = planted(300, 900, 0)
    agree({whose: layer_contender(kind, whose, adj, 16) for whose in ("graphclust", "PyG")}, 1e-4)


def test_memory_is_that_of_another_process(tmp_path) -> None:
    save(planted(300, 900, 0), tmp_path / "graph.npz")
    peak, increase = measure(tmp_path / "graph.npz", "gat", "graphclust", 16)
    assert 0 <= increase < peak
    assert peak > 50  # libraries alone


@pytest.mark.parametrize("what", [[], ["--modularity"]])
def test_tables_have_a_row_a_graph_and_width(what, capsys) -> None:
    sizes = ["--nodes", "300", "200", "--entries", "900", "400", "--widths", "8", "4"]
    assert main([*what, *sizes, "--repetitions", "2"]) == 0
    out = capsys.readouterr().out
    rows = re.findall(r"^\| (300|200) \| (900|400) \| (8|4) \|", out, re.MULTILINE)
    assert len(set(rows)) == 4
    assert re.search(r"Faster than [\w. ]+: median \d+\.\d times", out)


@pytest.mark.parametrize("wrong", [["--nodes", "300"], ["--nodes", "3", "--entries", "9"]])
def test_wrong_sizes_are_told_in_one_line(wrong, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(wrong)
    assert ended.value.code == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "error: " in said[0]
