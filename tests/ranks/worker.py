"""What every rank does in the tests: the same with the others as alone, and it compares."""

from __future__ import annotations

import signal
import sys
import warnings
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import torch

import graphclust as gc
from graphclust import encoders, heads, methods, objectives
from graphclust.component import registry
from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.generators import attributed_partition
from graphclust.graphs.share import by_ranks, share_of
from graphclust.neighbors.lloyd import lloyd
from graphclust.objectives import Dims, Step
from graphclust.objectives.rank_step import RankStep
from graphclust.ranks import Ranks, agree, alone, end, find_ranks, together
from graphclust.sparse import CSR, sddmm, segment_sum, spmm, to_edges
from graphclust.training import Optimisation, loop
from graphclust.training import network as network_module
from graphclust.training.checkpoint_file import CHECKPOINT_FILE

K = 4


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def planted(n: int = 240, weighted: bool = True) -> Graph:
    data = attributed_partition(n, 5 * n, K, seeded(1), n_features=12)
    row, col = data.edge_index
    # The same weight in both directions.
    weight = 0.5 + torch.rand(n, generator=seeded(2))[torch.maximum(row, col)]
    adj = CSR.from_edges(row, col, weight if weighted else None, (n, n), symmetric=True)
    return Graph(adj, data.x)


# -- what an encoder and an objective are made of --------------------------------------------


def test_operations(ranks: Ranks) -> None:
    graph = replace(planted(), ranks=ranks)
    share = share_of(graph)
    x = torch.randn(graph.n_nodes, 3, 4, generator=seeded(3))
    for whole, rows in (
        (graph.adj, share.rows),
        (graph.adj.normalized("row"), share.rows.normalized("row")),
        (graph.adj.normalized("sym", 1.0), share.rows.normalized("sym", 1.0)),
    ):
        torch.testing.assert_close(rows.degree, whole.degree[share.own])
        values = to_edges(whole, x, "col") * sddmm(whole, x, x)[..., None]
        expected = spmm(whole, x.flatten(1)) + segment_sum(whole, values).flatten(1)
        own = share.of(x)
        here = to_edges(rows, own, "col") * sddmm(rows, own, own)[..., None]
        found = spmm(rows, own.flatten(1)) + segment_sum(rows, here).flatten(1)
        torch.testing.assert_close(found, share.of(expected))
        torch.testing.assert_close(share.rows.halo.gather(found), expected)


def test_encoders(ranks: Ranks) -> None:
    graph = planted()
    assert isinstance(graph.x, torch.Tensor)
    for make in (
        lambda: encoders.GCN([8, 5], skip=True),
        lambda: encoders.GAT([8, 4], heads=2),
        lambda: encoders.GAT([8, 4], heads=2, version=2),
        lambda: encoders.SAGE([8, 5]),
        lambda: encoders.GIN([8, 5], batch_norm=False),
    ):
        mine, other = make().build(12, seeded()), make().build(12, seeded())
        x, share = graph.x.clone().requires_grad_(), share_of(replace(graph, ranks=ranks))
        own = share.of(graph.x).clone().requires_grad_()
        weight = torch.randn(graph.n_nodes, mine.out_channels, generator=seeded(4))
        (mine(x, graph.adj) * weight).sum().backward()
        (other(own, share.rows) * share.of(weight)).sum().backward()
        # A kink's other side, where a sum is rounded otherwise, is another gradient: not here.
        torch.testing.assert_close(own.grad, share.of(x.grad), rtol=1e-4, atol=1e-5)
        for p, q in zip(mine.parameters(), other.parameters(), strict=True):
            torch.testing.assert_close(ranks.sum(q.grad), p.grad, rtol=1e-4, atol=1e-4)
        whole = by_ranks(lambda x, adj, of=other: of(x, adj), share.whole)
        torch.testing.assert_close(whole, mine(graph.x, graph.adj).detach())


