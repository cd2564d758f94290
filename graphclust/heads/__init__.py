"""Heads: an embedding in, memberships out."""

from graphclust.heads.base import Head
from graphclust.heads.kmeans import KMeans, SphericalKMeans
from graphclust.heads.softmax import Softmax
from graphclust.heads.student_t import StudentT

__all__ = ["Head", "KMeans", "Softmax", "SphericalKMeans", "StudentT"]
