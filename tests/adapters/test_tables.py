"""Tables, series, views, cells and vectors of one's own."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
import scipy.sparse as sp
import torch

import graphclust as gc
from graphclust.adapters.single_cells import read
from graphclust.errors import InputError
from graphclust.graphs.readers import read_source
from graphclust.graphs.table_columns import encode_columns

RNG = np.random.default_rng(0)


def test_columns_of_every_kind() -> None:
    n = 100
    found = encode_columns(
        {
            "weight": [1.0, 3.0] * 50,
            "price": [*map(str, range(98)), "", "NA"],
            "colour": ["red", "blue", "red", "?"] * 25,
            "town": [f"town {i % 40}" for i in range(n)],
            "name": [f"name {i}" for i in range(n)],
            "same": ["x"] * n,
            "none": [None] * n,
        }
    )
    # weight, price, the frequency of towns, and red and blue.
    assert found.x.shape == (n, 5) and found.own_space
    np.testing.assert_allclose(found.x[:, 0], np.tile([-1, 1], 50))
    assert found.x[98, 1] == found.x[99, 1] and abs(found.x[98, 1]) < 0.1
    red, blue, missing = found.x[0, 3:], found.x[1, 3:], found.x[3, 3:]
    assert np.linalg.norm(red - blue) == pytest.approx(1) and not missing.any()
    told = "; ".join(found.notes)
    for part in ("price (2)", "town (40)", "colour (2)", "left out: name", "left out: same"):
        assert part in told


def test_a_table_of_numbers_stays_as_it_is_unless_its_units_differ() -> None:
    x = RNG.normal(size=(50, 3)).astype(np.float32)
    plain = encode_columns({str(i): x[:, i] for i in range(3)})
    assert np.array_equal(plain.x, x) and not plain.own_space and plain.notes == ()
    unlike = encode_columns({"a": x[:, 0], "b": 1000 * x[:, 1]})
    np.testing.assert_allclose(unlike.x.std(0), 1, rtol=1e-5)
    assert "standardised: 2" in unlike.notes[0]


def mixed(n: int = 90) -> dict[str, list]:
    """Return a table in which a number and a category tell three groups apart."""
    group = np.arange(n) % 3
    size = group * 100 + RNG.normal(size=n)
    colour = np.asarray(["red", "green", "blue"])[group]
    return {"size": size.tolist(), "colour": colour.tolist(), "kind": group.tolist()}


def test_a_mixed_table_to_clusters() -> None:
    table = mixed()
    data = gc.adapters.from_table({k: table[k] for k in ("size", "colour")}, y=table["kind"])
    assert any("colour (3)" in note for note in data.notes)
    assert gc.NodeClusterer(3, random_state=0).fit(data).score(data.y)["acc"] == 1.0


@pytest.mark.parametrize("form", ["csv", "tsv", "parquet"])
def test_tables_in_files(form, tmp_path) -> None:
    table, path = mixed(), tmp_path / f"t.{form}"
    table = {"id": [f"r{i}" for i in range(90)], **table}
    if form == "parquet":
        pa = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pa.table(table), path)
    else:
        mark = "," if form == "csv" else "\t"
        rows = [mark.join(map(str, row)) for row in zip(*table.values(), strict=True)]
        path.write_text("\n".join([mark.join(table), *rows]) + "\n")
    loaded = read_source(path, "table", label_column="kind")
    assert loaded.graph.x.shape == (90, 4) and loaded.graph.node_ids[5] == "r5"
    assert loaded.graph.own_space and np.array_equal(loaded.y, np.arange(90) % 3)
    with pytest.raises(InputError, match=r"no column 'kinds'.*did you mean kind"):
        read_source(path, "table", label_column="kinds")


def test_series_are_compared_by_shape() -> None:
    t = np.linspace(0, 1, 60)
    waves = [np.sin(2 * np.pi * f * t) for f in (1, 2) for _ in range(20)]
    series = [5 * i + (i + 1) * w + 0.05 * RNG.normal(size=60) for i, w in enumerate(waves)]
    series = [one if i % 2 else one[::2] for i, one in enumerate(series)]
    data = gc.adapters.from_series(series, y=[0] * 20 + [1] * 20, neighbors=5, length=40)
    assert data.x.shape == (40, 40)
    torch.testing.assert_close(data.x.std(1, unbiased=False), torch.ones(40))
    ends = torch.as_tensor(data.y)[data.edge_index]
    assert (ends[0] == ends[1]).all()
    with pytest.raises(InputError, match="series 1 has 1 steps"):
        gc.adapters.from_series([[1, 2], [3]])


def test_views_complete_each_other() -> None:
    # Each view knows seven items of ten, and is noise for the others.
    group = np.arange(180) % 3
    views = [
        np.where(RNG.random((180, 1)) < 0.7, 8 * np.eye(12)[group], 0) + RNG.normal(size=(180, 12))
        for _ in range(2)
    ]
    data = gc.adapters.from_views(views, y=group)
    assert sum(data.weights) == pytest.approx(1) and data.x.shape == (180, 24)
    fused = gc.NodeClusterer(3, random_state=0).fit(data).score(group)["acc"]
    alone = [gc.NodeClusterer(3, random_state=0).fit(v).score(group)["acc"] for v in views]
    assert fused > max(alone) + 0.05 and fused > 0.85


def test_a_view_that_contradicts_the_others_counts_less() -> None:
    group = np.arange(120) % 3
    good = [np.eye(3)[group] * 6 + RNG.normal(size=(120, 3)) for _ in range(2)]
    noise = RNG.normal(size=(120, 3))
    weights = gc.adapters.from_views([*good, noise]).weights
    assert weights[2] < min(weights[:2])
    given = gc.adapters.from_views([*good, noise], weights=[2, 2, 0])
    assert given.weights == [0.5, 0.5, 0.0]
    graph = gc.adapters.from_vectors(good[0], neighbors=5)
    assert gc.adapters.from_views([graph, good[1]]).num_nodes == 120
    with pytest.raises(InputError, match=r"\[120, 90\] items"):
        gc.adapters.from_views([good[0], noise[:90]])
    with pytest.raises(InputError, match="weights="):
        gc.adapters.from_views(good, weights=[1, -1])


def test_neighbours_of_ones_own() -> None:
    x = RNG.normal(size=(60, 4))
    plain = gc.adapters.from_vectors(x, neighbors=3, metric="euclidean")
    distances = np.linalg.norm(x[:, None] - x[None], axis=2)
    for given in ({"distances": distances}, {"distances": sp.csr_array(distances)}):
        data = gc.adapters.from_vectors(metric="precomputed", neighbors=3, **given)
        assert torch.equal(data.edge_index, plain.edge_index)
        torch.testing.assert_close(data.edge_weight, plain.edge_weight, atol=1e-3, rtol=1e-3)
    data = gc.adapters.from_vectors(indices=np.argsort(distances)[:, 1:4], weighting="union")
    assert torch.equal(data.edge_index, plain.edge_index)
    with pytest.raises(InputError, match="numbered from 0 to 1"):
        gc.adapters.from_vectors(indices=[[1], [2]], weighting="union")
    with pytest.raises(InputError, match="neither x, nor indices"):
        gc.adapters.from_vectors()


def cells(path, graph: bool, pca: bool) -> None:
    """Write an AnnData file by hand: 60 cells of two types, 30 genes."""
    h5py = pytest.importorskip("h5py")
    kind = np.arange(60) % 2
    counts = sp.csr_array(RNG.poisson(np.where(kind[:, None] == np.arange(30) % 2, 9, 1)))
    with h5py.File(path, "w") as file:
        obs = file.create_group("obs")
        obs.attrs["_index"] = "barcode"
        obs["barcode"] = [f"cell{i}".encode() for i in range(60)]
        types = obs.create_group("cell_type")
        types["categories"], types["codes"] = [b"B", b"T"], kind.astype(np.int8)
        held = {"X": counts}
        if graph:
            held["obsp/connectivities"] = sp.csr_array(np.equal.outer(kind, kind) * 0.5)
        for name, matrix in held.items():
            group = file.create_group(name)
            group.attrs["shape"], group.attrs["encoding-type"] = matrix.shape, "csr_matrix"
            for part in ("data", "indices", "indptr"):
                group[part] = getattr(matrix, part)
        if pca:
            file["obsm/X_pca"] = np.eye(2)[kind] + 0.1 * RNG.normal(size=(60, 2))


@pytest.mark.parametrize(("graph", "pca"), [(True, True), (False, True), (False, False)])
def test_single_cells(graph, pca, tmp_path) -> None:
    path = tmp_path / "cells.h5ad"
    cells(path, graph, pca)
    loaded = read(path, label_column="cell_type")
    assert loaded.class_names == ["B", "T"] and loaded.graph.node_ids[2] == "cell2"
    assert loaded.graph.n_features == (2 if pca else 30)
    if graph:
        assert loaded.graph.n_edges == 2 * 30 * 29 // 2
    model = gc.NodeClusterer(2, random_state=0).fit(loaded.graph)
    assert model.score(loaded.y)["acc"] == 1.0
    with pytest.raises(InputError, match="no column 'type' of cells"):
        read(path, label_column="type")


@pytest.mark.skipif(find_spec("h5py") is None, reason="h5py is not installed")
def test_a_file_that_is_no_anndata(tmp_path) -> None:
    (tmp_path / "a.h5ad").write_text("no")
    with pytest.raises(InputError, match="cannot be read as AnnData"):
        read(tmp_path / "a.h5ad")
