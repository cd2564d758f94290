"""A folder of graph files, each of them one graph to be clustered whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphclust.errors import InputError
from graphclust.graphs.kinds import suffix_of

SUFFIXES = (".graphml", ".gml")


def read_graph_folder(folder: Path) -> list[Any]:
    """Return the networkx graphs of a folder's ``.graphml`` and ``.gml`` files, by file name.

    A graph's name is its file's, without the ending. The sub-folder that a file lies in is its
    graph's class, under ``y``, for scoring only. Features are read from the node attributes ``x``
    or ``features``, where the format keeps vectors.

    Raises
    ------
    InputError
        If there is no such file, or one of them cannot be read.
    """
    import networkx as nx

    if not folder.is_dir():
        raise InputError(f"{folder} is a file: give a folder with one graph a file")
    files = sorted(p for p in folder.rglob("*") if p.is_file() and suffix_of(p) in SUFFIXES)
    if not files:
        raise InputError(f"{folder} holds no {' or '.join(SUFFIXES)} file: give one graph a file")
    out = []
    for file in files:
        try:
            graph = nx.read_graphml(file) if suffix_of(file) == ".graphml" else nx.read_gml(file)
        except (nx.NetworkXError, ValueError, SyntaxError, KeyError) as error:
            raise InputError(f"{file} cannot be read as a graph ({error}): correct it") from error
        inside = file.relative_to(folder)
        graph.graph["name"] = str(inside.with_name(file.name.partition(".")[0]))
        if len(inside.parts) > 1:
            graph.graph["y"] = inside.parts[0]
        out.append(graph)
    return out
