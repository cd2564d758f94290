"""Small networks in GML whose classes are a node attribute."""

from __future__ import annotations

from pathlib import Path

from graphclust.graphs.class_codes import class_codes
from graphclust.graphs.foreign import from_networkx
from graphclust.graphs.graph_files import read_gml
from graphclust.graphs.parts import Parts


def read(path: Path, truth: str, weighted: bool = False) -> Parts:
    """Read a network; ``truth`` names the node attribute that holds the classes."""
    graph = read_gml(path)
    edges, nodes = from_networkx(graph, path.stem)
    y, names = class_codes([data[truth] for _, data in graph.nodes(data=True)])
    return Parts(
        edges=(edges.row, edges.col),
        weight=edges.weight if weighted else None,
        y=y,
        class_names=names,
        n=nodes.n,
        ids=nodes.ids,
        orientation=edges.orientation,
    )
