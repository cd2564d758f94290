"""The report: whole, harmless whatever the ids are, and honest."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphclust.errors import InputError
from graphclust.report import write_report

VOID = {"meta", "line", "rect", "circle", "path", "polyline", "br"}
NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; DROP TABLE items; --",
    "</title></style><svg onload=alert(1)>",
    "a,b\nc\td",
    "\u202egnp.exe",
    "\x00\x1b[31m",
    "&lt;&amp;",
    "日本語 é 🙂",
    "",
    "x" * 500,
]


class Page(HTMLParser):
    """Tags, attributes and text of a page; fails on tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all_text(self) -> str:
        return " ".join(self.text)


def make_run(
    folder: Path, n: int = 60, k: int = 3, ids: list[str] | None = None, **more: Any
) -> Path:
    """Write a run folder as a fit does; ``more`` goes into ``run.json``."""
    generator = np.random.default_rng(0)
    labels = np.arange(n) % k
    z = np.eye(k, 8)[labels] * 4 + generator.standard_normal((n, 8))
    membership = generator.dirichlet(np.ones(k), n)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label", "confidence"])
        names = ids or [f"node{i}" for i in range(n)]
        writer.writerows(zip(names, labels, membership.max(axis=1).round(4), strict=True))
    np.save(folder / "embedding.npy", z.astype(np.float32))
    np.save(folder / "membership.npy", membership.astype(np.float32))
    metrics = {
        "method": "dmon",
        "seed": 0,
        "n_items": n,
        "n_edges": 99,
        "n_clusters": k,
        "n_effective_clusters": 2.9,
        "seconds": 1.25,
        "modularity": 0.41,
        "conductance": 0.2,
        "coverage": 0.8,
        "silhouette": -0.1,
        "acc": 0.75,
    }
    run = {
        "source": "karate",
        "n_clusters": k,
        "seed": 0,
        "versions": {"graphclust": "9.9"},
        "method": {
            "kind": "method",
            "name": "dmon",
            "args": {"encoder": {"kind": "encoder", "name": "gcn", "args": {"hidden": [64, 32]}}},
        },
        "history": {"modularity": [0.0, -0.2, -0.4], "collapse": [1.0, 0.5, 0.1]},
        "warnings": [],
        "notes": ["3 self-loops were dropped"],
        **more,
    }
    (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return folder


def page(folder: Path) -> Page:
    return Page(write_report(folder).read_text(encoding="utf-8"))


def test_the_page_holds_what_the_run_holds(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", cluster_conductance=[0.111, 0.222, 0.333])
    found = page(run).all_text()
    for piece in (
        "karate",
        "dmon",
        "0.410",
        "0.750",
        "\N{MINUS SIGN}0.100",
        "Cluster 2",
        "0.222",
        "3 self-loops were dropped",
        "[64, 32]",
        "9.9",
        "collapse",
        "node",
    ):
        assert piece in found, piece
    assert sorted(p.name for p in run.iterdir()) == sorted(
        ["labels.csv", "embedding.npy", "membership.npy", "metrics.json", "run.json", "report.html"]
    )


def test_one_file_without_scripts_or_network(tmp_path: Path) -> None:
    written = write_report(make_run(tmp_path)).read_text(encoding="utf-8")
    parsed = Page(written)
    assert not {"script", "link", "img", "iframe", "object", "embed", "base"} & set(parsed.tags)
    assert not {"src", "href", "action"} & {name for name, _ in parsed.attributes}
    assert not re.search(r"https?:|url\(|@import|javascript:", written)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in parsed.attributes


@pytest.mark.parametrize("where", ["ids", "warnings", "notes", "source", "settings", "history"])
def test_nothing_from_the_data_becomes_markup(tmp_path: Path, where: str) -> None:
    plain = page(make_run(tmp_path / "plain", n=len(NASTY) * 3, warnings=["w"] * len(NASTY)))
    ids = NASTY * 3 if where == "ids" else None
    more: dict[str, Any] = {
        "warnings": NASTY,
        "notes": NASTY,
        "source": NASTY[1],
        "settings": {text: text for text in NASTY},
        "history": {text: [1.0, 0.5] for text in NASTY},
    }
    given = {where: more[where]} if where in more else {}
    parsed = page(make_run(tmp_path / "nasty", n=len(NASTY) * 3, ids=ids, **given))
    assert set(parsed.tags) <= set(plain.tags) | {"tr"}
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]


def test_ids_come_back_as_written(tmp_path: Path) -> None:
    parsed = page(make_run(tmp_path, n=3, ids=["<b>&amp;", "ok", '"quoted"']))
    assert "<b>&amp;" in parsed.text
    assert '"quoted"' in parsed.text


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    run = make_run(tmp_path, n=500)
    first = write_report(run).read_bytes()
    assert write_report(run).read_bytes() == first


def test_at_most_three_thousand_points_and_every_cluster_among_them(tmp_path: Path) -> None:
    run = make_run(tmp_path, n=5000, k=4)
    rows = list(csv.reader((run / "labels.csv").read_text(encoding="utf-8").splitlines()))
    for row in rows[4:]:
        row[1] = "0" if row[1] == "3" else row[1]
    rows[1][1] = "3"
    with (run / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    written = write_report(run).read_text(encoding="utf-8")
    assert 2990 <= written.count("<title>") - 1 <= 3000
    assert 'class="h3 g3"' in written


def test_warnings_are_told_and_new_ones_added(tmp_path: Path) -> None:
    run = make_run(tmp_path, k=3, warnings=["the solution has collapsed"], n_clusters="auto")
    lines = (run / "labels.csv").read_text(encoding="utf-8").splitlines()
    moved = [re.sub(r",2,", ",-1,", line) for line in lines]
    (run / "labels.csv").write_text("\n".join(moved), encoding="utf-8")
    found = page(run).all_text()
    assert "the solution has collapsed" in found
    assert "1 of 3 clusters have no item" in found
    assert "20 of 60 items (33.3%) are in no cluster" in found
    assert "was chosen without labels" in found
    assert "Known classes were read after the fit" in found


@pytest.mark.parametrize("kind", ["one item", "no width", "equal rows", "missing", "nan"])
def test_embeddings_with_nothing_to_see(tmp_path: Path, kind: str) -> None:
    run = make_run(tmp_path, n=1 if kind == "one item" else 20, k=1 if kind == "one item" else 3)
    path = run / "embedding.npy"
    if kind == "no width":
        np.save(path, np.zeros((20, 0)))
    elif kind == "equal rows":
        np.save(path, np.ones((20, 5)))
    elif kind == "nan":
        np.save(path, np.full((20, 5), np.nan))
    elif kind == "missing":
        path.unlink()
    assert "map" not in dict.fromkeys(v for _, v in page(run).attributes)


def test_histories_with_gaps_and_without_epochs(tmp_path: Path) -> None:
    history = {
        "gap": [1.0, None, 0.5, 0.4],
        "one": [2.0],
        "none": [None],
        "empty": [],
        "flat": [1.0] * 9,
    }
    parsed = page(make_run(tmp_path, history=history))
    assert parsed.tags.count("polyline") == 2
    assert parsed.tags.count("circle") == 2
    assert "Training" not in page(make_run(tmp_path, history={})).all_text()


def test_the_sum_of_one_term_is_not_drawn_twice(tmp_path: Path) -> None:
    one = {"modularity": [1.0, 0.5], "loss": [1.0, 0.5]}
    assert page(make_run(tmp_path, history=one)).tags.count("polyline") == 1
    two = {**one, "collapse": [0.0, 0.0]}
    assert page(make_run(tmp_path, history=two)).tags.count("polyline") == 3


def test_many_clusters_and_missing_metrics(tmp_path: Path) -> None:
    run = make_run(tmp_path, n=600, k=150)
    (run / "metrics.json").write_text('{"method": "louvain", "modularity": null}', encoding="utf-8")
    found = page(run).all_text()
    assert "134 smaller ones" in found
    assert "50 smallest clusters are left out" in found
    assert "Modularity" not in found


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("run.json", None, "not a run folder"),
        ("run.json", "{", "cannot be read"),
        ("metrics.json", "[]", "must be a JSON object"),
        ("labels.csv", "id,label\n1,2\n", "id,label,confidence"),
        ("labels.csv", "id,label,confidence\na,b,c\n", "id,label,confidence"),
        ("labels.csv", "id,label,confidence\n", "no item"),
        ("labels.csv", "id,label,confidence\na,0,1\n", "not of the same run"),
        ("embedding.npy", "junk", "cannot be read"),
    ],
)
def test_broken_runs_are_refused(
    tmp_path: Path, file: str, content: str | None, message: str
) -> None:
    run = make_run(tmp_path)
    (run / file).unlink() if content is None else (run / file).write_text(content)
    with pytest.raises(InputError, match=message):
        write_report(run)
    assert not list(run.glob("*report*"))
