"""Whole explanations: of molecules, of graphs, of nodes, and as files."""

from __future__ import annotations

import json

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
import torch

from graphclust.errors import InputError
from graphclust.explain import explain_graphs, explain_nodes, graph_statistics, write_explanation
from graphclust.explain.from_sets import as_data
from graphclust.explain.writing import as_text
from graphclust.graphs.coerce import as_graph
from graphclust.graphs.graph import Graph
from graphclust.graphs.many import as_graph_set
from graphclust.sparse import CSR

ACIDS = [f"{'C' * n}C(=O)O" for n in range(1, 13)]
RINGS = [f"{'C' * n}c1ccncc1" for n in range(1, 13)]
LABELS = np.repeat([0, 1], 12)
EMBEDDING = np.c_[np.tile(np.arange(12.0), 2), LABELS * 50]


@pytest.fixture
def molecules():
    pytest.importorskip("rdkit", reason="the extra molecules is not installed")
    from graphclust.adapters import from_smiles

    return from_smiles([*ACIDS, *RINGS], ids=[f"säure {n}" for n in range(24)])


def test_molecules(molecules, tmp_path, capfd) -> None:
    from rdkit import Chem

    from graphclust.explain import explain_molecules

    found = explain_molecules(molecules, LABELS, EMBEDDING)
    acids, rings = sorted(found.groups, key=lambda g: g.cluster)
    assert acids.medoids[0] in ("säure 5", "säure 6") and acids.size == 12
    assert [e.name for e in rings.scaffolds] == ["c1ccncc1"] and acids.scaffolds == []
    assert any("carboxylic" in e.name for e in acids.functional_groups)
    assert any("pyridine" in e.name.lower() for e in rings.functional_groups)
    assert all(e.difference == 1.0 and e.q < 0.01 for e in rings.scaffolds)
    assert acids.common is not None and rings.common is not None
    pattern = Chem.MolFromSmarts(acids.common.smarts)
    assert pattern.GetNumAtoms() == acids.common.n_atoms >= 4 and acids.common.complete
    assert sum(Chem.MolFromSmiles(s).HasSubstructMatch(pattern) for s in ACIDS) >= 8
    assert "share of nodes: aromatic" in {d.name for d in rings.differences}

    folder = write_explanation(tmp_path, found)
    names = {p.name for p in folder.iterdir()}
    assert names == {"explanation.txt", "explanation.json", *found.images} and len(names) == 8
    facts = json.loads((folder / "explanation.json").read_text(encoding="utf-8"))
    assert facts["kind"] == "molecules" and facts["groups"][0]["medoids"][0].startswith("säure")
    text = (folder / "explanation.txt").read_text(encoding="utf-8")
    assert "c1ccncc1: 100% of the members, 0% of the others" in text
    assert (folder / "cluster-0-medoid-1.svg").read_text(encoding="utf-8").startswith("<?xml")
    write_explanation(tmp_path, found)  # an earlier one is replaced
    captured = capfd.readouterr()
    assert captured.err == ""


def test_molecules_drawn_by_what_a_model_says(molecules) -> None:
    from graphclust.explain import explain_molecules

    def acidity(graphs) -> np.ndarray:
        # "O" is the fifth column; the second cluster is what has none.
        return np.array([[float(g.x[:, 4].sum()), -float(g.x[:, 4].sum())] for g in graphs])

    found = explain_molecules(molecules, LABELS, EMBEDDING, scores=acidity)
    plain = explain_molecules(molecules, LABELS, EMBEDDING)
    assert set(found.images) == set(plain.images)
    assert found.images["cluster-0-medoid-1.svg"] != plain.images["cluster-0-medoid-1.svg"]
    assert any("taking" in note for note in found.notes)


def test_one_atom_and_no_ring_and_what_was_not_read_from_smiles() -> None:
    pytest.importorskip("rdkit", reason="the extra molecules is not installed")
    from graphclust.adapters import from_smiles
    from graphclust.explain import explain_molecules

    tiny = from_smiles(["C", "[Na+].[Cl-]", "O", "N"])
    found = explain_molecules(tiny, [0, 0, 1, -1], np.eye(4))
    assert [g.size for g in found.groups] == [2, 1]
    assert all(g.common is None for g in found.groups)
    assert any("in no cluster" in note for note in found.notes)
    del tiny[2].smiles
    with pytest.raises(InputError, match="molecule 2 has no smiles"):
        explain_molecules(tiny, [0, 0, 1, 1], np.eye(4))


