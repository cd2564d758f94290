"""Choices made without labels."""

from graphclust.selection.evidence import evidence
from graphclust.selection.k import KChoice, choose_k

__all__ = ["KChoice", "choose_k", "evidence"]
