"""Which row of which source is which item: by names where there are names, else by order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from graphclust.errors import InputError

# So many items that are left out are named of each source, the others counted.
_NAMED = 5
_ENDING = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,5}$")


@dataclass(frozen=True)
class Named:
    """Items of one source.

    Attributes
    ----------
    source : str
        What messages call it.
    n : int
    ids : sequence of hashables or None
        Their names, where the source brings any.
    numbered : bool
        Whether items without names are known by their number, as the nodes of a graph are, rather
        than by their order.
    lost : int
        How many items were left out since they could not be read.
    """

    source: str
    n: int
    ids: Sequence[Hashable] | None = None
    numbered: bool = False
    lost: int = 0


@dataclass(frozen=True)
class Matched:
    """The items that all sources have.

    Attributes
    ----------
    rows : list of list of int
        Of each source, the rows of these items, in one order.
    ids : list of hashables or None
        Their names in the first source that has names.
    notes : tuple of str
        How they were matched, and what is left out.
    """

    rows: list[list[int]]
    ids: list[Hashable] | None
    notes: tuple[str, ...]


def match(sources: Sequence[Named]) -> Matched:
    """Return the items that all sources have, in the order of the first source that has names.

    Names are compared as they are; or without the endings of files, or without folders, or
    without both, where more items then meet and no two items of a source fall together. A source
    without names is taken in the order of the first one that has some, and must have as many
    items.

    Parameters
    ----------
    sources : sequence of Named
        Two at least.

    Raises
    ------
    InputError
        If no item is common, numbers of items differ where there are no names, or order cannot be
        trusted: items were left out, or names are numbers in another order.

    Examples
    --------
    >>> photos = Named("photos", 2, ["b.jpg", "a.jpg"])
    >>> match([photos, Named("captions.csv", 3, ["a", "b", "c"])]).rows
    [[0, 1], [1, 0]]
    """
    names = [_names(source, sources) for source in sources]
    lead = next((at for at, known in enumerate(names) if known is not None), 0)
    notes = _by_order(sources, names, lead)
    if names[lead] is None:
        return Matched([list(range(source.n)) for source in sources], None, notes)
    known = {at: own for at, own in enumerate(names) if own is not None}
    keys, how = _alike(list(known.values()))
    common = set(keys[0]).intersection(*keys[1:])
    if not common:
        raise _nothing_common([(sources[at].source, own) for at, own in known.items()], keys)
    order = [key for key in keys[0] if key in common]
    place = {
        at: {key: row for row, key in enumerate(own)} for at, own in zip(known, keys, strict=True)
    }
    # Sources without names stand in the order of the first that has some.
    rows = [[place.get(at, place[lead])[key] for key in order] for at in range(len(sources))]
    # Without ids of its own, its numbers, by which others name its items.
    ids = sources[lead].ids or [int(name) for name in known[lead]]
    told = (f"items are matched by their names {how}",) * bool(how)
    left_out = _left_out([(sources[at], own) for at, own in known.items()], keys, common)
    return Matched(rows, [ids[row] for row in rows[lead]], (*notes, *told, *left_out))


def _nothing_common(
    known: Sequence[tuple[str, list[str]]], keys: Sequence[list[str]]
) -> InputError:
    (first, names), *others = known
    apart = [one for one, own in zip(others, keys[1:], strict=True) if not {*own} & {*keys[0]}]
    other, own = (apart or others)[0]
    return InputError(
        f"no item is in both {first} and {other}: they name them as {names[0]!r} and {own[0]!r}. "
        "Give both the same names, such as a first column called id"
        if apart
        else f"no item is in all of {', '.join(name for name, _ in known)}: give the same items"
    )


def _names(source: Named, sources: Sequence[Named]) -> list[str] | None:
    """Return the names of a source's items: their numbers, where others name them by these."""
    if source.ids is not None:
        own = [str(name) for name in source.ids]
        if len(set(own)) < len(own):
            twice = next(name for name, count in Counter(own).items() if count > 1)
            raise InputError(f"{source.source} names two items {twice!r}: give each its own name")
        return own
    if not source.numbered:
        return None
    for other in sources:
        if other.ids is None or not all(_is_number(name) for name in other.ids):
            continue
        numbers = {int(str(name)) for name in other.ids}
        start = int(numbers == set(range(1, source.n + 1)))
        if min(numbers) >= start and max(numbers) < source.n + start:
            return [str(number) for number in range(start, source.n + start)]
    return None


