"""GraphML and GML files, through networkx."""

from __future__ import annotations

import io
import xml.etree.ElementTree
from pathlib import Path
from typing import Any

from graphclust.errors import InputError
from graphclust.graphs.text_bytes import read_text


def read_graphml(path: Path) -> Any:
    """Return the networkx graph of a GraphML file.

    Raises
    ------
    InputError
        If it is not GraphML.
    """
    import networkx as nx

    text = read_text(path)
    if "<!ENTITY" in text:
        raise InputError(f"{path} declares XML entities, which GraphML has no use for: remove them")
    try:
        return nx.read_graphml(io.BytesIO(text.encode()))
    except (
        nx.NetworkXError,
        xml.etree.ElementTree.ParseError,
        ValueError,
        KeyError,
        TypeError,
    ) as error:
        raise InputError(f"{path} is not readable as GraphML: {_line(error)}") from error


def read_gml(path: Path) -> Any:
    """Return the networkx graph of a GML file, nodes named by ``label``, or ``id`` if need be.

    Where labels are missing or not unique, ids name the nodes, as ``label="id"`` does in
    networkx. Parallel edges are allowed whatever the file says of itself.

    Raises
    ------
    InputError
        If it is not GML.
    """
    import networkx as nx

    text = read_text(path)
    first: Exception | None = None
    for multigraph in (False, True):
        lines = _as_multigraph(text) if multigraph else text
        for label in ("label", "id"):
            try:
                return nx.parse_gml(lines, label=label)
            except (nx.NetworkXError, ValueError, TypeError, KeyError, AttributeError) as error:
                first = first or error
                last = error
        if "duplicated" not in str(last):
            break
    raise InputError(f"{path} is not readable as GML: {_line(first)}") from first


def _as_multigraph(text: str) -> str:
    return text.replace("[", "[\n  multigraph 1\n", 1)


def _line(error: Exception | None) -> str:
    return " ".join(str(error).split()) or type(error).__name__
