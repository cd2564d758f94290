"""Training in batches: exact embeddings, the same modularity, a resume that loses nothing."""

from __future__ import annotations

import signal
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch_geometric.nn import GCN as Stock

import graphclust as gc
from graphclust.component import registry
from graphclust.encoders import GAT, GCN, GIN, MLP, SAGE, Variational
from graphclust.encoders.lazy_gcn import LazyGCN
from graphclust.encoders.unit_squares import UnitSquares
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.generators import attributed_partition, planted_partition
from graphclust.heads import Softmax
from graphclust.methods import DMoN, InBatches, MinCut
from graphclust.methods.simultaneous.daegc import DAEGC
from graphclust.metrics.summary import graph_scores
from graphclust.objectives import Objective, Step
from graphclust.objectives.collapse import Collapse
from graphclust.objectives.modularity import Modularity
from graphclust.objectives.neighbor_alignment import NeighborAlignment
from graphclust.sparse import CSR
from graphclust.training import (
    Clusters,
    Neighbors,
    Network,
    Optimisation,
    Run,
    Walks,
    train,
)

ENCODERS = {
    "gcn": lambda: GCN([8, 6, 5], skip=True, self_loops=0.5),
    "gcn_widening": lambda: GCN([12, 16]),
    "gat": lambda: GAT([8, 8], heads=2),
    "gat_2": lambda: GAT([8, 8], heads=2, version=2),
    "gin": lambda: GIN([8, 7], batch_norm=False),
    "sage": lambda: SAGE([8, 6], normalize=True),
    "sage_sum": lambda: SAGE(8, aggregation="sum"),
    "mlp": lambda: MLP([8, 4]),
    "lazy_gcn": lambda: LazyGCN([8, 8, 8], [6]),
    "unit_squares": lambda: UnitSquares(GCN([8, 6])),
    "variational": lambda: Variational(5, GCN([8, 6])),
}
LAYERED = [n for n in ENCODERS if n.startswith(("gcn", "gat", "gin", "sage"))]


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def a_graph(n: int = 200, m: int = 500, weighted: bool = True, sparse: bool = False) -> Graph:
    data = attributed_partition(n, m, 4, seeded(), 10)
    row, col = data.edge_index
    weight = 1.0 + (row + col) % 3 if weighted else None
    x = data.x
    if sparse:
        x = CSR.from_edges(*(x > 0.5).nonzero().T, x[x > 0.5], tuple(x.shape))
    return Graph(CSR.from_edges(row, col, weight, (n, n), symmetric=True), x)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("name", ENCODERS)
