"""The README tells the truth: its blocks run, its output is the output, its table the registry."""

from __future__ import annotations

import contextlib
import difflib
import doctest
import importlib.util
import io
import re
import shlex
from pathlib import Path

import pytest

from graphclust.cli import methods
from graphclust.cli.main import COMMANDS, build_parser, main

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))
README = PAGES[0].read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def check(wanted: str, got: str) -> None:
    """Compare shown and real output, dots standing for what may differ."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    if not doctest.OutputChecker().check_output(wanted, got, flags):
        lines = difflib.unified_diff(wanted.splitlines(), got.splitlines(), "README", "now", n=9)
        pytest.fail("\n".join(lines))


def test_python_blocks_print_what_is_shown(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(README)
    scope: dict[str, object] = {"__name__": "readme"}
    shown = 0
    for place, (language, text) in enumerate(blocks):
        if language != "python":
            continue
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(text, f"README block {place}", "exec"), scope)
        follows = blocks[place + 1] if place + 1 < len(blocks) else ("", "")
        if follows[0] == "text":
            check(follows[1], out.getvalue())
            shown += 1
    assert shown >= 3


def test_console_blocks_print_what_is_shown(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    consoles = [text for language, text in BLOCK.findall(README) if language == "console"]
    assert consoles
    for text in consoles:
        for command, wanted in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
            program, *arguments = shlex.split(command)
            assert program == "graphclust"
            assert main(arguments) == 0
            check(wanted, capsys.readouterr().out)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_are_told_of_exist(page) -> None:
    text = page.read_text(encoding="utf-8")
    commands = re.findall(r"^graphclust .*|(?<=`)graphclust [a-z][^`]*(?=`)", text, re.MULTILINE)
    for command in commands:
        words = shlex.split(command, comments=True)[1:]
        if len(words) == 1:
            assert words[0] in COMMANDS
        else:
            build_parser().parse_args(words)  # leaves with status 2 for what it does not know
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"(?:`|^)make ([\w-]+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_inside_the_project_lead_somewhere(page) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_table_of_methods_is_the_registry() -> None:
    spec = importlib.util.spec_from_file_location("readme", ROOT / "tools" / "readme.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.renewed(README) == README, "the table of methods has changed: run `make readme`"
    for (begin, end), level in tool.TABLES.items():
        shown = README.partition(begin)[2].partition(end)[0].strip()
        assert shown == methods.markdown(methods.method_rows(level))


@pytest.mark.parametrize("level", ["nodes", "graphs"])
def test_the_markdown_command_prints_that_table(capsys, level: str) -> None:
    assert main(["methods", "--markdown", "--level", level]) == 0
    assert capsys.readouterr().out.strip() in README


def test_the_readme_stays_readable() -> None:
    table = sum(line.startswith("|") for line in README.splitlines())
    assert len(README.splitlines()) - table <= 250


def test_one_method_is_described(capsys) -> None:
    for name, row in [(r["method"], r) for r in methods.method_rows()]:
        assert main(["methods", name]) == 0
        out = capsys.readouterr().out
        assert row["paper"] in out and str(row["year"]) in out
        assert all(f"  {setting} = " in out for setting in row["settings"])
        assert row["about"].endswith((".", ")")), row["about"]
    assert main(["methods", "dmom"]) == 2
    assert "dmon" in capsys.readouterr().err