def _by_order(
    sources: Sequence[Named], names: Sequence[list[str] | None], lead: int
) -> tuple[str, ...]:
    """Check that the sources without names can be taken in the order of the first with names."""
    first, notes = sources[lead], []
    for source, own in zip(sources, names, strict=True):
        if own is not None or source is first:
            continue
        words = f"{source.source} brings no names of its items"
        ask = "name them in a csv whose first column is called id"
        for one in (first, source):
            if one.lost:
                raise InputError(
                    f"{words}, and {one.source} left out {one.lost} that cannot be read: row i may "
                    f"be another item. Remove or mend these files; or, of {source.source}, {ask}"
                )
        if source.n != first.n:
            raise InputError(
                f"{words}: {source.n} of them cannot be matched with the {first.n} of "
                f"{first.source}. Give a row for each, in the same order, or {ask}"
            )
        led = names[lead]
        if led is not None and _out_of_order(led):
            raise InputError(
                f"{words}, and those of {first.source} are numbers in another order: whether row i "
                f"is item i or the i-th cannot be told. Sort {first.source}, or {ask}"
            )
        notes.append(f"{words}: its row i is taken for the i-th of {first.source}")
    return tuple(notes)


def _out_of_order(names: list[str]) -> bool:
    """Whether names count the rows, from 0 or 1, but not in their order."""
    if not all(map(_is_number, names)):
        return False
    numbers = [int(name) for name in names]
    counted = sorted(numbers)
    return numbers != counted and counted == list(range(counted[0], counted[0] + len(counted)))


def _alike(names: Sequence[list[str]]) -> tuple[Sequence[list[str]], str]:
    """Return the names by which most items meet, and how they differ from those given."""
    best, how, most = names, "", len(set(names[0]).intersection(*names[1:]))
    for shorten, words in _SHORTER:
        keys = [[shorten(name) for name in own] for own in names]
        if any(len(set(own)) < len(own) for own in keys):
            continue
        met = len(set(keys[0]).intersection(*keys[1:]))
        if met > most:
            best, how, most = keys, words, met
    return best, how


def _without_ending(name: str) -> str:
    return _ENDING.sub("", name)


def _without_folders(name: str) -> str:
    return name.replace("\\", "/").rsplit("/", 1)[-1]


_SHORTER: tuple[tuple[Callable[[str], str], str], ...] = (
    (_without_ending, "without endings"),
    (_without_folders, "without folders"),
    (lambda name: _without_ending(_without_folders(name)), "without folders and endings"),
)


def _left_out(
    known: Sequence[tuple[Named, list[str]]], keys: Sequence[list[str]], common: set[str]
) -> tuple[str, ...]:
    every = set().union(*keys)
    if len(every) == len(common):
        return ()
    parts = []
    for (source, own), short in zip(known, keys, strict=True):
        alone = [name for name, key in zip(own, short, strict=True) if key not in common]
        if alone:
            more = f" and {len(alone) - _NAMED} more" if len(alone) > _NAMED else ""
            parts.append(f"of {source.source} {', '.join(alone[:_NAMED])}{more}")
    return (
        f"{len(common)} of {len(every)} items are in all views: the others are left out "
        f"({'; '.join(parts)})",
    )


def _is_number(name: Hashable) -> bool:
    text = str(name)
    return text.isascii() and text.isdigit() and str(int(text)) == text
