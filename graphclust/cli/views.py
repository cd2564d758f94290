"""``--view``: more sources of the items of SOURCE, joined with it in one graph."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphclust.cli.source_options import READING
from graphclust.errors import InputError

if TYPE_CHECKING:
    from graphclust.graphs.loaded import Loaded

LEARNED = "learned"


def load_views(
    arguments: argparse.Namespace, load: Callable[[argparse.Namespace], Loaded]
) -> Loaded:
    """Return SOURCE and its views as one graph.

    Raises
    ------
    InputError
        If one cannot be read, they do not name the same items, or weights do not fit.
    """
    from graphclust.adapters.joined_views import join_views
    from graphclust.graphs.stores import is_store

    weights = _weights(arguments)
    sources: dict[str, Loaded] = {}
    given = (arguments, *arguments.views)
    for view in given:
        if is_store(Path(view.source)):
            raise InputError(f"{view.source} is a store, which has no views: give the graph itself")
        if view is not arguments:
            view.data_root, view.memory = arguments.data_root, None
        known = sum(name.split(" (")[0] == view.source for name in sources)
        sources[f"{view.source} ({known + 1})" if known else view.source] = load(view)
    joined = join_views(sources, weights)
    views = [{**told, **_options(view)} for told, view in zip(joined.views, given, strict=True)]
    return replace(joined, views=views)


def _options(view: argparse.Namespace) -> dict[str, Any]:
    """Return what was said of how a source is read."""
    said = {name: getattr(view, name) for name in READING}
    return {name: value for name, value in said.items() if value != READING[name]}


def refuse_views(arguments: argparse.Namespace, what: str) -> None:
    """Refuse views where there is nothing to join them with.

    Raises
    ------
    InputError
        If there is one, or weights for them.
    """
    if arguments.views:
        raise InputError(f"--view {arguments.views[0].source} does not apply to {what}")
    if arguments.view_weights:
        raise InputError("--view-weights are for --view, and there is none: name a second source")


def as_fitted(arguments: argparse.Namespace, run: dict[str, Any], folder: object) -> None:
    """Let views count as they did in a run, whose weights were perhaps learned.

    Raises
    ------
    InputError
        If the run had another number of views, or weights are given anew.
    """
    weights = [view["weight"] for view in run.get("views", ())]
    given = 1 + len(arguments.views)
    if max(1, len(weights)) != given:
        had = ", ".join(str(view["source"]) for view in run.get("views", ()))
        raise InputError(
            f"{folder} was fitted to {f'{len(weights)} views ({had})' if weights else 'one source'}"
            f", and {given} {'is' if given == 1 else 'are'} given: give SOURCE and --view as to fit"
        )
    if arguments.view_weights:
        raise InputError(f"--view-weights: {folder} keeps the weights that it was fitted with")
    arguments.view_weights = weights or None


def _weights(arguments: argparse.Namespace) -> list[float] | None:
    given: Sequence[Any] | None = arguments.view_weights
    if given is None or list(given) == [LEARNED]:
        return None
    try:
        weights = [float(value) for value in given]
    except ValueError as error:
        raise InputError(
            f"--view-weights {' '.join(map(str, given))}: give numbers, or {LEARNED}"
        ) from error
    count = 1 + len(arguments.views)
    if len(weights) != count:
        raise InputError(
            f"--view-weights has {len(weights)} numbers for {count} views: give one for SOURCE and "
            "one for each --view"
        )
    return weights
