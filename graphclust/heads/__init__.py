"""Heads: an embedding in, memberships out.

Every module here is imported and every head exported by its class name, so that a new one is one
new file: ``gc.heads.StudentT()``.
"""

from typing import Any

from graphclust.component import exported, import_all
from graphclust.heads.base import Head
from graphclust.heads.foreign import SklearnHead, as_head
from graphclust.heads.gaussian_mixture import GaussianMixture
from graphclust.heads.kmeans import KMeans, SphericalKMeans
from graphclust.heads.softmax import Softmax
from graphclust.heads.student_t import StudentT

__all__ = [
    "GaussianMixture",
    "Head",
    "KMeans",
    "SklearnHead",
    "Softmax",
    "SphericalKMeans",
    "StudentT",
    "as_head",
]

import_all(__name__, __path__)
globals().update(exported("head", __name__))


def __getattr__(name: str) -> Any:
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
