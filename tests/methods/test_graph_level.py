"""Methods of whole graphs: what each of them is to find, and the published figures."""

from __future__ import annotations

import os
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import torch

import graphclust as gc
from graphclust.component import registry
from graphclust.encoders.mixed_columns import MixedColumns
from graphclust.graphs.many import as_graph_set
from graphclust.methods.graph_level.wl_kernel import nearest
from graphclust.readouts.scaling import HeldColumns, SignedLog, UnitSpread

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
NAMES = sorted(set(registry("graph_method")) - {"morgan"})


def planted(each: int = 25) -> tuple[list[nx.Graph], np.ndarray]:
    """Return random regular graphs and trees of the same sizes."""
    graphs = [nx.random_regular_graph(4, 12 + i % 6, seed=i) for i in range(each)]
    graphs += [nx.from_prufer_sequence([(i * 7 + j) % 12 for j in range(10 + i % 6)])
               for i in range(each)]  # fmt: skip
    return graphs, np.repeat([0, 1], each)


@pytest.mark.parametrize("name", NAMES)
def test_regular_graphs_and_trees_are_told_apart(name) -> None:
    graphs, y = planted()
    model = gc.GraphClusterer(2, name, random_state=0).fit(graphs)
    assert model.score(y)["ari"] > 0.9


def test_kernel_k_means_never_forms_the_kernel_and_is_kernel_k_means() -> None:
    graphs, _ = planted()
    model = gc.GraphClusterer(3, "wl_kernel", random_state=0).fit(graphs)
    rows = model.model_.rows(model.graph_)
    kernel = (rows.to_dense() @ rows.to_dense().T).numpy()
    # Distance in feature space: k(g, g) - 2 mean k(g, c) + mean k(c, c).
    members = np.eye(3)[model.labels_]
    share = members / members.sum(0)
    distance = 1 - 2 * kernel @ share + np.einsum("ic,ij,jc->c", share, kernel, share)
    found = nearest(rows, model.model_.centers)[2].numpy()
    np.testing.assert_allclose(found, distance, atol=1e-4)
    assert np.array_equal(distance.argmin(1), model.labels_)


def test_mixed_columns_tell_marks_codes_and_measurements() -> None:
    x = torch.tensor([[1.0, 6.0, 0.5], [0.0, 8.0, 1.5], [1.0, 6.0, 2.5]])
    adj = as_graph_set([nx.path_graph(3)]).adj
    columns = MixedColumns().fit(x, adj, torch.Generator())
    out = columns(x, adj)
    assert out.shape == (3, 4)
    assert out[:, :3].tolist() == [[1, 1, 0], [0, 0, 1], [1, 1, 0]]
    torch.testing.assert_close(out[:, 3], torch.tensor([-1.2247, 0.0, 1.2247]), atol=1e-3, rtol=0)
    new = columns(torch.tensor([[0.0, 7.0, 1.5]]), adj)
    assert new.tolist() == [[0.0, 0.0, 0.0, 0.0]]  # a code that was never seen
    below = torch.tensor([[-2.0], [0.0], [2.0]])  # codes are not negative
    measured = MixedColumns().fit(below, adj, torch.Generator())(below, adj)
    torch.testing.assert_close(
        measured[:, 0], torch.tensor([-1.2247, 0.0, 1.2247]), atol=1e-3, rtol=0
    )


def test_outliers_are_held_and_still_columns_are_zeros() -> None:
    graphs = [nx.path_graph(n) for n in range(4, 14)] + [nx.path_graph(4000)]
    adj = as_graph_set(graphs).adj
    z = torch.cat([torch.arange(11.0)[:, None], torch.full((11, 1), 0.1)], dim=1)
    out = HeldColumns(clip=2.0).fit(z, adj, torch.Generator())(z, adj)
    assert float(out[:, 1].abs().max()) == 0.0
    assert float(out[:, 0].abs().max()) <= 2 / 2**0.5
    far = torch.tensor([0.0] * 10 + [1e6])[:, None]
    held = HeldColumns(clip=2.0).fit(far, adj, torch.Generator())(far, adj)
    assert float(held.max()) == 2.0
    spread = UnitSpread().fit(z, adj, torch.Generator())(z, adj)
    assert float(spread.square().sum(1).mean()) == pytest.approx(1.0, rel=1e-5)
    assert float(UnitSpread().fit(z[:1], adj, torch.Generator())(z[:1], adj).abs().max()) == 0.0
    assert SignedLog()(torch.tensor([[-1.0, 0.0]]), adj).tolist() == [
        [pytest.approx(-0.6931, abs=1e-4), 0]
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "nmi", "acc"), [("MUTAG", 0.38, 0.82), ("PTC_MR", 0.01, 0.55)])
def test_the_default_on_real_molecules_over_ten_seeds(name, nmi, acc) -> None:
    root = os.environ.get("GRAPHCLUST_DATA")
    if not root or not (Path(root) / name).is_dir():
        pytest.skip("GRAPHCLUST_DATA is not set to a folder of real data")
    loaded = gc.load_graphs(f"tu:{name}", root)
    found = [
        gc.GraphClusterer(loaded.n_classes, random_state=s).fit(loaded.graphs).score(loaded.y)
        for s in range(10)
    ]
    assert np.mean([f["nmi"] for f in found]) >= nmi
    assert np.mean([f["acc"] for f in found]) >= acc


@pytest.mark.slow
def test_the_default_is_ahead_of_fingerprints_on_the_molecules_that_rdkit_ships() -> None:
    pytest.importorskip("rdkit")
    loaded = gc.load_graphs("rdkit-targets")
    found, prints = (
        gc.GraphClusterer(loaded.n_classes, name, random_state=0).fit(loaded.graphs).score(loaded.y)
        for name in ("default", "morgan")
    )
    assert found["nmi"] > prints["nmi"] and found["nmi"] == pytest.approx(0.784, abs=0.02)
    assert found["ari"] > prints["ari"] and found["ari"] == pytest.approx(0.905, abs=0.02)
