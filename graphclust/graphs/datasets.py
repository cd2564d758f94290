"""Named data sets: found under the data root and used as they are, otherwise downloaded.

The data root is the one given, else ``$GRAPHCLUST_DATA``, else the user's cache folder
(``$XDG_CACHE_HOME/graphclust`` or ``~/.cache/graphclust``). What lies there is only read. What
a data set is, and in which folders its files are looked for, is on its card in ``datasets/``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from graphclust.errors import InputError
from graphclust.graphs.cards import Card, cards, families, find_card
from graphclust.graphs.edges import EdgeList, Nodes, assemble
from graphclust.graphs.loaded import Loaded
from graphclust.graphs.named.registry import READERS
from graphclust.graphs.node_features import node_features
from graphclust.graphs.parts import Parts
from graphclust.graphs.roots import locate, provide, search_roots
from graphclust.graphs.rows import graph_of_rows


def load_dataset(name: str, data_root: str | Path | None = None) -> Any:
    """Return a named data set as a ``torch_geometric`` Data.

    Parameters
    ----------
    name : str
        One of ``graphclust datasets``, such as ``"cora"``.
    data_root : path, optional
        Where raw files are looked for, and put if they must be downloaded.

    Returns
    -------
    torch_geometric.data.Data
        With ``edge_index`` (both directions), ``x``, ``y``, ``name``, ``num_classes`` and, where
        known, ``edge_weight``, ``class_names`` and ``ids``. Data sets of features only come with
        their kNN graph.

    Raises
    ------
    InputError
        If there is no such data set, or its files are neither here nor to be had.

    Examples
    --------
    >>> data = load_dataset("karate")
    >>> data.num_nodes, data.num_edges, data.num_classes
    (34, 156, 2)
    """
    return load_named(name, data_root).to_data()


def load_named(
    name: str, data_root: str | Path | None = None, reads_direction: bool = False
) -> Loaded:
    """Return a named data set as a graph with its ground truth and card beside it.

    Raises
    ------
    InputError
        If there is no such data set, its files are neither here nor to be had, or they do not
        hold what they should. Sets of many graphs are read by
        :func:`graphclust.graphs.graph_sets.load_graphs`.
    """
    return loaded_from(*read_named(name, data_root), reads_direction)


def read_named(name: str, data_root: str | Path | None = None) -> tuple[Parts, Card]:
    """Return what a named data set's files hold, and its card.

    Raises
    ------
    InputError
        As :func:`load_named`.
    """
    card = find_card(name)
    if card.kind == "graphs":
        raise InputError(
            f"{card.name} is a set of many graphs, and the nodes of one are wanted here: its "
            "graphs are read by graphclust.load_graphs and clustered by GraphClusterer"
        )
    folder = provide(card, data_root) if card.files else Path()
    try:
        parts = READERS[card.reader](folder, card)
    except (KeyError, OSError, UnicodeDecodeError, IndexError) as error:
        raise InputError(
            f"{card.name}: the files in {folder} cannot be read "
            f"({type(error).__name__}: {error}): replace them by those of {card.source}"
        ) from error
    return parts, card


def loaded_from(parts: Parts, card: Card, reads_direction: bool = False) -> Loaded:
    """Turn what a reader read into a graph, by the rules for edges and features."""
    x = node_features(parts.x, None, card.name)
    n = parts.n if x is None else int(x.shape[0])
    if parts.edges is None:
        if x is None:
            raise InputError(f"{card.name} holds neither edges nor features")
        # Told from its name when it is met again: the rows need not be kept with a model.
        graph = graph_of_rows(x, parts.ids, card.name)
        graph = replace(graph, table=False, of_texts=parts.of_texts)
    else:
        edges = EdgeList(*parts.edges, parts.weight, parts.orientation)
        nodes = Nodes(int(n or 0), x, parts.ids, card.name)
        graph = assemble(edges, nodes, reads_direction)
    if parts.note:
        graph = replace(graph, notes=(*graph.notes, parts.note))
    names = parts.class_names or card.classes or None
    y = None if parts.y is None else np.asarray(parts.y, dtype=np.int64)
    return Loaded(graph, y, names, card)


def list_datasets(data_root: str | Path | None = None) -> list[dict[str, Any]]:
    """Return a row for each data set: name, title, sizes, licence, and where it is already.

    ``place`` is a folder, ``"installed"`` for data that ships inside a dependency, or None.
    """
    rows = []
    for card in sorted((*cards().values(), *families().values()), key=lambda c: c.name):
        place: str | None = "installed"
        if card.files:
            found = locate(card, search_roots(data_root))
            place = None if found is None else str(found)
        label = f"{card.name}NAME" if card.name.endswith(":") else card.name
        rows.append(
            {
                "name": label,
                "title": card.title,
                "kind": card.kind,
                **{key: card.sizes.get(key) for key in ("nodes", "edges", "features", "classes")},
                "licence": card.licence,
                "source": card.source,
                "place": place,
            }
        )
    return rows
