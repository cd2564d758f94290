"""One thread where a graph is tiny, the user's number elsewhere and afterwards."""

from __future__ import annotations

import threading
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
import torch

import graphclust as gc
from graphclust.estimators import threads
from graphclust.estimators.run_facts import facts_of
from graphclust.graphs.coerce import as_graph


@pytest.fixture(autouse=True)
def three():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    assert torch.get_num_threads() == 3, "the user's number was put back"
    torch.set_num_threads(before)


def inside(graph) -> int:
    with threads.fitting_threads(graph) as given:
        assert torch.get_num_threads() == given
        return given


def test_the_rule_is_nodes_times_features() -> None:
    graph = as_graph(nx.path_graph(1000))
    assert inside(graph) == 1, "64 positions and the degree stand in for features"
    assert inside(as_graph(nx.path_graph(1100))) == 3
    assert inside(replace(graph, x=torch.zeros(1000, 65))) == 1
    assert inside(replace(graph, x=torch.zeros(1000, 66))) == 3


def test_errors_put_it_back_and_other_threads_leave_it_alone() -> None:
    graph = as_graph(nx.path_graph(9))
    with pytest.raises(ZeroDivisionError), threads.fitting_threads(graph):
        raise ZeroDivisionError
    seen: list[int] = []
    worker = threading.Thread(target=lambda: seen.append(inside(graph)))
    worker.start()
    worker.join()
    assert seen == [3]


def test_fit_and_predict_use_it_and_agree(monkeypatch) -> None:
    graph = nx.connected_caveman_graph(3, 6)
    model = gc.NodeClusterer(3, gc.methods.DMoN(epochs=5), random_state=0).fit(graph)
    assert model.threads_ == facts_of(model)["threads"] == 1
    assert np.array_equal(model.transform(graph), model.embedding_)
    monkeypatch.setattr(threads, "TINY", 0)
    assert gc.NodeClusterer(3, "spectral", random_state=0).fit(graph).threads_ == 3
