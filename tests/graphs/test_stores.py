"""A store holds the graph that the readers make in memory, whatever the list looks like."""

from __future__ import annotations

import gzip
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.loaded import fingerprint
from graphclust.graphs.readers import read_source
from graphclust.graphs.stores import GraphStore, import_edges, open_store
from graphclust.sparse import CSR, spmm

# That a list is directed is told by the readers and the importer alike, which is compared below.
pytestmark = pytest.mark.filterwarnings("ignore:.* is directed")

# So little that every list below takes several chunks, buckets and blocks of rows.
TIGHT = 1 << 16


def write(path: Path, rows: list[tuple], header: str = "") -> Path:
    text = "".join(",".join(map(str, row)) + "\n" for row in rows)
    text = header + text
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def both(path: Path, out: Path, **beside: object) -> tuple[Graph, GraphStore]:
    """Return the graph read in memory and the store, the same warnings having been given."""
    with warnings.catch_warnings(record=True) as first:
        warnings.simplefilter("always")
        graph = read_source(path, **beside).graph
    with warnings.catch_warnings(record=True) as second:
        warnings.simplefilter("always")
        store = import_edges(path, out, memory=TIGHT, **beside)
    assert [str(w.message) for w in first] == [str(w.message) for w in second]
    return graph, store


def assert_same(graph: Graph, store: GraphStore) -> None:
    ours = store.graph()
    assert ours.adj.rowptr.dtype == graph.adj.rowptr.dtype
    assert torch.equal(ours.adj.rowptr, graph.adj.rowptr)
    assert torch.equal(ours.adj.col, graph.adj.col)
    assert (ours.adj.weight is None) == (graph.adj.weight is None)
    if graph.adj.weight is not None:
        assert torch.equal(ours.adj.weight, graph.adj.weight)
    assert list(ours.node_ids) == list(graph.node_ids)
    assert [type(i) for i in ours.node_ids] == [type(i) for i in graph.node_ids]
    assert ours.notes == graph.notes
    assert (ours.x is None) == (graph.x is None)
    if isinstance(graph.x, CSR):
        assert torch.equal(ours.x.to_dense(), graph.x.to_dense())
    elif graph.x is not None:
        assert torch.equal(ours.x, graph.x)
    assert fingerprint(ours) == fingerprint(graph)


def random_rows(m: int, n: int, seed: int, weights: str = "") -> list[tuple]:
    rng = np.random.default_rng(seed)
    # Squared, so that low numbers are hubs.
    ends = (n * rng.random((m, 2)) ** 2).astype(int)
    if not weights:
        return [tuple(e) for e in ends.tolist()]
    values = rng.integers(0, 4, m) if weights == "whole" else rng.random(m).round(3)
    return [(*e, v) for e, v in zip(ends.tolist(), values.tolist(), strict=True)]


LISTS: dict[str, list[tuple]] = {
    "many": random_rows(20_000, 3_000, 0),
    "gaps": [(7 * a + 3, 7 * b + 3) for a, b in random_rows(9_000, 2_000, 1)],
    "negative": [(a - 5, b - 5) for a, b in random_rows(50, 20, 2)],
    "whole weights": random_rows(15_000, 500, 3, "whole"),
    "weights": random_rows(15_000, 2_000, 4, "fractions"),
    "weights of one": [(a, b, 1) for a, b in {tuple(sorted(e)) for e in random_rows(99, 40, 5)}],
    "both ways": [e for a, b in random_rows(4_000, 300, 6) for e in ((a, b), (b, a))],
    "both ways, weighted": [
        e for a, b in random_rows(999, 90, 7) for e in ((a, b, a + b + 1), (b, a, a + b + 1))
    ],
    "nearly both ways": [(0, 1, 1.0), (1, 0, 1.0000001), (1, 2, 0.3), (2, 1, 0.3)],
    "both ways, unlike": [(0, 1, 1.0), (1, 0, 2.0), (1, 2, 0.5), (2, 1, 0.5)],
    "some both ways": [(0, 1), (1, 0), (1, 2), (3, 3), (3, 3)],
    "loops only": [(0, 0), (1, 1)],
    "one": [(4, 9)],
    "names": [(f"n{a}", f"n{b}") for a, b in random_rows(6_000, 700, 8)],
    "names and numbers": [("x", 1), (1, 2), (2, "ü"), ("x", "x")],
    "names, weighted": [(f"n{a}", f"n{b}", w) for a, b, w in random_rows(999, 99, 9, "whole")],
    "late name": [*random_rows(20_000, 3_000, 10), ("z", 0)],
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("suffix", [".csv", ".txt.gz"])
def test_a_store_holds_the_graph_of_the_reader(tmp_path, kind, suffix) -> None:
    path = write(tmp_path / f"g{suffix}", LISTS[kind], "# a comment\n")
    graph, store = both(path, tmp_path / "store")
    assert_same(graph, store)
    assert store.n == graph.n_nodes and store.nnz == graph.adj.nnz
    store.verify()


@pytest.mark.parametrize("kind", ["many", "weights", "names"])
def test_parquet_is_read_alike(tmp_path, kind) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    text = write(tmp_path / "g.csv", LISTS[kind])
    folder = tmp_path / "g.parquet"
    folder.mkdir()
    columns = list(zip(*LISTS[kind], strict=True))
    names = ["weight", "src", "dst"][-len(columns) :]
    columns = [*columns[2:], *columns[:2]]  # by name, not by place
    table = pyarrow.table([pyarrow.array(c) for c in columns], names=names)
    half = table.num_rows // 2
    parquet.write_table(table.slice(0, half), folder / "part-0.parquet")
    parquet.write_table(table.slice(half), folder / "part-1.parquet")
    expected = read_source(text).graph
    graph, store = both(folder, tmp_path / "store")
    assert torch.equal(graph.adj.col, expected.adj.col)
    assert list(graph.node_ids) == list(expected.node_ids)
    assert_same(graph, store)


def test_features_and_labels_travel_beside(tmp_path) -> None:
    path = write(tmp_path / "g.csv", random_rows(500, 40, 11))
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.normal(size=(60, 3)))
    np.save(tmp_path / "y.npy", rng.integers(0, 4, 60))
    graph, store = both(
        path, tmp_path / "s", features=tmp_path / "x.npy", labels=tmp_path / "y.npy"
    )
    assert_same(graph, store)
    loaded = read_source(path, features=tmp_path / "x.npy", labels=tmp_path / "y.npy")
    y, names = store.labels()
    assert np.array_equal(y, loaded.y) and names == loaded.class_names
    rows = ["id,a,b", *(f"{i},{i},{-i}" for i in range(45, -1, -1))]
    (tmp_path / "x.csv").write_text("\n".join(rows))
    assert_same(*both(path, tmp_path / "s", features=tmp_path / "x.csv"))
    # Without features, as many labels as rows make isolated nodes too.
    assert_same(*both(path, tmp_path / "s", labels=tmp_path / "y.npy"))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_features_may_be_stored_in_half_the_bytes(tmp_path, dtype) -> None:
    path = write(tmp_path / "g.csv", [(0, 1), (1, 2)])
    x = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    np.save(tmp_path / "x.npy", x.numpy())
    store = import_edges(path, tmp_path / "s", features=tmp_path / "x.npy", dtype=dtype)
    assert torch.equal(store.graph().x, x.to(getattr(torch, dtype)).float())
    assert store.facts["files"]["features.npy"]["bytes"] < 128 + 3 * 5 * 2 + 1


