"""Surroundings of nodes beside the dense adjacency, and parts of even size."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

import graphclust.graphs.neighborhoods as neighborhoods_module
import graphclust.graphs.part as part_module
from graphclust.graphs.generators import attributed_partition, planted_partition
from graphclust.graphs.neighborhoods import (
    ALL,
    NeighborSampler,
    draw_entries,
    walk_surroundings,
)
from graphclust.graphs.part import induced, table_pays
from graphclust.graphs.partition import grown_parts, partition
from graphclust.graphs.pyg_lib_door import pyg_lib
from graphclust.sparse import CSR


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def as_adj(data, weighted: bool = False) -> CSR:
    row, col = data.edge_index
    weight = 1.0 + (row + col) % 4 if weighted else None
    n = data.num_nodes
    return CSR.from_edges(row, col, weight, (n, n), symmetric=True)


@pytest.fixture(params=[False, True], ids=["plain", "weighted"])
def adj(request) -> CSR:
    return as_adj(attributed_partition(120, 300, 3, seeded(), 1), request.param)


def reached(adj: CSR, seeds: torch.Tensor, hops: int) -> set[int]:
    step = adj.to_dense() > 0
    inside = torch.zeros(adj.shape[0], dtype=torch.bool)
    inside[seeds] = True
    for _ in range(hops):
        inside |= step[inside].any(0)
    return set(inside.nonzero().flatten().tolist())


def test_all_neighbours_are_the_ball_and_its_rows_are_whole(adj) -> None:
    seeds = torch.tensor([7, 3, 100])
    nodes, part = NeighborSampler(adj)(seeds, [ALL, ALL], seeded())
    assert nodes[:3].tolist() == [7, 3, 100]
    assert len(set(nodes.tolist())) == nodes.numel()
    assert set(nodes.tolist()) == reached(adj, seeds, 2)
    dense, inner = adj.to_dense(), part.within[1]
    assert part.within == (3, len(reached(adj, seeds, 1)), nodes.numel())
    torch.testing.assert_close(part.to_dense()[:inner], dense[nodes][:inner][:, nodes])
    assert float(part.to_dense()[inner:].abs().sum()) == 0.0


def test_normalisations_are_those_of_the_whole_graph(adj) -> None:
    nodes, part = NeighborSampler(adj)(torch.tensor([5, 60]), [ALL], seeded())
    for kind in ("sym", "row"):
        for loops in (0.0, 1.0, 0.5):
            whole = adj.normalized(kind, loops).to_dense()[nodes][:, nodes]
            got = part.normalized(kind, loops).to_dense()
            torch.testing.assert_close(got[:2], whole[:2])


def test_a_sampled_row_estimates_the_sum_over_it_without_bias(adj) -> None:
    x = torch.randn(120, 3, generator=seeded(1))
    hub = int(adj.counts.argmax())
    seeds = torch.tensor([hub, 11])
    sampler, draw = NeighborSampler(adj), seeded(2)
    sums = []
    for _ in range(3000):
        nodes, part = sampler(seeds, [4], draw)
        sums.append(part.to_dense()[:2] @ x[nodes])
    found = torch.stack(sums)
    error = found.std(0) / 3000**0.5
    expected = adj.to_dense()[seeds] @ x
    assert bool(((found.mean(0) - expected).abs() <= 5 * error + 1e-5).all())
    assert float(found.std(0)[0].min()) > 0.01


def test_fan_outs_bound_rows_and_repeat_with_the_seed(adj) -> None:
    seeds = torch.arange(0, 120, 10)
    first, again, other = (NeighborSampler(adj)(seeds, [3, 2], seeded(s)) for s in (1, 1, 2))
    assert torch.equal(first[0], again[0]) and torch.equal(first[1].col, again[1].col)
    assert first[0].tolist() != other[0].tolist()
    part = first[1]
    assert int(part.counts[:12].max()) <= 3
    assert int(part.counts[12 : part.within[1]].max()) <= 2
    dense, nodes = adj.to_dense(), first[0]
    assert bool((dense[nodes[part.row.long()], nodes[part.col.long()]] > 0).all())
    for row in range(part.within[1]):
        mine = part.col[part.rowptr[row] : part.rowptr[row + 1]].tolist()
        assert len(mine) == len(set(mine))


def test_a_sampler_forgets_the_call_before(adj) -> None:
    sampler = NeighborSampler(adj)
    sampler(torch.arange(40), [ALL], seeded())
    again = sampler(torch.tensor([3]), [ALL], seeded())
    fresh = NeighborSampler(adj)(torch.tensor([3]), [ALL], seeded())
    assert torch.equal(again[0], fresh[0]) and torch.equal(again[1].col, fresh[1].col)


def test_rows_without_entries_and_fan_outs_of_none() -> None:
    lonely = CSR(torch.zeros(4, dtype=torch.int32), torch.zeros(0, dtype=torch.int32), None, (3, 3))
    nodes, part = NeighborSampler(lonely)(torch.tensor([2, 0]), [2, ALL], seeded())
    assert nodes.tolist() == [2, 0] and part.nnz == 0 and part.within == (2, 2, 2)
    adj = as_adj(planted_partition(2, 10, 0.5, 0.1, seeded()))
    count, entry, scale = draw_entries(adj, torch.arange(5), 0, seeded())
    assert count.tolist() == [0] * 5 and entry.numel() == 0
    assert scale is not None and scale.numel() == 0


def test_induced_edges_are_the_dense_block(adj) -> None:
    nodes = torch.arange(0, 120, 3)
    part = induced(adj, nodes)
    torch.testing.assert_close(part.to_dense(), adj.to_dense()[nodes][:, nodes])
    assert part.symmetric
    assert induced(adj, nodes[:0]).shape == (0, 0)


@pytest.mark.parametrize("every", [3, 40])
def test_few_nodes_of_many_are_found_as_by_a_table(adj, every, monkeypatch) -> None:
    nodes = torch.arange(0, 120, every)
    whole, taken = NeighborSampler(adj)(nodes, [ALL, 2], seeded()), induced(adj, nodes)
    for module in (part_module, neighborhoods_module):
        monkeypatch.setattr(module, "table_pays", lambda n, entries: not table_pays(n, entries))
    other, again = NeighborSampler(adj)(nodes, [ALL, 2], seeded()), induced(adj, nodes)
    assert torch.equal(whole[0], other[0])
    for one, two in ((whole[1], other[1]), (taken, again)):
        assert torch.equal(one.rowptr, two.rowptr) and torch.equal(one.col, two.col)
        assert torch.equal(one.values, two.values)


def test_induced_edges_are_the_same_with_pyg_lib(adj, monkeypatch) -> None:
    library = pyg_lib()
    if library is None:
        pytest.skip("pyg-lib is not installed")
    nodes = torch.arange(0, 120, 3)
    with_it = induced(adj, nodes)
    monkeypatch.setattr(part_module, "pyg_lib", lambda: None)
    without = induced(adj, nodes)
    for name in ("rowptr", "col", "values"):
        assert torch.equal(getattr(with_it, name), getattr(without, name))
        assert getattr(with_it, name).dtype == getattr(without, name).dtype
    assert with_it.symmetric


def test_a_pyg_lib_that_does_not_load_is_as_good_as_none(tmp_path, adj) -> None:
    (tmp_path / "pyg_lib.py").write_text("raise OSError('undefined symbol: _ZN3c10')")
    # In a process of its own: what is imported once stays.
    told = subprocess.run(
        [sys.executable, "-c", "from graphclust.graphs.pyg_lib_door import *; print(pyg_lib())"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "None\n"


def test_walks_stay_on_edges_and_hold_their_seeds(adj) -> None:
    seeds = torch.tensor([4, 50, 77])
    nodes, place, inner = walk_surroundings(adj, seeds, 3, 2, seeded())
    assert torch.equal(nodes[place], seeds)
    assert set(nodes.tolist()) <= reached(adj, seeds, 2)
    torch.testing.assert_close(inner.to_dense(), adj.to_dense()[nodes][:, nodes])


# -- partitions ------------------------------------------------------------------------------


def kept(adj: CSR, part: torch.Tensor) -> float:
    return float((part[adj.row.long()] == part[adj.col.long()]).double().mean())


def test_parts_follow_planted_clusters_and_are_even() -> None:
    data = planted_partition(8, 100, 0.15, 0.002, seeded())
    adj = as_adj(data)
    part = grown_parts(adj, 8, seeded(1))
    truth = kept(adj, data.y)
    assert kept(adj, part) > 0.95 * truth
    assert part.bincount(minlength=8).tolist() == [100] * 8


@pytest.mark.parametrize("parts", [1, 7, 40, 600, 1000])
def test_no_part_is_empty_or_far_too_great(parts) -> None:
    adj = as_adj(attributed_partition(1000, 4000, 5, seeded(), 1))
    part = grown_parts(adj, parts, seeded(1))
    size = part.bincount(minlength=parts)
    assert size.numel() == parts and int(size.min()) > 0
    assert int(size.max()) <= 2 * -(-1000 // parts)
    # Chance would keep one edge in so many.
    assert kept(adj, part) > 2.0 / parts or parts == 1 or parts > 500
    assert torch.equal(part, grown_parts(adj, parts, seeded(1)))


def test_nodes_without_edges_are_dealt_out() -> None:
    none = CSR(torch.zeros(31, dtype=torch.int32), torch.zeros(0, dtype=torch.int32), None,
               (30, 30), symmetric=True)  # fmt: skip
    assert sorted(partition(none, 4, seeded()).bincount().tolist()) == [7, 7, 8, 8]


def test_metis_where_it_is_installed() -> None:
    pytest.importorskip("pymetis")
    data = planted_partition(8, 100, 0.15, 0.002, seeded())
    adj = as_adj(data)
    part = partition(adj, 8, seeded(1))
    assert kept(adj, part) > 0.9 * kept(adj, data.y)
    assert int(part.bincount(minlength=8).min()) > 80
    assert torch.equal(part, partition(adj, 8, seeded(1)))
