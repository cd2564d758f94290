"""Objectives: what training minimises, one loss a file.

Every module here is imported and every objective and augmentation exported by its class name,
so that a new one is one new file: ``gc.objectives.Modularity()``.
"""

from typing import Any

from graphclust.component import exported, import_all
from graphclust.objectives.augmentation import Augmentation, DropEdgesMaskFeatures
from graphclust.objectives.base import Dims, Objective, Split, Sum
from graphclust.objectives.step import Step

__all__ = [
    "Augmentation",
    "Dims",
    "DropEdgesMaskFeatures",
    "Objective",
    "Split",
    "Step",
    "Sum",
]

import_all(__name__, __path__)
globals().update(exported("objective", __name__))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
