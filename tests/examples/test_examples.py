"""The examples run as they stand, are short, and print what they promise."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as tree
from pathlib import Path

import pytest

from graphclust.graphs.cards import find_card
from graphclust.graphs.roots import locate, search_roots

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def run(name: str, *arguments: str) -> str:
    """Run an example as a reader would, and return what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / name), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_short_and_tested_here(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60
    assert f"python examples/{path.name}" in text
    assert f'run("{path.name}"' in Path(__file__).read_text(encoding="utf-8")


def test_a_citation_network() -> None:
    if locate(find_card("cora"), search_roots()) is None:
        pytest.skip("Cora is not here: name its folder in GRAPHCLUST_DATA")
    out = run("cluster_a_citation_network.py", "--quick")
    assert "2708 papers, 5278 citations, 1433 words" in out
    scores = dict(re.findall(r"^  (\w+) +(-?[\d.]+)$", out, re.MULTILINE))
    assert set(scores) == {"acc", "nmi", "ami", "ari", "f1"}
    assert float(scores["nmi"]) > 0.2  # five epochs only
    assert "model" in out


def test_an_edge_list() -> None:
    out = run("communities_in_your_edge_list.py")
    assert "77 nodes, 254 edges" in out
    assert "Myriel" in out or "Gavroche" in out
    sizes = [int(size) for size in re.findall(r"^  \d+ \((\d+)\):", out, re.MULTILINE)]
    assert sum(sizes) == 77 and len(sizes) >= 2


def test_an_edge_list_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "edges.tsv"
    path.write_text("ann\tbob\nbob\tcat\ncat\tann\ncat\tdan\ndan\teva\neva\tfay\nfay\tdan\n")
    out = run("communities_in_your_edge_list.py", str(path))
    assert "6 nodes, 7 edges" in out
    assert "ann" in out


def test_composing() -> None:
    out = run("compose_your_own_method.py", "--quick")
    assert "neighbour_agreement" in out
    assert len(re.findall(r"'acc': 0\.[5-9]", out)) == 2


def test_molecules(tmp_path: Path) -> None:
    pytest.importorskip("rdkit", reason="the extra molecules is not installed")
    out = run("molecules.py", "--out", str(tmp_path))
    assert "412 molecules" in out and "a typing error" not in out
    sizes = [int(size) for size in re.findall(r"^cluster \d+: (\d+) molecules$", out, re.MULTILINE)]
    assert sum(sizes) == 412 and 2 <= len(sizes) <= 4
    drawings = re.findall(r"^  drawing: (\S+)$", out, re.MULTILINE)
    assert drawings and all((tmp_path / "explanation" / name).is_file() for name in drawings)
    assert "in common" in out and "% of the members" in out
    assert len(re.findall(r"belongs to cluster \d$", out, re.MULTILINE)) == 2


def test_molecules_of_ones_own(tmp_path: Path) -> None:
    pytest.importorskip("rdkit", reason="the extra molecules is not installed")
    path = tmp_path / "mine.csv"
    texts = [f"{'C' * n}{end}" for n in range(1, 11) for end in ("O", "c1ccccc1")]
    path.write_text("id;smiles\n" + "".join(f"é{i};{text}\n" for i, text in enumerate(texts)))
    assert "20 molecules; the first is é0: CO" in run(
        "molecules.py", str(path), "--out", str(tmp_path)
    )


def test_proteins() -> None:
    pytest.importorskip("biotite", reason="the extra proteins is not installed")
    out = run("proteins.py")
    assert "24 structures, 516 residues" in out
    groups = re.findall(r"^cluster \d \((\d+)\): (.*)$", out, re.MULTILINE)
    assert sum(int(size) for size, _ in groups) == 24
    for _, names in groups:  # helices on one side, hairpins on the other
        assert len({name.split("-")[0] for name in names.removesuffix(" ...").split(", ")}) == 1


def test_sentences(tmp_path: Path) -> None:
    out = run("cluster_sentences.py", "--out", str(tmp_path / "map.svg"))
    assert len(re.findall(r"^cluster \d \(\d+\): \w+", out, re.MULTILINE)) == 6
    assert re.search(r"^cluster .*(radius|worst|error)", out, re.MULTILINE)
    n = int(out.split(" texts")[0])
    drawing = tree.parse(tmp_path / "map.svg").getroot()
    assert len(drawing.findall(".//{*}title")) == n  # a mark for each sentence
    assert [e.text for e in drawing.findall(".//{*}text") if "radius" in str(e.text)]


def test_sentences_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("".join(f"{w} and {w} {i}\n" for i in range(9) for w in ("cat", "<b>&", "sea")))
    out = run("cluster_sentences.py", str(path), "--out", str(tmp_path / "map.svg"))
    assert "27 texts" in out
    assert len(tree.parse(tmp_path / "map.svg").getroot().findall(".//{*}title")) == 27


def test_cells(tmp_path: Path) -> None:
    pytest.importorskip("h5py", reason="the extra h5ad is not installed")
    out = run("cluster_cells.py", "--out", str(tmp_path / "map.svg"))
    assert "600 cells; counts scaled" in out and "principal components" in out
    assert float(re.findall(r"^NMI against the types ([\d.]+)$", out, re.MULTILINE)[0]) > 0.9
    drawing = tree.parse(tmp_path / "map.svg").getroot()
    assert len(drawing.findall(".//{*}title")) == 600
    assert sum(str(e.text).startswith("cluster ") for e in drawing.findall(".//{*}text")) == 5


def test_a_table() -> None:
    out = run("cluster_a_table.py")
    assert "alcohol (9)" in out and "hue (2)" in out and "standardised: 12" in out
    assert float(re.findall(r"  acc ([\d.]+)", out)[0]) > 0.9


def test_photos(tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    out = run("sort_photos.py", "--out", str(tmp_path / "sheet.png"))
    assert "500 images, 0 skipped" in out
    score = re.search(r"'nmi': ([\d.]+)", out)
    assert score is not None and float(score[1]) > 0.8
    with image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (14 * 48, 10 * 48)


def test_clips(tmp_path: Path) -> None:
    pytest.importorskip("av")
    image = pytest.importorskip("PIL.Image")
    out = run("sort_clips.py", "--out", str(tmp_path / "strips.png"))
    found = re.findall(r"^(\d) \d+-(\w+).mp4$", out, re.MULTILINE)
    assert len(found) == 18 and len(set(found)) == 3  # each cluster is one way to move
    with image.open(tmp_path / "strips.png") as strips:
        assert strips.size == (8 * 64, 18 * 48)
