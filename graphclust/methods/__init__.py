"""Methods: recipes that compose encoders, heads, objectives and strategies.

Every module below the family folders is imported here, so that a new method is one new file.
"""

from __future__ import annotations

import importlib
import pkgutil

from graphclust.component import registry
from graphclust.methods.base import FAMILIES, DeepMethod, Method, Recipe, fit_recipe
from graphclust.methods.composed import Adapted, Composed

__all__ = ["FAMILIES", "Adapted", "Composed", "DeepMethod", "Method", "Recipe", "fit_recipe"]

for _family in FAMILIES:
    _package = importlib.import_module(f"{__name__}.{_family}")
    for _module in pkgutil.iter_modules(_package.__path__, f"{_package.__name__}."):
        importlib.import_module(_module.name)

# Every method is here by its class name, plug-ins too: ``gc.methods.DMoN(epochs=500)``.
globals().update({_class.__name__: _class for _class in registry("method").values()})
