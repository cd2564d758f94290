"""npz files of the heterophilous benchmark: dense features, edges as pairs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from graphclust.graphs.matrix_files import open_npz
from graphclust.graphs.parts import Parts


def read(path: Path) -> Parts:
    """Read Tolokers and its kin."""
    with open_npz(path) as raw:
        edges = raw["edges"].astype(np.int64)
        return Parts(
            x=raw["node_features"],
            edges=(edges[:, 0], edges[:, 1]),
            y=raw["node_labels"].astype(np.int64),
        )
