"""Methods: recipes that compose encoders, heads, objectives and strategies.

Every module below the family folders is imported and every method exported by its class name,
so that a new one is one new file: ``gc.methods.DMoN(epochs=500)``.
"""

from importlib import import_module
from typing import Any

from graphclust.component import exported, import_all
from graphclust.methods.base import FAMILIES, DeepMethod, Method, Recipe, fit_recipe
from graphclust.methods.composed import Adapted, Composed
from graphclust.methods.in_batches import InBatches

__all__ = [
    "FAMILIES",
    "Adapted",
    "Composed",
    "DeepMethod",
    "InBatches",
    "Method",
    "Recipe",
    "fit_recipe",
]

for _family in FAMILIES:
    _package = import_module(f"{__name__}.{_family}")
    import_all(_package.__name__, _package.__path__)
# Methods of whole graphs have names of their own: ``gc.methods.graph_level.InfoGraph()``.
import_module(f"{__name__}.graph_level")
globals().update(exported("method", __name__))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
