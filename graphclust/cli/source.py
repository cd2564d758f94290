"""SOURCE: the name of a data set or a path, read as the options say."""

from __future__ import annotations

import argparse
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from graphclust.cli.views import load_views, refuse_views
from graphclust.errors import InputError, nearest

if TYPE_CHECKING:
    from graphclust.graphs.graph_sets import LoadedGraphs
    from graphclust.graphs.loaded import Loaded


def level_of(arguments: argparse.Namespace) -> str:
    """Return what is clustered in SOURCE, ``"nodes"`` of one graph or whole ``"graphs"``.

    Raises
    ------
    InputError
        If there is no such data set.
    """
    from graphclust.graphs.cards import find_card
    from graphclust.graphs.kinds import OF_GRAPHS, infer_kind
    from graphclust.graphs.stores import is_store

    path = Path(arguments.source)
    if is_store(path):
        return "nodes"
    if path.exists() or _is_path(arguments):
        known = arguments.kind or (
            infer_kind(path, arguments.column, arguments.label_column) if path.exists() else ""
        )
        return "graphs" if known in OF_GRAPHS else "nodes"
    return "graphs" if find_card(arguments.source).kind == "graphs" else "nodes"


def load_graph_source(arguments: argparse.Namespace) -> LoadedGraphs:
    """Return the graphs that the arguments name, with their ground truth beside them.

    Raises
    ------
    InputError
        If there is neither such a file nor such a data set, or it cannot be read.
    """
    from graphclust.graphs.graph_files_set import read_graph_folder
    from graphclust.graphs.graph_sets import load_graphs, loaded_graphs
    from graphclust.graphs.kinds import infer_kind

    refuse_views(arguments, f"{arguments.source}, whose graphs are clustered whole")
    path = Path(arguments.source).expanduser()
    if not path.exists() and not _is_path(arguments):
        refuse_options(arguments, "a named data set")
        return load_graphs(arguments.source, arguments.data_root)
    if not path.exists():
        raise InputError(f"{path} does not exist, and is no data set's name: check the path")
    kind = arguments.kind or infer_kind(path, arguments.column, arguments.label_column)
    # What readers warn of, such as rows that they left out, stays with the graphs, to be kept in
    # the run folder.
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", UserWarning)
        if kind == "molecules":
            from graphclust.adapters.molecules import (  # type: ignore[import-not-found]
                read_molecules,
            )

            found = read_molecules(
                path, arguments.column, arguments.label_column, arguments.skip_invalid
            )
        elif kind == "proteins":
            from graphclust.adapters.proteins import (  # type: ignore[import-not-found]
                read_proteins,
            )

            found = read_proteins(path, skip_invalid=arguments.skip_invalid)
        else:
            found = read_graph_folder(path)
    notes = tuple(str(one.message) for one in told if one.category is UserWarning)
    loaded = loaded_graphs(found, path.name)
    graphs = loaded.graphs
    return replace(loaded, graphs=replace(graphs, notes=(*notes, *graphs.notes)))


def load_source(arguments: argparse.Namespace, reads_direction: bool = False) -> Loaded:
    """Return the graph that the arguments name, with its ground truth beside it.

    Several views of the same items are one graph, which has no direction.

    Raises
    ------
    InputError
        If there is neither such a file nor such a data set, or it cannot be read.
    """
    if arguments.views:
        return load_views(arguments, _load_view)
    refuse_views(arguments, arguments.source)
    return _load(arguments, reads_direction)


def _load_view(arguments: argparse.Namespace) -> Loaded:
    if level_of(arguments) == "graphs":
        raise InputError(f"{arguments.source} holds graphs, which are clustered whole: give a view "
                         "of single items, or say by --as what it is")  # fmt: skip
    return _load(arguments, False)


def _load(arguments: argparse.Namespace, reads_direction: bool) -> Loaded:
    from graphclust.graphs.cards import find_card
    from graphclust.graphs.datasets import load_named
    from graphclust.graphs.stores import is_store

    source: str = arguments.source
    path = Path(source)
    if is_store(path):
        return _open(path, arguments, reads_direction)
    if arguments.memory is not None:
        raise InputError(f"--memory applies to a store, and {source!r} is none: import it first")
    if path.exists() or _is_path(arguments):
        from graphclust.adapters.sources import read_items, reader_of
        from graphclust.graphs.readers import read_source

        options = arguments.kind, arguments.column, arguments.label_column
        adapter = reader_of(path.expanduser(), *options)
        if adapter is not None:
            return read_items(
                adapter,
                path.expanduser(),
                vectors=arguments.vectors,
                features=arguments.features,
                labels=arguments.labels,
                column=arguments.column,
                label_column=arguments.label_column,
                strict=arguments.strict,
                shots=arguments.shots,
            )
        _refuse_reading(arguments, "neither texts, nor images, nor clips")
        return read_source(
            path,
            kind=arguments.kind,
            features=arguments.features,
            labels=arguments.labels,
            column=arguments.column,
            label_column=arguments.label_column,
            reads_direction=reads_direction,
        )
    find_card(source)
    if arguments.kind == "images":
        from graphclust.adapters import load_images

        return load_images(source, arguments.data_root, arguments.vectors or "hog")
    refuse_options(arguments, "a named data set")
    loaded = load_named(source, arguments.data_root, reads_direction)
    if loaded.card is None or "picture" not in loaded.card.options:
        return loaded
    from graphclust.adapters.images import with_pictures

    return with_pictures(loaded, arguments.data_root)


def _open(path: Path, arguments: argparse.Namespace, reads_direction: bool) -> Loaded:
    from graphclust.graphs.loaded import Loaded
    from graphclust.graphs.stores import open_store

    refuse_options(arguments, "a store")
    store = open_store(path, arguments.memory)
    return Loaded(store.graph(reads_direction), *store.labels())


def _refuse_reading(arguments: argparse.Namespace, what: str) -> None:
    for option in ("vectors", "strict", "shots"):
        if getattr(arguments, option):
            raise InputError(f"--{option} does not apply to {_named(arguments)}: it is {what}")


def refuse_options(arguments: argparse.Namespace, what: str) -> None:
    """Refuse what says how a source is read, where there is nothing to say.

    Raises
    ------
    InputError
        If there is such an option.
    """
    _refuse_reading(arguments, what)
    for option in ("kind", "features", "labels", "column", "label_column"):
        if getattr(arguments, option) is not None:
            flag = "as" if option == "kind" else option.replace("_", "-")
            raise InputError(
                f"--{flag} does not apply to {_named(arguments)}: {what} brings its own"
            )


def _named(arguments: argparse.Namespace) -> str:
    return "--datasets" if arguments.source is None else repr(arguments.source)


def _is_path(arguments: argparse.Namespace) -> bool:
    """Whether a source is meant as a path: it looks so, or a kind is given and no data set near."""
    from graphclust.graphs.cards import cards, find_card

    source = arguments.source
    if _looks_like_path(source) or arguments.kind is None or nearest(source, cards(), alike=0.75):
        return _looks_like_path(source)
    try:
        find_card(source)
    except InputError:
        return True
    return False


def _looks_like_path(source: str) -> bool:
    return "/" in source or "\\" in source or (Path(source).suffix != "" and ":" not in source)
