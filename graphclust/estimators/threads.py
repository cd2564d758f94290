"""How many threads a fit computes with: one where the graph is so small that they only wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from graphclust.estimators.features import STRUCTURAL_DIM
from graphclust.graphs import Graph

# Numbers in the matrix of features below which a second thread costs more than it brings: every
# operation waits for the slowest thread, on a busy machine for as long as the system pleases.
TINY = 2**16


@contextmanager
def fitting_threads(graph: Graph) -> Iterator[int]:
    """Compute on a graph with a fitting number of threads, given; the user's is put back after.

    One thread where nodes times features are at most :data:`TINY`, else as many as torch is set
    to. A graph that brings no features counts with those that stand in for them. The number
    depends on the graph and torch's setting alone, so that a fit and a later prediction on the
    same graph have the same one. Outside of the main thread torch's setting stays as it is: it
    is the process's, and another fit may be under way.
    """
    width = graph.n_features or STRUCTURAL_DIM + 1
    before = torch.get_num_threads()
    tiny = graph.n_nodes * width <= TINY
    if before == 1 or not tiny or threading.current_thread() is not threading.main_thread():
        yield before
        return
    torch.set_num_threads(1)
    try:
        yield 1
    finally:
        torch.set_num_threads(before)
