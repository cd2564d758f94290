"""Which reader reads which data set: the word under ``reader`` on its card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from graphclust.graphs.cards import Card
from graphclust.graphs.named import (
    builtin,
    gml,
    heterophilous,
    images,
    matrix_npz,
    musae,
    news,
    ogb,
    planetoid,
)
from graphclust.graphs.parts import Parts

Reader = Callable[[Path, Card], Parts]


def _named_file(card: Card) -> str:
    return card.files[0].name


READERS: dict[str, Reader] = {
    "planetoid": lambda folder, card: planetoid.read(folder, card.options["prefix"]),
    "matrix_npz": lambda folder, card: matrix_npz.read(folder / _named_file(card)),
    "heterophilous": lambda folder, card: heterophilous.read(folder / _named_file(card)),
    "musae": lambda folder, card: musae.read(folder, **card.options),
    "gml": lambda folder, card: gml.read(folder / _named_file(card), **card.options),
    "ogb": lambda folder, card: ogb.read(folder),
    "idx": lambda folder, card: images.read_idx_folder(folder),
    "usps": lambda folder, card: images.read_usps(folder / _named_file(card)),
    "20newsgroups": lambda folder, card: news.read(folder / _named_file(card)),
    "karate": lambda folder, card: builtin.karate(),
    "lesmis": lambda folder, card: builtin.les_miserables(),
    "digits": lambda folder, card: builtin.digits(),
}