@pytest.mark.parametrize("way", [Neighbors(30), Clusters(50, parts=4)], ids=["nodes", "clusters"])
def test_the_embedding_of_a_batch_is_that_of_the_whole_graph(way, name, sparse) -> None:
    graph = a_graph(sparse=sparse)
    encoder = ENCODERS[name]().build(10, seeded(1)).eval()
    whole = encoder(graph.x, graph.adj, None)
    seen = 0
    for batch in way.draws(graph, encoder, 3).epoch(seeded(2)):
        z = encoder(batch.surroundings.x, batch.surroundings.adj, None)[batch.place]
        torch.testing.assert_close(z, whole[batch.nodes], atol=2e-5, rtol=1e-4)
        seen += batch.nodes.numel()
    assert seen == graph.n_nodes


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("way", [Neighbors(30), Clusters(50, parts=4)], ids=["nodes", "clusters"])
def test_batches_of_an_epoch_share_one_corruption_of_the_whole_graph(way, sparse) -> None:
    graph = a_graph(sparse=sparse)
    encoder = GCN([8, 6]).build(10, seeded(1)).eval()
    z, found = torch.zeros(200, 6), torch.zeros(200, 10)
    for batch in way.draws(graph, encoder, 3).epoch(seeded(2)):
        x = batch.corrupted()
        z[batch.nodes] = encoder(x, batch.surroundings.adj, None)[batch.place].detach()
        found[batch.nodes] = (x.to_dense() if isinstance(x, CSR) else x)[batch.place]
    own = graph.x.to_dense() if isinstance(graph.x, CSR) else graph.x
    assert torch.equal(found.sort(0).values, own.sort(0).values)
    assert not torch.equal(found, own)
    torch.testing.assert_close(z, encoder(found, graph.adj, None).detach(), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("name", LAYERED)
def test_layer_by_layer_is_the_whole_pass(name, sparse) -> None:
    graph = a_graph(sparse=sparse)
    encoder = ENCODERS[name]().build(10, seeded(1)).eval()
    whole = encoder(graph.x, graph.adj, None)
    for block in (7, 64, 10_000):
        z = encoder.layer_by_layer(graph.x, graph.adj, block)
        assert not z.requires_grad
        torch.testing.assert_close(z, whole, atol=2e-6, rtol=1e-5)


def test_layer_by_layer_reads_running_statistics() -> None:
    graph = a_graph()
    encoder = GIN([8, 7]).build(10, seeded(1))
    encoder(graph.x, graph.adj, None)
    whole = encoder.eval()(graph.x, graph.adj, None)
    torch.testing.assert_close(encoder.layer_by_layer(graph.x, graph.adj, 16), whole)


def test_a_network_encodes_in_blocks_when_asked(monkeypatch) -> None:
    run = Run.start(0, "cpu")
    network = Network((), GCN([8, 6], dropout=0.5), (), Softmax())
    graph = network.build(a_graph(), 4, run.generator)
    network.train()
    whole = network.encode(graph)
    calls = []
    plain = GCN.layer_by_layer
    monkeypatch.setattr(GCN, "layer_by_layer", lambda *a: calls.append(1) or plain(*a))
    torch.testing.assert_close(network.encode(graph, in_blocks=True), whole)
    monkeypatch.setattr("graphclust.training.network.LARGE", 100)
    torch.testing.assert_close(network.embed(graph), whole)
    assert len(calls) == 2 and network.training


# -- what comes out --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def planted():
    return planted_partition(8, 400, 0.03, 0.001, seeded(), n_features=32, separation=1.5)


@pytest.fixture(scope="module")
def at_once(planted) -> float:
    return found_modularity(planted, DMoN(epochs=200, lr=1e-2))


def found_modularity(data, method) -> float:
    model = gc.NodeClusterer(8, method, random_state=0).fit(data)
    return float(graph_scores(model.graph_.adj.to_scipy(), model.labels_)["modularity"])


@pytest.mark.parametrize("way", [Neighbors(800), Clusters(800)], ids=["nodes", "clusters"])
def test_modularity_in_batches_is_within_one_per_cent(way, planted, at_once) -> None:
    # Four batches an epoch: as many steps as at once.
    assert at_once > 0.65
    assert found_modularity(planted, InBatches(DMoN(epochs=50, lr=1e-2), way)) > 0.99 * at_once


@pytest.mark.parametrize(
    "way",
    [Neighbors(60, [5]), Walks(60), Clusters(60, parts=4, cut=True)],
    ids=["fan-outs", "walks", "cut"],
)
def test_approximate_surroundings_train_too(way) -> None:
    data = planted_partition(3, 80, 0.2, 0.01, seeded(), n_features=12, separation=2.0)
    model = gc.NodeClusterer(3, InBatches(DMoN(epochs=60, lr=1e-2), way), random_state=0).fit(data)
    assert model.score(data.y)["ari"] > 0.9


def test_a_method_of_several_stages_goes_through_all_of_them_in_batches() -> None:
    data = planted_partition(3, 60, 0.25, 0.01, seeded(), n_features=12, separation=2.0)
    method = DAEGC(epochs=10, pretrain_epochs=20)
    model = gc.NodeClusterer(3, InBatches(method, Neighbors(50)), random_state=0).fit(data)
    assert model.score(data.y)["ari"] > 0.9


def test_history_has_an_entry_an_epoch_and_it_is_the_mean_over_batches() -> None:
    run = Run.start(0, "cpu")
    run.batches = Neighbors(60)
    network = Network((), GCN(8), (), Softmax())
    graph = network.build(a_graph(), 4, run.generator)
    train(network, graph, Modularity() + Collapse(), Optimisation(3, lr=1e-9), run)
    assert {len(v) for v in run.history.values()} == {3}
    # Weights stand still: what a batch estimates with what was kept is exact.
    step = network.step(graph, run.generator)
    assert run.history["modularity"][0] == pytest.approx(
        float(Modularity()(step).detach()), abs=1e-5
    )


def test_one_batch_of_all_nodes_trains_as_without_batches() -> None:
    def fit(method) -> gc.NodeClusterer:
        return gc.NodeClusterer(4, method, random_state=0).fit(a_graph())

    plain, batched = fit(MinCut(epochs=15)), fit(InBatches(MinCut(epochs=15), Neighbors(500)))
    np.testing.assert_allclose(plain.history_["loss"], batched.history_["loss"], atol=1e-4)
    np.testing.assert_allclose(plain.membership_, batched.membership_, atol=1e-3)


# -- interruptions, files, refusals ----------------------------------------------------------


class _Stops(Objective, name="stops_in_batches_test", register=False):
    """Add nothing, and press Ctrl-C in the middle of the given epoch."""

    in_batches = "mean"

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def after_step(self, step: Step) -> None:
        if step.epoch == self.at:
            self.at = -1
            signal.raise_signal(signal.SIGINT)

    def forward(self, step: Step) -> torch.Tensor:
        return step.z.sum() * 0.0


@pytest.mark.parametrize(
    "way",
    [Neighbors(50, [4, 3]), Clusters(50, parts=3), Walks(50)],
    ids=["nodes", "parts", "walks"],
)
def test_resume_is_bitwise_the_same(way, tmp_path) -> None:
    def fit(run: Run, at: int = -1) -> Network:
        run.batches = way
        network = Network((), GCN([8, 6], dropout=0.2), (), Softmax(dropout=0.1))
        graph = network.build(a_graph(), 4, run.generator)
        for stage in range(2):
            objective = Modularity() + Collapse() + _Stops(at if stage else -1)
            train(network, graph, objective, Optimisation(6, lr=0.01), run)
        return network

    whole_run = Run.start(5, "cpu")
    whole = fit(whole_run)
    with pytest.raises(KeyboardInterrupt):
        fit(Run.start(5, "cpu", checkpoint=tmp_path / "run"), at=2)
    run = Run.start(5, "cpu", checkpoint=tmp_path / "run", resume=True)
    resumed = fit(run)
    assert run.history == whole_run.history
    for key, value in whole.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key]), key


