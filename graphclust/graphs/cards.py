"""The cards of the named data sets: where each comes from, and what it should hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from graphclust.errors import InputError, nearest


@dataclass(frozen=True)
class RawFile:
    """One file of a data set.

    Attributes
    ----------
    name : str
        Name in the data set's folder.
    url : str or None
        Where it can be had; None if only inside the card's archive.
    sha256 : str or None
        None where nobody has published one that could be verified: the first download is
        trusted then, and its checksum written beside it for the next.
    md5, git_blob : str or None
        Checksum published by the source, where it has no SHA-256: an MD5, or the name that git
        gives the contents.
    optional : bool
        Used if it is there; the data set can be read without.
    """

    name: str
    url: str | None = None
    sha256: str | None = None
    md5: str | None = None
    git_blob: str | None = None
    optional: bool = False


@dataclass(frozen=True)
class Card:
    """One data set; the fields are those of the JSON files in ``datasets/``."""

    name: str
    title: str
    kind: str
    reader: str
    source: str
    licence: str
    citation: str
    folders: tuple[str, ...] = ()
    files: tuple[RawFile, ...] = ()
    archive: RawFile | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    notes: str = ""

    @property
    def n_classes(self) -> int | None:
        """Number of classes, or None where there is no ground truth."""
        return self.sizes.get("classes")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Card:
        """Build from the parsed JSON of a card."""
        raw = dict(values)
        raw["files"] = tuple(RawFile(**f) for f in raw.get("files", ()))
        raw["folders"] = tuple(raw.get("folders", ()))
        raw["classes"] = tuple(raw.get("classes", ()))
        if raw.get("archive"):
            raw["archive"] = RawFile(**raw["archive"])
        return cls(**raw)


@cache
def cards() -> dict[str, Card]:
    """Return every card by name, families (``tu:``) left out."""
    return {c.name: c for c in _all() if not c.name.endswith(":")}


@cache
def families() -> dict[str, Card]:
    """Return the cards that stand for many data sets, by prefix such as ``tu:``."""
    return {c.name: c for c in _all() if c.name.endswith(":")}


def find_card(name: str) -> Card:
    """Return the card of a data set; letter case and ``_`` for ``-`` do not matter.

    Raises
    ------
    InputError
        If there is none; the nearest names are offered.

    Examples
    --------
    >>> find_card("Cora").sizes["nodes"]
    2708
    """
    key = name.strip().lower().replace("_", "-")
    for prefix, family in families().items():
        if key.startswith(prefix) and len(key) > len(prefix):
            return _member(family, name.strip()[len(prefix) :])
    if key in cards():
        return cards()[key]
    hint = nearest(key, cards()) or f" (known: {', '.join(sorted(cards()))})"
    raise InputError(f"there is no data set named {name!r}{hint}")


def _member(family: Card, member: str) -> Card:
    known = family.options["members"]
    spelled = {m.lower().replace("_", "-"): m for m in known}
    exact = spelled.get(member.lower().replace("_", "-"), member)
    values = {**family.__dict__, "name": family.name + exact, "title": f"{family.title}: {exact}"}
    for key in ("folders", "files"):
        values[key] = tuple(_fill(v, exact) for v in values[key])
    if family.archive is not None:
        values["archive"] = _fill(family.archive, exact)
    values["sizes"] = known.get(exact, {})
    values["options"] = {**family.options, "member": exact}
    return Card(**values)


def _fill(value: Any, member: str) -> Any:
    if isinstance(value, str):
        return value.replace("{member}", member)
    if isinstance(value, RawFile):
        return RawFile(**{k: _fill(v, member) for k, v in value.__dict__.items()})
    return value


@cache
def _all() -> tuple[Card, ...]:
    texts = [p.read_text(encoding="utf-8") for p in _card_files()]
    return tuple(Card.from_json(json.loads(text)) for text in texts)


def _card_files() -> list[Any]:
    """Return the card files: inside an installed package, else at the top of the checkout."""
    inside = files("graphclust") / "_cards"
    folder = inside if inside.is_dir() else Path(__file__).parents[2] / "datasets"
    found = sorted((p for p in folder.iterdir() if p.name.endswith(".json")), key=lambda p: p.name)
    if not found:
        raise InputError(f"the data set cards are missing from {folder}: reinstall graphclust")
    return found
