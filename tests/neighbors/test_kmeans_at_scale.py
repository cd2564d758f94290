"""k-means on many rows: from disk, by blocks, by batches, and from seeds of few passes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.cluster import KMeans as Reference
from sklearn.metrics import adjusted_rand_score

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.heads import KMeans, SphericalKMeans
from graphclust.neighbors import lloyd as module
from graphclust.neighbors.lloyd import lloyd, nearest_center
from graphclust.neighbors.mini_batch import mini_batch_kmeans
from graphclust.neighbors.seeding import parallel_centers, plus_plus_centers
from graphclust.ondisk import BlockFile, StoredRows
from graphclust.sparse import CSR

K, D = 15, 6
EMPTY = Graph(
    CSR(torch.zeros(2, dtype=torch.int32), torch.zeros(0, dtype=torch.int32), None, (1, 1))
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def blobs(n: int = 6_000, spread: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    g = generator(1)
    centers = torch.randn(K, D, generator=g) * 5
    truth = torch.randint(K, (n,), generator=g)
    return centers[truth] + spread * torch.randn(n, D, generator=g), truth


def stored(z: torch.Tensor, folder: Path, panel: int | None = None) -> StoredRows:
    shape = (int(z.shape[0]), int(z.shape[1]))
    out = StoredRows(BlockFile.scratch(folder), shape, 1 << 14, folder, panel=panel)
    out.write(0, z)
    return out


def inertia(z: torch.Tensor, centers: torch.Tensor) -> float:
    return float(nearest_center(z, centers)[1].double().sum())


def test_blocks_of_any_size_give_the_same_labels_and_sums(monkeypatch) -> None:
    z, _ = blobs()
    centers = z[:K].clone()
    sums = torch.zeros_like(centers)
    whole = nearest_center(z, centers, sums=sums)
    monkeypatch.setattr(module, "_WHOLE", 0)
    monkeypatch.setattr(module, "_CACHED", 37 * K)
    again = torch.zeros_like(centers)
    parts = nearest_center(z, centers, sums=again)
    assert torch.equal(whole[0], parts[0])
    torch.testing.assert_close(whole[1], parts[1])
    torch.testing.assert_close(sums, again)


@pytest.mark.parametrize("panel", [None, 4])
@pytest.mark.parametrize("seeding", ["k-means++", "k-means||", "random"])
def test_rows_on_disk_are_clustered_as_in_memory(tmp_path, panel, seeding) -> None:
    z, _ = blobs()
    rows = stored(z, tmp_path, panel)
    assert len(list(rows.blocks())) > 5
    ours = lloyd(rows, K, generator(), restarts=2, seeding=seeding)
    theirs = lloyd(z, K, generator(), restarts=2, seeding=seeding)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("panel", [None, 1, 4])
def test_stored_rows_read_back_by_rows_and_by_columns(tmp_path, panel) -> None:
    z, _ = blobs(1_000)
    rows = stored(z, tmp_path, panel)
    assert torch.equal(rows[:], z) and torch.equal(rows[70:90], z[70:90])
    assert torch.equal(rows[torch.tensor([5, 999, 5])], z[[5, 999, 5]])
    assert np.array_equal(rows.array(), z.numpy())
    assert torch.equal(torch.cat([block for _, block in rows.column_blocks()], dim=1), z)
    narrow = rows.in_panels(2)
    assert narrow.panel <= 2 and torch.equal(narrow[:], z)
    mean, variance = rows.mean_and_variance()
    torch.testing.assert_close(mean, z.double().mean(0))
    torch.testing.assert_close(variance, z.double().var(0, unbiased=False))


@pytest.mark.parametrize("spread", [1.0, 3.0])
def test_seeds_of_few_passes_are_as_good(spread) -> None:
    z, _ = blobs(spread=spread)
    ours = np.median(
        [inertia(z, parallel_centers(z, K, generator(s), nearest_center)) for s in range(9)]
    )
    theirs = np.median([inertia(z, plus_plus_centers(z, K, generator(s))) for s in range(9)])
    assert ours < 1.1 * theirs
    best = lloyd(z, K, generator(), restarts=5, seeding="k-means||")
    reference = Reference(K, n_init=5, random_state=0).fit(z.numpy()).inertia_
    assert inertia(z, best) <= 1.01 * reference


def test_seeds_of_few_passes_where_rows_repeat() -> None:
    z = torch.cat([torch.zeros(500, 3), torch.ones(1, 3)])
    assert parallel_centers(z, 4, generator(), nearest_center).shape == (4, 3)


@pytest.mark.parametrize("where", ["memory", "disk"])
def test_mini_batches_find_the_clusters(tmp_path, where) -> None:
    z, truth = blobs(20_000)
    rows = z if where == "memory" else stored(z, tmp_path)
    centers = mini_batch_kmeans(rows, K, generator(), 512)
    labels = nearest_center(z, centers)[0]
    assert adjusted_rand_score(truth, labels) > 0.95
    reference = Reference(K, n_init=5, random_state=0).fit(z.numpy()).inertia_
    assert inertia(z, centers) < 1.1 * reference
    again = mini_batch_kmeans(rows, K, generator(), 512)
    assert torch.equal(centers, again)


def test_the_head_takes_a_batch_size(tmp_path) -> None:
    z, truth = blobs()
    for rows in (z, stored(z, tmp_path)):
        head = KMeans(restarts=3, batch_size=256).build(D, K, None)
        labels = head.fit(rows, EMPTY, generator()).predict(rows)
        assert adjusted_rand_score(truth, labels) > 0.9
    directions = SphericalKMeans(restarts=2, batch_size=256).build(D, K, None)
    centers = directions.fit(z, EMPTY, generator()).centers
    torch.testing.assert_close(centers.norm(dim=1), torch.ones(K))


def test_what_rows_on_disk_cannot_do_is_said(tmp_path) -> None:
    rows = stored(blobs(100)[0], tmp_path)
    with pytest.raises(InputError, match="init='spectral' needs all rows in memory"):
        KMeans(init="spectral").build(D, K, None).fit(rows, EMPTY, generator())
    for function in (lloyd, lambda z, k, g: mini_batch_kmeans(z, k, g, 10)):
        with pytest.raises(InputError, match="n_clusters=101 is more than"):
            function(rows, 101, generator())


def test_rows_that_are_all_the_same_end_at_once(monkeypatch) -> None:
    rounds: list[int] = []
    plain = module.refill
    monkeypatch.setattr(module, "refill", lambda *given: rounds.append(1) or plain(*given))
    rows = torch.tensor([[0.1, 2.7, 3.3]]).expand(30, 3).contiguous()
    centers = lloyd(rows, 3, generator())
    assert len(rounds) <= 30 and torch.allclose(centers, rows[:3])
