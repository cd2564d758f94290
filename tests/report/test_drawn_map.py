"""A map as a picture of its own: every item on it, no markup of names, whole or not at all."""

from __future__ import annotations

import xml.etree.ElementTree as tree
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

import graphclust as gc
from graphclust.errors import InputError
from tests.report.test_report import NASTY

SVG = "{http://www.w3.org/2000/svg}"


def test_every_item_has_a_mark_and_every_cluster_a_line(tmp_path: Path) -> None:
    graph = nx.les_miserables_graph()
    model = gc.NodeClusterer(5, "spectral", random_state=0).fit(graph)
    places = nx.spring_layout(graph, seed=0)
    path = gc.report.write_map(
        tmp_path / "map.svg",
        [places[node] for node in model.node_ids_],
        model.labels_,
        {0: "the first"},
        ids=model.node_ids_,
    )
    root = tree.parse(path).getroot()
    assert {e.text for e in root.iter(f"{SVG}title")} == set(graph)
    lines = [str(e.text) for e in root.iter(f"{SVG}text")]
    sizes = np.bincount(model.labels_)
    assert len(lines) == 5 and f"the first ({sizes[0]})" in lines
    assert [int(line[line.index("(") + 1 : -1]) for line in lines] == sorted(sizes)[::-1]
    assert gc.report.write_map(path, list(places.values()), model.labels_) == path  # replaced


def test_names_and_ids_are_not_markup(tmp_path: Path) -> None:
    n = len(NASTY)
    xy = np.random.default_rng(0).random((n, 2))
    path = gc.report.write_map(tmp_path / "map.svg", xy, range(n), NASTY, NASTY)
    root = tree.parse(path).getroot()
    kinds = {e.tag.removeprefix(SVG) for e in root.iter()}
    assert kinds == {"svg", "style", "rect", "g", "path", "title", "text"}


def test_unassigned_items_and_equal_places(tmp_path: Path) -> None:
    path = gc.report.write_map(tmp_path / "map.svg", np.ones((3, 2)), [0, -1, -1])
    text = path.read_text(encoding="utf-8")
    assert "unassigned (2)" in text and "nan" not in text


@pytest.mark.parametrize(
    ("xy", "labels", "message"),
    [
        (np.ones((3, 3)), [0, 0, 0], "two columns"),
        (np.ones((0, 2)), [], "two columns"),
        (np.full((2, 2), np.nan), [0, 0], "NaN"),
        (np.ones((2, 2)), [0], "labels has 1 entries for 2"),
    ],
)
def test_what_cannot_be_drawn(
    tmp_path: Path, xy: np.ndarray, labels: list[int], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        gc.report.write_map(tmp_path / "map.svg", xy, labels)
    assert not list(tmp_path.iterdir())