def test_objectives(ranks: Ranks) -> None:
    kinds = {n: o for n, o in registry("objective").items() if o.on_ranks != "refused"}
    assert {"modularity", "min_cut", "discriminator", "self_training"} <= set(kinds)
    for graph in (planted(), planted(weighted=False)):
        for name, kind in kinds.items():
            found = []
            for shared in (False, True):
                encoder = encoders.GCN([8, 6], activation="selu").build(12, seeded(5))
                student = name == "dilation_shrink"
                head = (heads.StudentT() if student else heads.Softmax()).build(6, K, seeded(6))
                if student:
                    torch.nn.init.normal_(head.centers, generator=seeded(7))
                objective = kind().build(Dims(graph.n_nodes, 12, 6, K), seeded(8))
                parts = (encoder, head)
                step: Step = (
                    RankStep(*parts, share_of(replace(graph, ranks=ranks)), seeded(9))
                    if shared
                    else Step(*parts, graph, seeded(9))
                )
                objective.before_step(step)
                value = step.weighed(objective(step), objective)
                every = [*encoder.parameters(), *head.parameters(), *objective.parameters()]
                step.descend(value, every)
                grads = [torch.zeros(1) if p.grad is None else p.grad for p in every]
                found.append((float(value.detach()), grads))
            (one, gradients), (many, shared_gradients) = found
            assert many == pytest.approx(one, rel=1e-6, abs=1e-6), name
            for a, b in zip(gradients, shared_gradients, strict=True):
                torch.testing.assert_close(b, a, rtol=1e-4, atol=1e-6, msg=name)


# -- fits ------------------------------------------------------------------------------------

FITS = {
    "dmon": lambda: methods.DMoN(epochs=6),
    "mincut": lambda: methods.MinCut(epochs=6),
    "dgi": lambda: methods.DGI(channels=16, epochs=6),
    "ssgc": lambda: methods.SSGC(steps=4),
    "kmeans": methods.KMeansMethod,
    "default": lambda: methods.Default(channels=16, epochs=6, restarts=4),
    "default in batches": lambda: methods.Default(channels=16, epochs=9, restarts=4, batch_size=64),
    "attention": lambda: methods.Composed(
        encoders.GAT([8, 8], heads=2),
        objective=objectives.Modularity() + objectives.Collapse(),
        optimisation=Optimisation(epochs=6),
    ),
}


def test_fits(ranks: Ranks) -> None:
    graph, other = planted(), planted(200)
    for name, make in FITS.items():
        with alone():
            one = gc.NodeClusterer(K, make(), random_state=3).fit(graph)
        many = gc.NodeClusterer(K, make(), random_state=3).fit(graph)
        assert many.history_.keys() == one.history_.keys(), name
        for term, values in one.history_.items():
            assert many.history_[term] == pytest.approx(values, rel=1e-6, abs=1e-6), (name, term)
        np.testing.assert_array_equal(many.labels_, one.labels_, err_msg=name)
        np.testing.assert_allclose(many.membership_, one.membership_, atol=2e-3, err_msg=name)
        with mock.patch.object(network_module, "by_ranks", wraps=network_module.by_ranks) as dealt:
            np.testing.assert_array_equal(many.predict(graph), one.labels_, err_msg=name)
        assert dealt.called or name not in ("dmon", "mincut", "dgi", "attention"), name
        with alone():
            alike = many.predict_membership(other)
        np.testing.assert_allclose(many.predict_membership(other), alike, atol=2e-3, err_msg=name)


def test_number_of_clusters_is_chosen_alike(ranks: Ranks) -> None:
    graph = planted()
    with alone():
        one = gc.NodeClusterer("auto", FITS["default"](), random_state=0).fit(graph)
    many = gc.NodeClusterer("auto", FITS["default"](), random_state=0).fit(graph)
    assert many.n_clusters_ == one.n_clusters_
    np.testing.assert_array_equal(many.labels_, one.labels_)


def test_starts_of_kmeans_are_dealt_out(ranks: Ranks) -> None:
    x = torch.randn(90, 3, generator=seeded(1))
    expected = lloyd(x, 7, seeded(2), restarts=5)
    assert torch.equal(lloyd(x, 7, seeded(2), restarts=5, ranks=ranks), expected)


def test_first_writes(ranks: Ranks, folder: Path) -> None:
    model = gc.NodeClusterer(K, "kmeans").fit(planted())
    assert ranks.texts(str(model.seed_)) == [str(model.seed_)] * ranks.size
    out = folder / f"saved-by-{ranks.rank}"
    assert model.save(out) == out
    assert out.exists() == ranks.first
    if ranks.first:
        with alone():
            np.testing.assert_array_equal(gc.load(out).predict(planted()), model.labels_)


