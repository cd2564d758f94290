"""Memory of large arrays: kept for the next, never shared, and never more than was needed."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

import graphclust as gc
from graphclust.graphs.generators import attributed_partition
from graphclust.sparse import large_pages

MB = 1 << 20
ROW = torch.zeros(1, 256)  # a kilobyte


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> large_pages._Kept:
    monkeypatch.setattr(large_pages, "LARGE", MB)
    monkeypatch.setattr(large_pages, "are_kept", lambda: True)
    monkeypatch.setattr(large_pages, "_KEPT", large_pages._Kept())
    return large_pages._KEPT


def new(megabytes: int) -> torch.Tensor:
    return large_pages.new_empty(ROW, 1024 * megabytes, 256)


def free(kept: large_pages._Kept) -> int:
    return sum(map(len, kept.free)) // MB


@pytest.mark.parametrize("kind", [torch.float32, torch.float64, torch.bfloat16, torch.int32])
def test_an_array_is_as_any_other(kept, kind) -> None:
    out = large_pages.new_empty(torch.zeros(1, dtype=kind), 1 << 20, 3)
    assert out.dtype == kind and out.shape == (1 << 20, 3) and out.is_contiguous()
    assert not out._is_view()
    out.fill_(1)
    assert out.sum(dtype=torch.float64) == 3 << 20
    leaf = torch.ones(1, requires_grad=True)
    if kind.is_floating_point:
        out.mul_(leaf.to(kind)).sum().backward()  # changed in place, under a gradient
        assert float(leaf.grad) == pytest.approx(3 << 20, rel=0.01)


def test_the_memory_of_what_is_let_go_serves_the_next_of_its_size(kept) -> None:
    first = new(8)
    place = first.data_ptr()
    del first
    assert (kept.used(), free(kept)) == (0, 8)
    assert new(8).data_ptr() == place
    assert new(7).data_ptr() == place, "a little smaller"
    assert new(4).data_ptr() != place, "half would be wasted"


def test_what_is_still_read_is_not_written_over(kept) -> None:
    first = new(8).fill_(1)
    part, numbers = first[10:20], first.numpy()
    del first
    assert free(kept) == 0
    new(8).fill_(2)
    assert bool((part == 1).all()) and (numbers == 1).all()
    del part
    assert free(kept) == 8, "the second's; numpy still holds the first"
    del numbers
    assert free(kept) == 16


def test_no_more_is_held_than_was_in_use_at_one_time(kept) -> None:
    for megabytes in (2, 4, 8, 16, 32):
        one = new(megabytes)
        assert kept.used() // MB + free(kept) <= megabytes
        del one
    pair = new(20), new(20)
    assert kept.used() // MB + free(kept) == 40
    del pair
    assert free(kept) == 40
    kept.let_go()
    assert free(kept) == 0


def test_where_memory_is_allotted_nothing_is_kept(kept) -> None:
    with large_pages.let_go_afterwards(keep=False), large_pages.let_go_afterwards():
        new(4)
        assert (kept.used(), free(kept)) == (0, 0)
    new(4)
    assert free(kept) == 4


def test_threads_that_take_and_let_go_never_share(kept) -> None:
    wrong = []

    def work(number: int) -> None:
        for _ in range(60):
            mine = new(2).fill_(number)
            if not bool((mine == number).all()):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and kept.used() == 0


def test_a_fit_gives_back_what_was_kept_and_its_result_is_its_own(kept) -> None:
    data = attributed_partition(8192, 20_000, 4, torch.Generator().manual_seed(0), 64)
    model = gc.NodeClusterer(4, "ssgc", random_state=0).fit(data)
    assert free(kept) == 0
    before = model.embedding_.copy()
    other = gc.NodeClusterer(4, "ssgc", random_state=1).fit(data)
    assert np.array_equal(model.embedding_, before)
    assert other.embedding_.shape == before.shape
