"""Objectives: what training minimises, one loss a file."""

from graphclust.objectives.augmentation import Augmentation, DropEdgesMaskFeatures
from graphclust.objectives.base import Dims, Objective, Sum
from graphclust.objectives.step import Step

__all__ = [
    "Augmentation",
    "Dims",
    "DropEdgesMaskFeatures",
    "Objective",
    "Step",
    "Sum",
]
