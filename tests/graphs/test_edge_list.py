"""Which first line of an edge list is a header, and which is an edge."""

from __future__ import annotations

import pytest

from graphclust.errors import InputError
from graphclust.graphs.edge_list import read_edge_list


@pytest.mark.parametrize(
    ("text", "ids", "edges"),
    [
        ("a,b\n", ["a", "b"], 1),
        ("a,b\nc,1\n", ["a", "b", "c", "1"], 2),
        ("a,b\nb,c\n", ["a", "b", "c"], 2),
        ("source,target\na,b\n", ["a", "b"], 1),
        ('"Source","Target"\na,b\n', ["a", "b"], 1),
        ("u,v\n0,1\n1,2\n", None, 2),
        ("u,v,w\na,b,2\n", ["a", "b"], 1),
        ("a,b,2\nb,c,3\n", ["a", "b", "c"], 2),
        ("7,9\n9,8\n", [7, 8, 9], 2),
        ("# note\n\n0,1\n", None, 1),
    ],
)
def test_headers_are_told_from_edges(tmp_path, text, ids, edges) -> None:
    path = tmp_path / "g.csv"
    path.write_text(text)
    listed = read_edge_list(path)
    assert listed.ids == ids and listed.edges.row.size == edges


@pytest.mark.parametrize("text", ["", "# note\n", "source,target\n", "from,to,weight\n"])
def test_a_header_alone_is_empty(tmp_path, text) -> None:
    path = tmp_path / "g.csv"
    path.write_text(text)
    with pytest.raises(InputError, match="empty"):
        read_edge_list(path)
