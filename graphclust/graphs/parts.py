"""What a reader hands over, before the rules for edges and features are applied."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphclust.graphs.edge_list import ListedEdges
from graphclust.graphs.edges import Orientation


@dataclass
class Parts:
    """Raw contents of a data set.

    Attributes
    ----------
    x : array or scipy matrix, shape (n, f), or None
    edges : two arrays of int64, shape (m,), or None
        None where there are features only.
    weight : array, shape (m,), or None
    y : array of int, shape (n,), or None
    class_names : sequence of str or None
    n : int or None
        Number of nodes, where there are no features.
    ids : sequence of hashables or None
    orientation : str
        As in :class:`~graphclust.graphs.edges.EdgeList`; benchmarks are read without direction.
    listed : ListedEdges or None
        For an edge list, how its names relate to rows of features.
    edge_attr : array of float32, shape (m, e), or None
        What describes the edges, where graphs are clustered whole.
    note : str
        What a reader of the result should know.
    own_space, of_texts : bool
        As in :class:`~graphclust.graphs.Graph`.
    """

    x: Any = None
    edges: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None
    weight: NDArray[np.float64] | None = None
    y: NDArray[np.int64] | None = None
    class_names: Sequence[str] | None = None
    n: int | None = None
    ids: Sequence[Hashable] | None = None
    orientation: Orientation = "ignored"
    listed: ListedEdges | None = None
    edge_attr: NDArray[np.float32] | None = None
    note: str = ""
    own_space: bool = False
    of_texts: bool = False
