"""Folders of images and clips on the command line."""

from __future__ import annotations

import json

import pytest

from graphclust.cli.main import main


@pytest.fixture
def cli(tmp_path, monkeypatch, capsys):
    """Return what runs a command in an empty folder: status, output, lines of errors."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*arguments: object):
        status = main([str(a) for a in arguments])
        out, err = capsys.readouterr()
        return status, out, err.splitlines()

    return run


FIT = ("--method", "leiden_at_k", "--n-clusters", 2)


def test_a_folder_of_images(cli, shapes, tmp_path) -> None:
    status, out, _ = cli("fit", shapes, *FIT, "--out", "run", "--json")
    assert status == 0
    metrics = json.loads(out)
    assert metrics["n_items"] == 24 and metrics["nmi"] == 1.0
    lines = (tmp_path / "here" / "run" / "labels.csv").read_text().splitlines()
    assert lines[1].startswith("bar/00.png,")
    status, out, _ = cli("predict", "run", shapes)
    assert status == 0 and out.splitlines() == lines


def test_unreadable_files_are_listed_or_refused(cli, shapes) -> None:
    (shapes / "bar" / "bad.png").write_bytes(b"")
    status, _, err = cli("fit", shapes, *FIT, "--out", "run")
    assert status == 0
    assert "graphclust: note: skipped bar/bad.png: the file is empty" in err
    status, out, err = cli("fit", shapes, *FIT, "--out", "other", "--strict")
    assert (status, out, len(err)) == (2, "", 1)
    assert err[0].startswith("graphclust: error: bar/bad.png cannot be read")


def test_a_folder_of_clips_and_shots(cli, clips) -> None:
    status, out, _ = cli("fit", clips, *FIT, "--vectors", "motion", "--out", "run", "--json")
    assert status == 0 and json.loads(out)["acc"] == 1.0
    status, _, err = cli("fit", clips, *FIT, "--shots")
    assert status == 2 and "reads one video" in err[-1]


def test_named_images(cli) -> None:
    arguments = ("fit", "digits", "--as", "images", "--method", "leiden_at_k", "--json")
    status, out, _ = cli(*arguments)
    assert status == 0
    assert json.loads(out)["nmi"] > 0.85
    status, _, err = cli("fit", "karate", "--as", "images")
    assert status == 2 and "no set of images" in err[0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere/",), "does not exist"),
        (("karate", "--strict"), "--strict does not apply"),
        (("karate", "--shots"), "--shots does not apply"),
    ],
)
def test_one_line_and_nothing_written(cli, arguments, said, tmp_path) -> None:
    status, out, err = cli("fit", *arguments)
    assert (status, out, len(err)) == (2, "", 1)
    assert said in err[0]
    assert list((tmp_path / "here").iterdir()) == []


def test_options_that_do_not_go_together(cli, shapes) -> None:
    for more in (("--shots",), ("--column", "a"), ("--vectors", "hogg"), ("--vectors", "tfidf")):
        status, _, err = cli("fit", shapes, *FIT, *more)
        assert status == 2 and len(err) == 1, err


def test_an_empty_folder(cli, tmp_path) -> None:
    (tmp_path / "here" / "empty").mkdir()
    status, _, err = cli("fit", "empty", "--as", "images")
    assert status == 2 and len(err) == 1 and "holds no images" in err[0]
