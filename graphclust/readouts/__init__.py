"""Readouts: the nodes of a graph to one vector a graph.

Every module here is imported and every readout exported by its class name, so that a new one is
one new file: ``gc.readouts.Set2Set(steps=3)``.
"""

from typing import Any

from graphclust.component import exported, import_all
from graphclust.readouts.base import Readout, as_readout
from graphclust.readouts.pooled import Pooled

__all__ = ["Pooled", "Readout", "as_readout"]

import_all(__name__, __path__)
globals().update(exported("readout", __name__))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
