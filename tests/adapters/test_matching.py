"""Views of the same items: matched by name, by order only where that is safe, never in silence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphclust.adapters.joined_views import join_views
from graphclust.adapters.matching import Named, match
from graphclust.adapters.streaming import OTHER
from graphclust.adapters.texts import read_texts
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.rows import graph_of_rows
from graphclust.sparse import CSR


def test_names_are_matched_whatever_their_order() -> None:
    found = match([Named("a", 3, ["x", "y", "z"]), Named("b", 3, ["z", "x", "y"])])
    assert found.rows == [[0, 1, 2], [1, 2, 0]] and found.ids == ["x", "y", "z"]
    assert found.notes == ()


def test_numbers_and_texts_are_the_same_names() -> None:
    assert match([Named("a", 2, [7, 9]), Named("b", 2, ["9", "7"])]).rows == [[0, 1], [1, 0]]


def test_what_is_not_in_all_views_is_left_out_and_told() -> None:
    many = [f"m{i}" for i in range(8)]
    found = match([Named("a", 3, ["x", "y", "z"]), Named("b", 10, ["z", "x", *many])])
    assert found.rows == [[0, 2], [1, 0]] and found.ids == ["x", "z"]
    (note,) = found.notes
    assert note.startswith("2 of 11 items are in all views: the others are left out")
    assert "of a y;" in note and "of b m0, m1, m2, m3, m4 and 3 more" in note


@pytest.mark.parametrize(
    ("names", "others", "how"),
    [
        (["a.jpg", "b.jpg"], ["b", "a"], "without endings"),
        (["k/a.jpg", "l/b.jpg"], ["b.jpg", "a.jpg"], "without folders"),
        (["k/a.jpg", "l/b.jpg"], ["t/b.txt", "t/a.txt"], "without folders and endings"),
    ],
)
def test_names_of_files(names, others, how) -> None:
    found = match([Named("photos", 2, names), Named("b", 2, others)])
    assert found.rows == [[0, 1], [1, 0]] and found.ids == names
    assert found.notes == (f"items are matched by their names {how}",)


def test_files_that_differ_by_their_folder_alone_are_not_confused() -> None:
    with pytest.raises(InputError, match=r"no item is in both photos and b: .*'k/a.jpg' and 'a'"):
        match([Named("photos", 2, ["k/a.jpg", "l/a.jpg"]), Named("b", 2, ["a", "b"])])


def test_by_order_where_a_view_has_no_names() -> None:
    found = match([Named("x", 2), Named("a", 2, ["p", "q"]), Named("b", 3, ["q", "r", "p"])])
    assert found.rows == [[0, 1], [0, 1], [2, 0]] and found.ids == ["p", "q"]
    assert found.notes[0] == (
        "x brings no names of its items: its row i is taken for the i-th of a"
    )
    found = match([Named("x", 2), Named("y", 2)])
    assert found.rows == [[0, 1], [0, 1]] and found.ids is None


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ([Named("a", 2, ["p", "q"]), Named("x", 3)], "x brings no names.*3 of them.*2 of a"),
        ([Named("x", 2), Named("y", 3)], "y brings no names.*3 of them.*2 of x"),
        ([Named("a", 2, ["p", "q"], lost=1), Named("x", 2)], "a left out 1 that cannot be read"),
        ([Named("a", 3, ["2", "0", "1"]), Named("x", 3)], "numbers in another order"),
        ([Named("a", 3, ["2", "3", "1"]), Named("x", 3)], "numbers in another order"),
        ([Named("a", 2, ["p", "p"]), Named("b", 2, ["p", "q"])], "a names two items 'p'"),
    ],
)
def test_order_is_not_trusted_where_it_may_mislead(sources, words) -> None:
    with pytest.raises(InputError, match=words):
        match(sources)


def test_nodes_are_known_by_their_numbers() -> None:
    graph = Named("g", 3, numbered=True)
    found = match([graph, Named("t", 3, ["2", "0", "1"])])
    assert found.rows == [[0, 1, 2], [1, 2, 0]] and found.ids == [0, 1, 2]
    found = match([graph, Named("t", 2, [2, 0])])
    assert found.rows == [[0, 2], [1, 0]] and found.ids == [0, 2]
    # From 1, where the numbers are as many.
    assert match([graph, Named("t", 3, ["3", "1", "2"])]).rows == [[0, 1, 2], [1, 2, 0]]
    assert match([graph, Named("x", 3)]).rows == [[0, 1, 2], [0, 1, 2]]


X = np.random.default_rng(0).normal(size=(30, 12)).astype(np.float32)
Y = np.random.default_rng(1).normal(size=(30, 5)).astype(np.float32)
IDS = [f"i{i}" for i in range(30)]


def rows(x: np.ndarray, ids: list[str] | None, **more: object) -> Loaded:
    return Loaded(graph_of_rows(torch.from_numpy(x), ids), **more)


def test_a_shuffled_view_gives_the_same_graph() -> None:
    order = np.random.default_rng(2).permutation(30)
    straight = join_views({"x": rows(X, IDS), "y": rows(Y, IDS)})
    shuffled = join_views({"x": rows(X, IDS), "y": rows(Y[order], [IDS[i] for i in order])})
    assert straight.graph.ids == shuffled.graph.ids == IDS
    assert torch.allclose(straight.graph.adj.to_dense(), shuffled.graph.adj.to_dense(), atol=1e-5)
    assert torch.allclose(straight.graph.x, shuffled.graph.x, atol=1e-5)
    other = join_views({"x": rows(X, IDS), "y": rows(Y[order], IDS)})
    assert not torch.allclose(straight.graph.adj.to_dense(), other.graph.adj.to_dense(), atol=0.01)


def test_neighbours_are_found_anew_among_those_that_stay() -> None:
    some = list(range(0, 30, 2))
    joined = join_views({"x": rows(X, IDS), "y": rows(Y[some], [IDS[i] for i in some])})
    direct = join_views({"x": rows(X[some], None), "y": rows(Y[some], None)})
    assert joined.graph.n_nodes == 15
    assert torch.allclose(joined.graph.adj.to_dense(), direct.graph.adj.to_dense(), atol=1e-5)


def test_edges_that_somebody_observed_stay_as_they_are() -> None:
    step = np.roll(np.eye(30, dtype=np.float32), 1, axis=1)
    adj = CSR.from_scipy(sp.csr_array(step + step.T), True)
    observed = Loaded(Graph(adj, ids=None))
    some = [3, 2, 1, 0]
    alone = {"ring": observed, "y": rows(Y[some], [str(i) for i in some])}
    joined = join_views(alone, weights=[1, 0])
    assert joined.graph.ids == [0, 1, 2, 3] and not joined.graph.of_rows
    linked = {tuple(e) for e in joined.graph.adj.edge_index.T.tolist()}
    assert linked == {(0, 1), (1, 0), (1, 2), (2, 1), (2, 3), (3, 2)}


def test_what_travels_beside_the_views() -> None:
    y = np.arange(30) % 3
    texts = [f"{'red fox' if i % 2 else 'blue sea'} number{i % 5}" for i in range(30)]
    read = read_texts(texts)
    told = Loaded(read.graph(None, "t", ()), readings={"words.json": read.reading(None)})
    skipped = {"skipped.json": lambda _: [{"id": "notes.txt", "reason": OTHER}]}
    seen = Loaded(
        graph_of_rows(torch.from_numpy(X), IDS),
        readings=skipped,
        pictures=lambda items: iter([f"picture {item}" for item in items]),
    )
    labelled = rows(Y[::-1].copy(), IDS[::-1], y=y[::-1], class_names=["a", "b", "c"])
    sources = {"told": told, "seen": seen, "labelled": labelled}
    joined = join_views(sources, weights=[1, 1, 2])
    assert joined.y.tolist() == y.tolist() and joined.class_names == ["a", "b", "c"]
    assert list(joined.pictures([4, 2])) == ["picture 4", "picture 2"]
    assert [(v["source"], v["weight"]) for v in joined.views] == [
        ("told", 0.25),
        ("seen", 0.25),
        ("labelled", 0.5),
    ]
    labels = np.arange(30) % 2
    words = joined.readings["words.json"](labels)["clusters"]
    assert {"blue", "sea"} <= set(words[0]["words"]) and {"red", "fox"} <= set(words[1]["words"])
    # Texts without names are called what the other views call them.
    assert {text["id"] for text in words[0]["texts"]} <= set(IDS[::2])
    assert joined.readings["skipped.json"](labels)[0]["id"] == "notes.txt"
    both = join_views({"one": told, "two": told, "seen": seen})
    twice = both.readings["words.json"](labels)["clusters"]
    assert len(twice[0]["words"]) == 2 * len(words[0]["words"])


def test_vectors_of_these_items_alone_stay_so() -> None:
    own = rows(X, IDS)
    together = replace(own, graph=replace(own.graph, own_space=True, table=False))
    assert join_views({"x": own, "y": together}).graph.own_space
    assert not join_views({"x": own, "y": own}).graph.own_space
    assert not join_views({"x": own, "y": own}).graph.table


def test_order_beside_files_that_could_not_be_read() -> None:
    lost = {"skipped.json": lambda _: [{"id": "a.jpg", "reason": "the file is empty"}]}
    seen = rows(X, IDS, readings=lost)
    with pytest.raises(InputError, match="seen left out 1 that cannot be read"):
        join_views({"seen": seen, "y": rows(Y, None)})
    assert join_views({"seen": seen, "y": rows(Y, IDS)}).graph.n_nodes == 30


def test_weights_that_do_not_fit() -> None:
    with pytest.raises(InputError, match=r"weights=\[1.0\] for 2 views"):
        join_views({"x": rows(X, IDS), "y": rows(Y, IDS)}, weights=[1])