@pytest.mark.parametrize("kind", ["many", "weights"])
@pytest.mark.parametrize("steps", [("sym", 1.0), ("row", 0.0), ("sym", 0.0), ("none", 2.0)])
def test_products_from_disk_are_those_in_memory(tmp_path, kind, steps) -> None:
    path = write(tmp_path / "g.csv", LISTS[kind])
    np.save(tmp_path / "x.npy", np.ones((3_000, 40), dtype=np.float32))
    import_edges(path, tmp_path / "s", features=tmp_path / "x.npy")
    whole = open_store(tmp_path / "s").graph().adj
    streamed = open_store(tmp_path / "s", memory=TIGHT).graph().adj
    assert streamed.streamed and not whole.streamed
    x = torch.randn(whole.shape[0], 7, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(streamed.degree, whole.degree)
    for matrix, other in (
        (streamed.normalized(*steps), whole.normalized(*steps)),
        (
            streamed.normalized(*steps).normalized("row", 1.0),
            whole.normalized(*steps).normalized("row", 1.0),
        ),
    ):
        torch.testing.assert_close(spmm(matrix, x), spmm(other, x), rtol=1e-5, atol=1e-5)
    with pytest.raises(InputError, match="all edges of the graph in memory"):
        _ = streamed.col


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("a,b,1\nb,c,x\n", "is not a number"),
        ("0,1\n0,1,2\n", "line 2: 3 columns"),
        ("0,1\n,1\n", "no name"),
        ("5,6,1\n6,7,-2\n", "edge from 6 to 7 has weight -2"),
        ("0,1,2,3\n", "4 columns"),
    ],
)
def test_what_cannot_be_read_leaves_nothing(tmp_path, text, message) -> None:
    path = tmp_path / "g.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        import_edges(path, tmp_path / "store")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g.csv"]


def test_features_that_do_not_fit_are_refused(tmp_path) -> None:
    path = write(tmp_path / "g.csv", [(0, 1), (1, 2)])
    for x, dtype, message in (
        (np.ones((2, 3)), "float32", "2 rows for 3 nodes"),
        (np.array([[1.0], [np.nan], [2.0]]), "float32", "NaN .first at row 1, column 0"),
        (np.array([[1.0], [2.0], [1e6]]), "float16", "store bfloat16 or float32"),
        (np.ones((3, 1)), "float64", "not one of float32"),
    ):
        np.save(tmp_path / "x.npy", x)
        with pytest.raises(InputError, match=message):
            import_edges(path, tmp_path / "s", features=tmp_path / "x.npy", dtype=dtype)
    assert not (tmp_path / "s").exists()


def test_a_store_replaces_a_store_and_nothing_else(tmp_path) -> None:
    path = write(tmp_path / "g.csv", [(0, 1)])
    import_edges(path, tmp_path / "s")
    assert import_edges(write(path, [(0, 1), (1, 2)]), tmp_path / "s").n == 3
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.tex").write_text("dear")
    with pytest.raises(InputError, match="no store"):
        import_edges(path, tmp_path / "other")
    with pytest.raises(InputError, match="is a file"):
        import_edges(path, path)


def test_a_damaged_store_is_refused(tmp_path) -> None:
    path = write(tmp_path / "g.csv", [(0, 1), (1, 2)])
    store = import_edges(path, tmp_path / "s")
    column = tmp_path / "s" / "col.npy"
    data = column.read_bytes()
    column.write_bytes(data[:-1] + b"\1")
    with pytest.raises(InputError, match="SHA-256"):
        store.verify()
    column.write_bytes(data[:-4])
    with pytest.raises(InputError, match="cut short"):
        open_store(tmp_path / "s")
    facts = json.loads((tmp_path / "s" / "store.json").read_text())
    (tmp_path / "s" / "store.json").write_text(json.dumps({**facts, "format": 99}))
    with pytest.raises(InputError, match="format 99"):
        open_store(tmp_path / "s")
    with pytest.raises(InputError, match="no store"):
        open_store(tmp_path)