# -- interruptions ---------------------------------------------------------------------------


def test_goes_on_with_another_number(ranks: Ranks, folder: Path) -> None:
    graph, kept = planted(), folder / "kept"

    def fit(epochs: int = 8, **how: object) -> gc.NodeClusterer:
        method = methods.DMoN(epochs=epochs)
        return gc.NodeClusterer(K, method, random_state=0).fit(graph, checkpoint=kept, **how)

    with alone():
        whole = gc.NodeClusterer(K, methods.DMoN(epochs=8), random_state=0).fit(graph)
    plain, steps = loop._update, [0]

    def update(step: Step, *rest: object) -> dict[str, float]:
        steps[0] += 1
        if steps[0] == 4 and ranks.rank == ranks.size - 1:
            signal.raise_signal(signal.SIGINT)
        return plain(step, *rest)

    with mock.patch.object(loop, "_update", update), pytest.raises(KeyboardInterrupt):
        fit()
    assert steps[0] == 4
    ranks.wait()
    assert (kept / CHECKPOINT_FILE).is_file()
    # Only the first one's folder is read.
    again = fit(resume=True)
    assert again.history_["loss"] == pytest.approx(whole.history_["loss"], rel=1e-6, abs=1e-6)
    assert len(again.history_["loss"]) == 8
    np.testing.assert_array_equal(again.labels_, whole.labels_)
    ranks.wait()
    if ranks.first:
        with alone():
            single = fit(resume=True)
        np.testing.assert_array_equal(single.labels_, whole.labels_)
    ranks.wait()


# -- what is refused -------------------------------------------------------------------------


def test_refusals(ranks: Ranks) -> None:
    graph = planted()
    trained, dropped = objectives.Modularity(), encoders.GCN(8, dropout=0.5)
    composed = methods.Composed(dropped, objective=trained)
    batches = methods.InBatches(methods.DMoN(epochs=2), gc.training.Neighbors(64))
    sync = methods.Composed(encoders.GIN(8), objective=trained)
    for method, words in (
        (methods.Leiden(), "leiden cannot be shared"),
        (methods.GRACE(epochs=2), "infonce"),
        (methods.DeepCluster(epochs=2), "take turns"),
        (composed, "dropout=0.0"),
        (sync, "batch_norm=False"),
        (batches, "leave batches out"),
    ):
        with pytest.raises(InputError, match=words):
            gc.NodeClusterer(K, method, random_state=0).fit(graph)
    fitted = gc.NodeClusterer(K, "kmeans", random_state=0).fit(graph)
    with pytest.raises(InputError, match="another data"):
        fitted.predict(planted(240 + ranks.rank))
    with pytest.raises(InputError, match="another data"):
        gc.NodeClusterer(K, "kmeans", random_state=0).fit(planted(240 + ranks.rank))
    with pytest.raises(InputError, match="rank 1 was given another depth than rank 0"):
        agree(ranks, {"depth": min(ranks.rank, 1)})

    def work() -> int:
        if ranks.rank == 1:
            raise InputError("no such file")
        return 3

    with pytest.raises(InputError, match="on rank 1: no such file"):
        together(ranks, work)
    assert together(ranks, lambda: ranks.rank) == ranks.rank


def test_fewer_nodes_than_ranks(ranks: Ranks) -> None:
    with pytest.raises(InputError, match="has 2 nodes for 3 ranks: start as many at most"):
        gc.NodeClusterer(1, "kmeans", random_state=0).fit(torch.randn(2, 3, generator=seeded()))


# -- a rank that is lost ---------------------------------------------------------------------


def lost(ranks: Ranks, folder: Path) -> None:
    """Train until someone ends one of the ranks; the others say so within their timeout."""
    folder.joinpath(f"rank-{ranks.rank}").touch()
    gc.NodeClusterer(K, methods.DMoN(epochs=10**7), random_state=0).fit(planted())


if __name__ == "__main__":
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    found = find_ranks(timeout=8 if "lost" in sys.argv else 120)
    assert found is not None
    for name in sys.argv[2:]:
        task = globals()[name]
        task(*[found, Path(sys.argv[1])][: task.__code__.co_argcount])
    print(f"rank {found.rank} is done")
    end(0)
