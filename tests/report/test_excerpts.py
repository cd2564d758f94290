"""Texts in the report: the words of each cluster, and how texts that stand for it begin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphclust.cli.main import main
from graphclust.errors import InputError
from graphclust.report import write_report
from graphclust.report.excerpts import excerpt
from tests.report.test_report import NASTY, make_run, page


def tell(run: Path, texts: list[Any]) -> None:
    """Write ``words.json`` with the texts of cluster 0."""
    told = {"cluster": 0, "size": 20, "words": ["fox", "hen"], "texts": texts}
    (run / "words.json").write_text(json.dumps({"clusters": [told]}), encoding="utf-8")


def test_a_run_of_texts_says_what_they_speak_of_without_its_source(tmp_path: Path) -> None:
    source = tmp_path / "texts.txt"
    lines = [f"the cat chased a dog and dog number {i} barked" for i in range(12)]
    lines += [f"stocks and bonds fell by {i} points on the exchange today" for i in range(12)]
    source.write_text("\n".join(lines), encoding="utf-8")
    run = tmp_path / "run"
    given = ("fit", source, "--as", "texts", "--n-clusters", 2, "--out", run, "--report")
    assert main([*map(str, given)]) == 0
    source.unlink()
    parsed = page(run)
    found = parsed.all_text()
    assert "What they speak of" in found
    assert "dog" in found and "stocks" in found
    assert sum(line in parsed.text for line in lines) == 6
    named = [value for name, value in parsed.attributes if name == "title" and value]
    assert [lines[int(v)] in parsed.text for v in named if v.isdigit()].count(True) >= 6


def test_three_texts_of_160_characters_at_most(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    tell(run, [{"id": f"t{i}", "text": f"text {i} " + "word " * 40} for i in range(5)])
    shown = [text for text in page(run).text if text.startswith("text ")]
    assert [text[:6] for text in shown] == ["text 0", "text 1", "text 2"]
    assert all(140 < len(text) <= 160 and text.endswith("word…") for text in shown)


@pytest.mark.parametrize(
    ("text", "begun"),
    [
        ("short  and\nplain", "short and plain"),
        ("a" * 200, "a" * 159 + "…"),
        ("日本" * 100, ("日本" * 80)[:159] + "…"),
        ("a" * 159 + " b", "a" * 159 + "…"),
        ("a" * 160, "a" * 160),
    ],
)
def test_how_a_text_begins(text: str, begun: str) -> None:
    assert excerpt(text) == begun
    assert len(begun) <= 160


def test_no_text_becomes_markup_and_an_empty_one_is_passed_over(tmp_path: Path) -> None:
    run = make_run(tmp_path / "plain")
    tell(run, [{"id": "t", "text": "plain"}])
    plain = page(run)
    for text in NASTY:
        run = make_run(tmp_path / "nasty")
        tell(run, [{"id": text, "text": text}, {"id": "none", "text": ""}])
        parsed = page(run)
        assert set(parsed.tags) == set(plain.tags)
        assert "none" not in [value for name, value in parsed.attributes if name == "title"]
        assert not [name for name, _ in parsed.attributes if name.startswith("on")]


@pytest.mark.parametrize("texts", [[7], [{"id": "a"}], None])
def test_a_damaged_file_is_refused(tmp_path: Path, texts: Any) -> None:
    run = make_run(tmp_path)
    tell(run, texts)
    with pytest.raises(InputError, match=r"words.json is damaged"):
        write_report(run)
