"""What every method and every objective of whole graphs promises, over the registries."""

from __future__ import annotations

import re
from datetime import date

import networkx as nx
import numpy as np
import pytest
import torch
from torch_geometric.data import Data

import graphclust as gc
from graphclust.component import from_config, registry
from graphclust.encoders.jumping_knowledge import JumpingKnowledge
from graphclust.errors import InputError
from graphclust.graphs.many import as_graph_set
from graphclust.heads import GaussianMixture, Softmax
from graphclust.methods import FAMILIES
from graphclust.objectives import Dims, Step
from graphclust.readouts import Pooled
from graphclust.readouts.hierarchical import Hierarchical
from graphclust.readouts.sums import Sum

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def graphs(each: int = 12) -> list[Data]:
    """Return rings and stars with features of nodes and edges, ids, and SMILES that are none."""
    out = []
    for number in range(2 * each):
        n = 5 + number % 6
        graph = nx.cycle_graph(n) if number % 2 else nx.star_graph(n - 1)
        ends = torch.tensor(list(graph.edges)).T
        index = torch.cat([ends, ends.flip(0)], dim=1)
        x = torch.nn.functional.one_hot(torch.arange(n) % 3, 3).float()
        attr = torch.full((index.shape[1], 1), float(number % 2))
        out.append(Data(x=x, edge_index=index, edge_attr=attr, id=f"g{number}"))
    return out


def clusterer(name: str, kit, seed: int = 0) -> gc.GraphClusterer:
    return gc.GraphClusterer(
        2, kit.quick(registry("graph_method")[name]()), random_state=seed, device="cpu"
    )


def fitted(name: str, kit, given=None, seed: int = 0) -> gc.GraphClusterer:
    try:
        return clusterer(name, kit, seed).fit(graphs() if given is None else given)
    except InputError as error:
        if "smiles" in str(error):
            pytest.skip("it reads SMILES, which other graphs have not")
        raise


def test_it_says_what_it_is(a_graph_method) -> None:
    method = registry("graph_method")[a_graph_method]
    assert method.family in FAMILIES
    assert method.title and method.paper and method.cost.startswith("O(")
    assert 1900 < method.year <= date.today().year + 1
    assert method.arxiv == "" or re.fullmatch(r"\d{4}\.\d{4,5}", method.arxiv)
    assert set(method.needs) <= {"features", "edges", "k"} and method.needs
    assert len(method.argument_names()) <= 8
    assert from_config(method().to_config()).to_config() == method().to_config()


def test_labels_are_in_range_and_a_seed_repeats(a_graph_method, kit) -> None:
    one, two = (fitted(a_graph_method, kit, seed=3) for _ in range(2))
    assert one.labels_.shape == (24,)
    assert one.labels_.min() >= 0 and one.labels_.max() < 2
    assert np.allclose(one.membership_.sum(1), 1.0, atol=1e-4)
    assert np.isfinite(one.embedding_).all()
    assert np.array_equal(one.labels_, two.labels_)
    assert np.array_equal(one.embedding_, two.embedding_)


def test_save_load_predict_is_identical_for_all_and_for_some(a_graph_method, kit, tmp_path) -> None:
    given = graphs()
    model = fitted(a_graph_method, kit)
    loaded = gc.load(model.save(tmp_path / "run"))
    assert np.array_equal(loaded.labels_, model.labels_)
    assert np.array_equal(loaded.predict(given), model.labels_)
    assert np.array_equal(loaded.transform(given), model.transform(given))
    assert np.array_equal(loaded.predict(given[3:9]), model.labels_[3:9])
    assert loaded.graph_ids_ == [g.id for g in given]


def test_graphs_without_features_edges_or_nodes_are_clustered(a_graph_method, kit) -> None:
    odd = [nx.cycle_graph(n) for n in range(4, 10)] + [nx.star_graph(n) for n in range(4, 10)]
    odd += [nx.empty_graph(1), nx.empty_graph(3), nx.Graph()]
    model = fitted(a_graph_method, kit, odd)
    assert (model.labels_[:-1] >= 0).all() and model.labels_[-1] == -1
    assert np.isfinite(model.embedding_).all()


def step_of(objective, given, kit, seed: int = 5) -> Step:
    set_ = as_graph_set(given)
    layers = JumpingKnowledge(gc.encoders.GIN([8, 8], batch_norm=False))
    encoder = Pooled(layers, Hierarchical(2) if objective.name.startswith("inner") else Sum())
    head = Softmax()
    encoder.build(set_.n_features, kit.seeded(1))
    head.build(encoder.out_channels, 2, kit.seeded(3))
    dims = Dims(set_.n_items, set_.n_features, encoder.out_channels, 2, 16)
    objective.build(dims, kit.seeded(4))
    for module in (encoder, head, objective):
        module.train()
    return Step(encoder, head, set_, kit.seeded(seed), 0, 10)


def loss_of(objective, step) -> torch.Tensor:
    objective.before_step(step)
    return torch.stack([weight * term(step) for _, weight, term in objective.terms()]).sum()


def test_an_objective_is_a_finite_scalar_with_a_gradient(a_graph_objective, kit) -> None:
    objective = registry("objective")[a_graph_objective]()
    step = step_of(objective, graphs(), kit)
    loss = loss_of(objective, step)
    assert loss.dim() == 0 and bool(torch.isfinite(loss))
    loss.backward()
    objective.after_step(step)
    reached = [p.grad for p in step.encoder.parameters() if p.grad is not None]
    assert sum(float(g.abs().sum()) for g in reached) > 0
    assert all(bool(torch.isfinite(g).all()) for g in reached)
    again = from_config(objective.to_config())
    assert again.to_config() == objective.to_config()


def test_an_objective_of_graphs_does_not_know_their_order(a_graph_objective, kit) -> None:
    given = graphs(6)

    def value(listed, seed) -> float:
        objective = registry("objective")[a_graph_objective]()
        return float(loss_of(objective, step_of(objective, listed, kit, seed)).detach())

    if value(given, 1) == value(given, 2):
        assert value(given[::-1], 1) == pytest.approx(value(given, 1), rel=1e-4)
        return
    before, after = (
        torch.tensor([value(listed, seed) for seed in seeds])
        for listed, seeds in ((given, range(30)), (given[::-1], range(30, 60)))
    )
    error = float(((before.var() + after.var()) / 30).sqrt())
    assert abs(float(before.mean() - after.mean())) < 4 * error + 1e-5


def test_an_objective_of_graphs_says_so_of_nodes(a_graph_objective, kit) -> None:
    graph = kit.planted()[0]
    model = gc.NodeClusterer(3, objective=registry("objective")[a_graph_objective]())
    with pytest.raises(InputError, match="graph"):
        model.fit(graph)


def test_a_head_of_a_mixture_may_take_the_methods_place(kit) -> None:
    model = gc.GraphClusterer(2, "infograph", head=GaussianMixture(), random_state=0)
    assert model.fit(graphs()).membership_.shape == (24, 2)
