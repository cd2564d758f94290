"""Methods that cluster whole graphs, of every family.

Every module here is imported and every method exported by its class name:
``gc.methods.graph_level.InfoGraph(epochs=50)``.
"""

from typing import Any

from graphclust.component import exported, import_all

import_all(__name__, __path__)
globals().update(exported("graph_method", __name__))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
