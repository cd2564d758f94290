"""Training on rows that were propagated once."""

from __future__ import annotations

import pytest
import torch
from sklearn.base import clone

import graphclust as gc
from graphclust.encoders import GCN
from graphclust.encoders.adaptive_smoothing import AdaptiveSmooth
from graphclust.encoders.diffusion_gcn import DiffusionGCN
from graphclust.encoders.reduction import Reduce
from graphclust.encoders.transforms import UnitRows
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.generators import attributed_partition
from graphclust.heads import KMeans
from graphclust.methods import Default
from graphclust.objectives.batch_step import BatchStep, Kept
from graphclust.sparse import CSR
from graphclust.training import Network, Rows, network


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def a_graph(n: int = 200, m: int = 600) -> Graph:
    data = attributed_partition(n, m, 4, seeded(), 10)
    row, col = data.edge_index
    return Graph(CSR.from_edges(row, col, None, (n, n), symmetric=True), data.x)


def steps(graph: Graph, encoder: DiffusionGCN, way: Rows):
    draws, generator = way.draws(graph, encoder, 0), seeded(3)
    kept = Kept(lambda: encoder(graph.x, graph.adj), KMeans(), graph.adj)
    for batch in draws.epoch(generator):
        yield BatchStep(way.encoder(encoder), KMeans(), batch, kept, generator)


def test_a_batch_has_the_embedding_of_the_whole_graph() -> None:
    graph = a_graph()
    encoder = DiffusionGCN(16).build(10, seeded(1))
    whole = encoder(graph.x, graph.adj)
    seen = []
    for step in steps(graph, encoder, Rows(30)):
        torch.testing.assert_close(step.z, whole[step.batch.nodes])
        seen.append(step.batch.nodes)
    assert len(seen) == 7
    assert torch.equal(torch.cat(seen).sort().values, torch.arange(200))


def test_an_epoch_has_one_corruption_of_the_whole_graph() -> None:
    graph = a_graph()
    encoder = DiffusionGCN(16).build(10, seeded(1))
    corrupted, nodes = [], []
    for step in steps(graph, encoder, Rows(30)):
        corrupted.append(step.corrupted.detach())
        nodes.append(step.batch.nodes)
    found = torch.cat(corrupted)[torch.cat(nodes).argsort()]
    # The one that the epoch's generator gives after the order of the nodes.
    generator = seeded(3)
    torch.randperm(200, generator=generator)
    order = torch.randperm(200, generator=generator)
    torch.testing.assert_close(found, encoder(graph.x[order], graph.adj).detach())


def test_an_encoder_that_reads_neighbours_layer_by_layer_is_refused() -> None:
    with pytest.raises(InputError, match="does not propagate once"):
        Rows(30).draws(a_graph(), GCN(8).build(10, seeded()), 0)


def test_sparse_features_are_refused_in_words() -> None:
    graph = a_graph()
    sparse = CSR.from_edges(*(graph.x > 0.5).nonzero().T, None, (200, 10))
    with pytest.raises(InputError, match="Reduce"):
        Rows(30).draws(Graph(graph.adj, sparse), DiffusionGCN(16).build(10, seeded()), 0)


def test_the_default_in_batches_finds_what_was_planted() -> None:
    data = attributed_partition(3000, 30000, 5, seeded(1), 32)
    model = gc.NodeClusterer(5, method=Default(runs=1, epochs=60, batch_size=1000), random_state=0)
    labels = model.fit_predict(data)
    assert model.score(data.y)["ari"] > 0.9
    assert (clone(model).fit_predict(data) == labels).all()
    assert (model.predict(data) == labels).all()


def test_rows_that_are_computed_when_read_are_the_same(monkeypatch) -> None:
    graph = a_graph()

    def embedding() -> torch.Tensor:
        after = [Reduce(12), AdaptiveSmooth(4, 6), UnitRows(), Reduce(6, whiten=0.5)]
        net = Network([UnitRows()], DiffusionGCN(40), after, KMeans())
        prepared = net.build(graph, 4, seeded(1))
        return net.embed(prepared, fit_after=seeded(2))

    whole = embedding()
    monkeypatch.setattr(network, "MANY", 100)
    monkeypatch.setattr("graphclust.ondisk.blocked._BLOCK", 1000)
    blocks = embedding()
    torch.testing.assert_close(blocks @ blocks.T, whole @ whole.T, atol=1e-4, rtol=1e-3)
