"""Heads: an embedding in, memberships out."""

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
