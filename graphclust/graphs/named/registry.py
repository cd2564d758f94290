"""Which reader reads which data set: the word under ``reader`` on its card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from graphclust.graphs.cards import Card
from graphclust.graphs.named import builtin, matrix_npz, planetoid
from graphclust.graphs.named.parts import Parts

Reader = Callable[[Path, Card], Parts]


def _named_file(card: Card) -> str:
    return card.files[0].name


READERS: dict[str, Reader] = {
    "planetoid": lambda folder, card: planetoid.read(folder, card.options["prefix"]),
    "matrix_npz": lambda folder, card: matrix_npz.read(folder / _named_file(card)),
    "karate": lambda folder, card: builtin.karate(),
    "lesmis": lambda folder, card: builtin.les_miserables(),
    "digits": lambda folder, card: builtin.digits(),
}
