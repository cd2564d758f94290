"""The encoder that the field's methods of graphs share, and what is done to its vectors."""

from __future__ import annotations

from collections.abc import Sequence

from graphclust.encoders import GIN
from graphclust.encoders.base import widths_of
from graphclust.encoders.jumping_knowledge import JumpingKnowledge
from graphclust.encoders.transforms import Center, Transform, UnitRows
from graphclust.readouts import Pooled
from graphclust.readouts.standardised import Standardised
from graphclust.readouts.sums import Sum


def joined_gin(channels: int | Sequence[int], standardised: bool = False) -> Pooled:
    """Return GIN with its layers joined, and the sum of the nodes, as InfoGraph has it.

    The perceptrons have no normalisation inside; it follows the activation of each layer. A node
    counts in its own sum as its neighbours do, without a weight that is learnt. ``standardised``
    does while training what :func:`standard_rows` does to finished vectors, for heads that are
    trained with the encoder.
    """
    gin = GIN(
        widths_of(channels),
        learn_eps=False,
        batch_norm=False,
        last_activation=True,
        normalise_output=True,
    )
    return Pooled(JumpingKnowledge(gin), Standardised(Sum()) if standardised else Sum())


def standard_rows() -> list[Transform]:
    """Return what is done to finished vectors before k-means: standard columns, unit rows.

    The sums of a channel that is large in every graph would otherwise be all that a row's length,
    and so its direction, is made of.
    """
    return [Center(scale=True), UnitRows()]
