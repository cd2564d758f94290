"""Find communities in an edge list with names and weights, without saying how many there are.

    python examples/communities_in_your_edge_list.py [EDGES.csv]

Without a file, the characters of Les Misérables are written to one and read back: two names and
how often both appear in a scene.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import networkx as nx

import graphclust as gc
from graphclust.graphs.readers import read_source


def write_an_edge_list(path: Path) -> None:
    """Write source, target and weight of every edge, as a program of yours might."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["source", "target", "weight"])
        writer.writerows(nx.les_miserables_graph().edges(data="weight"))


with tempfile.TemporaryDirectory() as folder:
    if len(sys.argv) > 1:
        path = Path(sys.argv[1])
    else:
        path = Path(folder) / "les-miserables.csv"
        write_an_edge_list(path)
    graph = read_source(path).graph

print(f"{graph.n_nodes} nodes, {graph.n_edges} edges")
model = gc.NodeClusterer(n_clusters="auto", random_state=0).fit(graph)
for note in model.notes_:
    print("note:", note)

members = defaultdict(list)
surest = model.membership_.max(axis=1)
for node, label, confidence in zip(model.node_ids_, model.labels_, surest, strict=True):
    members[int(label)].append((float(confidence), str(node)))

print(f"{model.n_clusters_} communities, the surest members first")
for label in sorted(members, key=lambda c: -len(members[c])):
    names = [name for _, name in sorted(members[label], reverse=True)]
    print(f"  {label} ({len(names)}): {', '.join(names[:8])}{' ...' if len(names) > 8 else ''}")
