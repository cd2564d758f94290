"""The encoder that the field's methods of graphs share."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GIN
from graphclust.encoders.base import widths_of
from graphclust.encoders.jumping_knowledge import JumpingKnowledge
from graphclust.readouts import Pooled
from graphclust.readouts.sums import Sum


def joined_gin(channels: int | Sequence[int]) -> Pooled:
    """Return GIN with its layers joined, and the sum of the nodes, as InfoGraph has it.

    The perceptrons have no normalisation inside; it follows the activation of each layer.
    """
    gin = GIN(widths_of(channels), batch_norm=False, last_activation=True, normalise_output=True)
    return Pooled(JumpingKnowledge(gin), Sum())