def test_settings_are_saved_and_the_method_keeps_its_name(tmp_path) -> None:
    method = InBatches(DMoN(epochs=3), Clusters(60, parts=3))
    model = gc.NodeClusterer(4, method, encoder=GCN(8), random_state=0).fit(a_graph())
    again = gc.load(model.save(tmp_path / "run"))
    assert again.method_.to_config() == model.method_.to_config()
    np.testing.assert_array_equal(again.predict(a_graph()), model.labels_)
    assert method.shown_name == "dmon" and method.family == "simultaneous"
    assert "k" in method.needs and method.inductive


def test_what_would_be_something_else_is_refused() -> None:
    graph = a_graph()

    def fit(method, **parts) -> None:
        gc.NodeClusterer(4, method, random_state=0, **parts).fit(graph)

    with pytest.raises(InputError, match="neighbor_alignment"):
        fit(gc.methods.Composed(GCN(8), objective=NeighborAlignment(), batches=Neighbors(50)))
    with pytest.raises(InputError, match="trains nothing"):
        InBatches(registry("method")["leiden"](), Neighbors(50))
    with pytest.raises(InputError, match="holds something of every node"):
        fit(InBatches(DMoN(epochs=1), Neighbors(50)), encoder=Stock(10, 8, 1))
    with pytest.raises(InputError, match=r"2 hops.*reads 1"):
        fit(InBatches(DMoN(epochs=1), Neighbors(50, [5, 5])))
    with pytest.raises(InputError, match="-1 for all"):
        fit(InBatches(DMoN(epochs=1), Neighbors(50, [-2])))
    with pytest.raises(InputError, match="parts=1"):
        fit(InBatches(DMoN(epochs=1), Clusters(50, parts=1)))
    with pytest.raises(InputError, match="size=0"):
        fit(InBatches(DMoN(epochs=1), Neighbors(0)))


def test_a_graph_without_edges_goes_through() -> None:
    empty = torch.zeros(0, dtype=torch.int64)
    bare = replace(a_graph(), adj=CSR.from_edges(empty, empty, None, (200, 200), symmetric=True))
    for way in (Neighbors(50), Clusters(50), Walks(50)):
        method = InBatches(DMoN(epochs=2), way)
        model = gc.NodeClusterer(4, method, random_state=0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # there is little to tell clusters by
            model.fit(bare)
        assert model.labels_.shape == (200,)
