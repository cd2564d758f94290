"""The next batch made by a second thread: the same answer, whoever makes it."""

from __future__ import annotations

import threading
import time

import pytest
import torch

import graphclust as gc
from graphclust.graphs.generators import attributed_partition
from graphclust.methods import DMoN, InBatches
from graphclust.methods.multistage.dgi import DGI
from graphclust.training import Clusters, Neighbors, Rows, Walks
from graphclust.training.prefetch import prefetched

CPU = torch.device("cpu")
WAYS = {
    "all neighbours": lambda ahead: Neighbors(60, prefetch=ahead),
    "some neighbours": lambda ahead: Neighbors(60, [3], prefetch=ahead),
    "walks": lambda ahead: Walks(60, prefetch=ahead),
    "clusters": lambda ahead: Clusters(60, parts=3, prefetch=ahead),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_answer_is_the_same_either_way(way) -> None:
    data = attributed_partition(300, 900, 3, torch.Generator().manual_seed(0), 6)
    found = []
    for ahead in (True, False):
        # Dropout draws while the next batch is drawn, and dgi's corruption does as well.
        for method in (DMoN(epochs=3, dropout=0.5), DGI(epochs=3)):
            model = gc.NodeClusterer(3, InBatches(method, WAYS[way](ahead)), random_state=5)
            model.fit(data)
            found.append((model.history_["loss"], model.embedding_, model.labels_))
    for with_it, without in zip(found[:2], found[2:], strict=True):
        assert with_it[0] == without[0]
        assert (with_it[1] == without[1]).all() and (with_it[2] == without[2]).all()


def test_the_next_item_is_made_while_one_is_worked_on() -> None:
    made, started = [], threading.Event()

    def items():
        for i in range(3):
            if i == 1:
                started.set()
            made.append((i, threading.current_thread().name))
            yield i

    ahead = prefetched(items(), CPU)
    assert next(ahead) == 0
    assert started.wait(10)  # nobody has asked for the second
    assert list(ahead) == [1, 2]
    assert [i for i, _ in made] == [0, 1, 2]
    assert all(name.startswith("prefetch") for _, name in made)


def test_the_second_thread_computes_alone_and_leaves_the_first_its_own() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        seen = list(prefetched((torch.get_num_threads() for _ in range(2)), CPU))
        assert seen == [1, 1] and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_what_goes_wrong_there_comes_out_here_and_the_thread_ends() -> None:
    def items():
        yield 1
        raise ValueError("no more")

    ahead = prefetched(items(), CPU)
    assert next(ahead) == 1
    with pytest.raises(ValueError, match="no more"):
        next(ahead)
    assert not _threads()


def test_an_epoch_that_is_left_takes_its_thread_along() -> None:
    def items():
        for i in range(100):
            time.sleep(0.001)
            yield i

    ahead = prefetched(items(), CPU)
    next(ahead)
    ahead.close()
    assert not _threads()


def _threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("prefetch")]


@pytest.mark.parametrize(("cpus", "threads", "ahead"), [(4, 2, True), (2, 2, False)])
def test_a_second_thread_is_for_a_cpu_that_is_free(cpus, threads, ahead, monkeypatch) -> None:
    monkeypatch.setattr("graphclust.training.batches.usable_cpus", lambda: cpus)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    for way in (Neighbors(20), Rows(20)):
        name = next(way.made((threading.current_thread().name for _ in range(1)), CPU))
        assert name.startswith("prefetch") == ahead
    said = Rows(20, prefetch=not ahead)
    name = next(said.made((threading.current_thread().name for _ in range(1)), CPU))
    assert name.startswith("prefetch") != ahead
