"""``--view``: several sources of the same items, end to end."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import caveman, features, write_edges

WORDS = {"bar": ("tall", "narrow", "post", "stick"), "disc": ("round", "circle", "ball", "wheel")}


@pytest.fixture
def photos(here: Path) -> Path:
    """Return a folder of 12 bars and 12 discs, with captions.csv beside it, shuffled."""
    image = pytest.importorskip("PIL.Image")
    draw = pytest.importorskip("PIL.ImageDraw")
    rng, captions = np.random.default_rng(0), []
    for kind, words in WORDS.items():
        (here / "photos" / kind).mkdir(parents=True)
        for i in range(12):
            picture = image.new("L", (48, 40), 20)
            x, y = rng.integers(18, 28), rng.integers(16, 24)
            box = (x - 11, y - 11, x + 11, y + 11) if kind == "disc" else (x - 3, y - 14, x + 3, y)
            pen = draw.Draw(picture)
            (pen.ellipse if kind == "disc" else pen.rectangle)(box, fill=220)
            picture.save(here / "photos" / kind / f"{i:02d}.png")
            captions.append((f"{kind}/{i:02d}.png", " ".join(rng.choice(words, 4))))
    write_csv("in_order.csv", captions)
    rng.shuffle(captions)
    write_csv("captions.csv", captions)
    return here / "photos"


def write_csv(
    name: str, rows: list[tuple[str, str]], header: tuple[str, ...] = ("file", "caption")
):
    with Path(name).open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def labels(run: str = "run", name: str = "labels.csv") -> dict[str, str]:
    with Path(run, name).open(newline="") as file:
        return {row["id"]: row["label"] for row in csv.DictReader(file)}


def facts(run: str = "run") -> dict:
    return json.loads(Path(run, "run.json").read_text())


TEXTS = ("--view", "texts:captions.csv", "--column", "caption")
OUT = ("--n-clusters", 2, "--out")


def test_photos_with_their_captions(cli, photos) -> None:
    done = cli("fit", "photos", *TEXTS, *OUT, "run", "--report")
    assert done.status == 0, done.err
    assert json.loads(Path("run/metrics.json").read_text())["acc"] == 1.0
    assert set(labels()) == {f"{kind}/{i:02d}.png" for kind in WORDS for i in range(12)}
    views = facts()["views"]
    assert [view["source"] for view in views] == ["photos", "captions.csv"]
    assert views[1]["kind"] == "texts" and views[1]["column"] == "caption"
    assert sum(view["weight"] for view in views) == pytest.approx(1.0)
    (told,) = [note for note in facts()["notes"] if note.startswith("2 views are added")]
    assert f"photos {views[0]['weight']:.3f}, captions.csv {views[1]['weight']:.3f}" in told
    assert any("captions.csv: 24 texts" in line for line in done.err)
    assert json.loads(Path("run/thumbnails.json").read_text())
    clusters = json.loads(Path("run/words.json").read_text())["clusters"]
    assert {frozenset(c["words"]) for c in clusters} == {frozenset(w) for w in WORDS.values()}
    for cluster in clusters:
        assert {labels()[t["id"]] for t in cluster["texts"]} == {str(cluster["cluster"])}
    page = Path("run/report.html").read_text()
    assert "data:image/" in page and "stick" in page and "2 views are added" in page


def test_ids_and_not_order_match(cli, photos) -> None:
    for name in ("captions.csv", "in_order.csv"):
        view = ("--view", name, "--as", "texts", "--column", "caption")
        done = cli("fit", "photos", *view, *OUT, name.removesuffix(".csv"))
        assert done.status == 0, done.err
    assert labels("captions") == labels("in_order")
    weights = [[v["weight"] for v in facts(run)["views"]] for run in ("captions", "in_order")]
    # Captions of the same words are equally near: their order tells which are neighbours.
    assert weights[0] == pytest.approx(weights[1], abs=0.02)


def test_given_weights_are_kept_and_predict_uses_them(cli, photos) -> None:
    np.save("x.npy", np.random.default_rng(0).normal(size=(24, 12)))
    view = ("--view", "table:x.npy")
    done = cli("fit", "photos", *view, "--view-weights", 3, 1, *OUT, "run")
    assert done.status == 0, done.err
    assert [v["weight"] for v in facts()["views"]] == [0.75, 0.25]
    assert any("x.npy brings no names" in line for line in done.err)
    again = cli("predict", "run", "photos", *view, "--out", "again.csv")
    assert again.status == 0, again.err
    assert labels(".", "again.csv") == labels()
    for wrong, words in (
        (("predict", "run", "photos"), "fitted to 2 views (photos, x.npy), and 1 is given"),
        (("explain", "run"), "fitted to 2 views"),
        (("predict", "run", "photos", *view, "--view-weights", 1, 1), "keeps the weights"),
    ):
        refused = cli(*wrong)
        assert refused.status == 2 and words in refused.err[-1], refused.err
    assert cli("explain", "run", "photos", *view).status == 0


def test_a_graph_with_a_table_by_the_numbers_of_its_nodes(cli, edges) -> None:
    np.save("x.npy", features())
    order = np.random.default_rng(0).permutation(18)
    rows = [(str(i), *map(str, features()[i])) for i in order]
    write_csv("x.csv", rows, ("id", "a", "b", "c", "d"))
    runs = {}
    for view in ("table:x.npy", "table:x.csv"):
        done = cli("fit", edges, "--view", view, "--n-clusters", 3, "--out", view[-3:])
        assert done.status == 0, done.err
        runs[view] = labels(view[-3:])
    cliques = [{i + 6 * c for i in range(6)} for c in range(3)]
    for found in runs.values():
        assert sorted(len({found[str(i)] for i in clique}) for clique in cliques) == [1, 1, 1]
    np.save("short.npy", features()[:17])
    refused = cli("fit", edges, "--view", "table:short.npy", "--out", "no")
    assert refused.status == 2 and "17 of them cannot be matched with the 18" in refused.err[-1]


def test_labels_of_a_view_where_source_has_none(cli, here) -> None:
    names = [f"n{i}" for i in range(18)]
    write_edges(here / "named.csv", [(names[a], names[b]) for a, b in caveman().edges])
    write_csv(
        "t.csv", [(n, f"{i}.5", "xyz"[i // 6]) for i, n in enumerate(names)], ("id", "v", "c")
    )
    view = ("--view", "table:t.csv", "--label-column", "c")
    done = cli("fit", "named.csv", *view, "--n-clusters", 3, "--out", "run")
    assert done.status == 0, done.err
    assert json.loads(Path("run/metrics.json").read_text())["acc"] > 0.8


def test_items_that_not_all_views_have(cli, photos) -> None:
    (photos / "bar" / "03.png").write_bytes(b"")
    done = cli("fit", "photos", *TEXTS, *OUT, "run")
    assert done.status == 0, done.err
    assert any("23 of 24 items are in all views" in line and "bar/03.png" in line
               for line in done.err)  # fmt: skip
    assert len(labels()) == 23
    assert json.loads(Path("run/skipped.json").read_text())[0]["id"] == "bar/03.png"
    np.save("x.npy", np.eye(23))
    refused = cli("fit", "photos", "--view", "table:x.npy", *OUT, "no")
    assert refused.status == 2 and "left out 1 that cannot be read" in refused.err[-1]
    assert not Path("no").exists()


def test_bench_with_views(cli, photos) -> None:
    done = cli("bench", "photos", *TEXTS, "--methods", "kmeans", "--seeds", 1)
    assert done.status == 0 and "100.0" in done.out, done.err
    refused = cli("bench", "--datasets", "karate", *TEXTS)
    assert refused.status == 2 and "--view captions.csv does not apply" in refused.err[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--view", "table:gone.npy"), "gone.npy does not exist"),
        (("--view", "molecules:captions.csv"), "molecules are clustered whole"),
        (("--view", "tu:MUTAG"), "tu:MUTAG holds graphs"),
        (("--view", "texts:"), "names no source"),
        (("--view-weights", "1", "2"), "there is none"),
        ((*TEXTS, "--view-weights", "1"), "1 numbers for 2 views"),
        ((*TEXTS, "--view-weights", "much", "1"), "give numbers, or learned"),
        ((*TEXTS, "--view-weights", "1", "-1"), "one of at least 0"),
        (("--column", "caption", *TEXTS[:2]), "--column caption does not apply to photos"),
        (("--view", "images:photos", "--shots"), "--shots does not apply to photos"),
        (("--view", "texts:other.csv", "--column", "caption"), "no item is in both photos and"),
        (("--view", "texts:twice.csv", "--column", "caption"), "names several texts alike"),
    ],
)
def test_what_is_wrong_is_one_line(cli, photos, arguments, words) -> None:
    write_csv("other.csv", [("p", "red fox"), ("q", "red hen")])
    write_csv("twice.csv", [("p", "red fox"), ("p", "red hen")])
    done = cli("fit", "photos", *arguments, *OUT, "run")
    assert done.status == 2 and len(done.err) == 1, done.err
    assert words in done.err[0] and not Path("run").exists()


def test_whole_graphs_and_stores_have_no_views(cli, photos, edges) -> None:
    refused = cli("fit", "tu:MUTAG", *TEXTS)
    assert refused.status == 2 and "clustered whole" in refused.err[-1]
    assert cli("import", edges, "--out", "store").status == 0
    for words in (("store", *TEXTS), ("photos", "--view", "store")):
        refused = cli("fit", *words)
        assert refused.status == 2 and "store is a store, which has no views" in refused.err[-1]