def test_weights_must_fit_the_molecule() -> None:
    pytest.importorskip("rdkit", reason="the extra molecules is not installed")
    from graphclust.explain.drawing import draw
    from graphclust.explain.substructures import parse_all

    (ethanol,) = parse_all(["CCO"])
    with pytest.raises(InputError, match="atoms has 2 weights for 3"):
        draw(ethanol, atoms=[1, 2])
    assert draw(ethanol, atoms=[0, 0, 0]) == draw(ethanol)
    with pytest.raises(InputError, match="molecule 2"):
        parse_all(["C", "C1C"])


def test_graphs() -> None:
    sets = [nx.cycle_graph(n) for n in range(4, 10)] + [nx.star_graph(n) for n in range(4, 10)]
    graphs = as_data(as_graph_set(sets))
    found = explain_graphs(graphs, [0] * 6 + [1] * 6, np.eye(12))
    assert [g.size for g in found.groups] == [6, 6]
    told = {d.name: d for d in found.groups[0].differences}
    assert told["mean degree"].inside == 2.0 and told["mean degree"].effect > 0
    assert "transitivity" not in told


def test_statistics_are_those_of_networkx() -> None:
    sets = [nx.karate_club_graph(), nx.empty_graph(1), nx.Graph(), nx.Graph([(0, 1), (2, 3)])]
    values, names = graph_statistics(as_data(as_graph_set(sets)))
    assert names[:5] == ["nodes", "edges", "density", "mean degree", "components"]
    club = [34, 78, nx.density(sets[0]), 2 * 78 / 34, 1, nx.transitivity(sets[0])]
    assert values[0] == pytest.approx(club)
    assert values[1].tolist() == [1, 0, 0, 0, 1, 0] and values[2].tolist() == [0] * 6
    assert values[3] == pytest.approx([4, 2, 1 / 3, 1, 2, 0])


def test_a_set_taken_apart_holds_what_it_held() -> None:
    from torch_geometric.data import Data

    ends = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    first = Data(
        x=torch.rand(3, 2), edge_index=ends, edge_attr=torch.rand(2, 3).repeat(2, 1), id="a"
    )
    first.edge_attr = first.edge_attr[torch.tensor([0, 0, 1, 1])]
    second = Data(x=torch.rand(1, 2), edge_index=ends[:, :0], edge_attr=torch.zeros(0, 3), id="b")
    one, two = as_data(as_graph_set([first, second]))
    assert torch.equal(one.x, first.x) and torch.equal(two.x, second.x)
    assert one.edge_index.T.tolist() == [[0, 1], [1, 0], [1, 2], [2, 1]]
    assert torch.equal(one.edge_attr, first.edge_attr)
    assert (one.id, two.id, two.num_edges) == ("a", "b", 0)


@pytest.mark.parametrize("sparse", [False, True])
def test_nodes(sparse) -> None:
    graph = as_graph(nx.relabel_nodes(nx.barbell_graph(6, 0), lambda i: f"n{i}"))
    x = torch.zeros(12, 3)
    x[:6, 1], x[:, 2] = 1.0, torch.arange(12) % 2
    rows = CSR.from_scipy(sp.csr_array(x.numpy())) if sparse else x
    graph = Graph(graph.adj, rows, ids=graph.ids, name="barbell")
    found = explain_nodes(graph, [0] * 6 + [1] * 6, np.eye(12), ["never", "left", "odd"])
    assert [g.conductance for g in found.groups] == pytest.approx([1 / 31, 1 / 31])
    assert [d.name for d in found.groups[0].differences] == ["left"]
    assert found.groups[0].medoids[0].startswith("n")
    assert "conductance 0.032" in as_text(found)
    with pytest.raises(InputError, match="feature_names has 1 entries for 3"):
        explain_nodes(graph, [0] * 12, np.eye(12), ["one"])


def test_nodes_without_features_and_clusters_with_gaps() -> None:
    graph = as_graph(nx.path_graph(6))
    found = explain_nodes(graph, [3, 3, 3, 7, 7, -1], np.eye(6))
    assert [(g.cluster, g.size) for g in found.groups] == [(3, 3), (7, 2)]
    assert any("no features" in note for note in found.notes)
