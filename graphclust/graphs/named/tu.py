"""The TU collection's text format: one file an aspect, all graphs one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.errors import InputError
from graphclust.graphs.parts import Parts


def read(folder: Path, name: str) -> tuple[Parts, NDArray[np.int64]]:
    """Read a set of graphs.

    Returns
    -------
    parts : Parts
        All graphs as one, without edges between them; features are the node attributes, then
        the node labels as one-hot columns, and those of edges likewise; ``y`` holds a class a
        graph, numbered in the order of their codes.
    graph_of : array of int64, shape (n,)
        Number of the graph of each node, ascending.

    Raises
    ------
    InputError
        If a file is damaged, or the files do not fit together.
    """

    def table(aspect: str, dtype: Any) -> NDArray[Any] | None:
        path = folder / f"{name}_{aspect}.txt"
        if not path.is_file():
            return None
        try:
            return np.loadtxt(path, dtype=dtype, delimiter=",", ndmin=2)
        except ValueError as error:
            raise InputError(f"{path} is damaged ({error}): fetch it again") from error

    indicator = _needed(table("graph_indicator", np.int64), folder, name, "graph_indicator")[:, 0]
    edges = _needed(table("A", np.int64), folder, name, "A") - 1
    codes = _needed(table("graph_labels", np.int64), folder, name, "graph_labels")[:, 0]
    graph_of = indicator - indicator.min()
    if (np.diff(graph_of) < 0).any() or graph_of[-1] >= codes.size:
        raise InputError(f"{folder}: the graph indicator does not fit {codes.size} graph labels")
    if edges.size and (graph_of[edges[:, 0]] != graph_of[edges[:, 1]]).any():
        raise InputError(f"{folder}: an edge joins two graphs")
    blocks = []
    attributes, labels = table("node_attributes", np.float32), table("node_labels", np.int64)
    if attributes is not None:
        blocks.append(attributes)
    if labels is not None:
        blocks += [one_hot(column) for column in labels.T]
    x = np.hstack(blocks) if blocks else None
    names, y = np.unique(codes, return_inverse=True)
    marks = [table("edge_attributes", np.float32)]
    bonds = table("edge_labels", np.int64)
    marks += [] if bonds is None else [one_hot(column) for column in bonds.T]
    known = [mark for mark in marks if mark is not None and len(mark) == len(edges)]
    parts = Parts(
        x=x,
        edges=(edges[:, 0], edges[:, 1]),
        y=y.astype(np.int64),
        edge_attr=np.hstack(known) if known else None,
        class_names=[str(c) for c in names],
        n=int(graph_of.size),
    )
    return parts, graph_of


def one_hot(codes: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return codes, shape (m,), as columns from the least code to the greatest."""
    place = codes - codes.min()
    out: NDArray[np.float32] = np.eye(int(place.max()) + 1, dtype=np.float32)[place]
    return out


def _needed(table: NDArray[Any] | None, folder: Path, name: str, aspect: str) -> NDArray[Any]:
    if table is None:
        raise InputError(f"{folder / f'{name}_{aspect}.txt'} is missing: fetch it")
    return table
