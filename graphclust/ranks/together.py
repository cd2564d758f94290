"""What all ranks do alike: they fail together, and are given the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from graphclust.errors import GraphclustError, InputError
from graphclust.ranks.processes import Ranks

T = TypeVar("T")


def together(ranks: Ranks | None, work: Callable[[], T]) -> T:
    """Return what ``work`` gives here, when all ranks have done it.

    Raises
    ------
    InputError
        On all ranks, where it fails on one: nobody waits for who will not come.
    """
    if ranks is None:
        return work()
    failure, out = "", None
    try:
        out = work()
    except (GraphclustError, OSError) as error:
        failure = str(error) or type(error).__name__
    said = ranks.texts(failure)
    wrong = [(rank, text) for rank, text in enumerate(said) if text]
    if wrong:
        rank, text = wrong[0]
        where = "" if len(wrong) == ranks.size else f"on rank {rank}: "
        raise InputError(f"{where}{text}")
    return out  # type: ignore[return-value]


def agree(ranks: Ranks, facts: Mapping[str, Any]) -> None:
    """Refuse ranks that were given different things.

    Parameters
    ----------
    ranks : Ranks
    facts : mapping of str to JSON values
        What was given to this rank, by what it is called.

    Raises
    ------
    InputError
        Naming what differs, on all ranks.
    """
    said = [json.loads(text) for text in ranks.texts(json.dumps(dict(facts), default=repr))]
    for name, value in said[0].items():
        for rank, other in enumerate(said):
            if other[name] != value:
                raise InputError(
                    f"rank {rank} was given another {name} than rank 0: every rank of a fit is "
                    "given the same data and settings, and they share the work"
                )
