"""The encoder that the field's methods of graphs share."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GIN
from graphclust.encoders.base import widths_of
from graphclust.encoders.jumping_knowledge import JumpingKnowledge
from graphclust.readouts import Pooled
from graphclust.readouts.sums import Sum


def joined_gin(channels: int | Sequence[int]) -> Pooled:
    """Return GIN with its layers joined, and the sum of the nodes."""
    return Pooled(JumpingKnowledge(GIN(widths_of(channels), last_activation=True)), Sum())
