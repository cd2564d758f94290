"""Parts that the user puts in: trained, saved, loaded, or refused with a reason."""

from __future__ import annotations

import re

import networkx as nx
import numpy as np
import pytest
import torch
from sklearn.cluster import AgglomerativeClustering
from torch_geometric.nn import GraphSAGE

import graphclust as gc
import graphclust.methods
from graphclust.component import registry
from graphclust.graphs.coerce import as_graph
from graphclust.methods.base import DeepMethod

QUICK = {"epochs": 2, "pretrain_epochs": 2}
DEEP = sorted(n for n, m in registry("method").items() if issubclass(m, DeepMethod))


def caveman() -> nx.Graph:
    graph = nx.connected_caveman_graph(3, 8)
    noise = np.random.default_rng(0).normal(size=(24, 12))
    for node in graph:
        graph.nodes[node]["x"] = (np.eye(12)[node // 8] + 0.1 * noise[node]).tolist()
    return graph


def quick(name: str) -> gc.methods.Method:
    kind = registry("method")[name]
    return kind(**{k: v for k, v in QUICK.items() if k in kind.argument_names()})


def sage() -> torch.nn.Module:
    torch.manual_seed(0)
    return GraphSAGE(12, 16, num_layers=2, out_channels=12)


@pytest.mark.filterwarnings("ignore")
# A contrast of pictures changes them one by one: its encoder cannot read the graph.
@pytest.mark.parametrize("name", [n for n in DEEP if n not in ("picture_contrast",)])
def test_every_deep_method_takes_other_encoders_and_comes_back(name: str, tmp_path) -> None:
    for encoder in (gc.encoders.GAT([12], heads=2), sage()):
        model = gc.NodeClusterer(3, quick(name), encoder=encoder, random_state=0).fit(caveman())
        given = sage() if isinstance(encoder, GraphSAGE) else None
        loaded = gc.load(model.save(tmp_path / "run"), encoder=given)
        assert np.array_equal(loaded.predict(caveman()), model.labels_)
        assert np.array_equal(loaded.transform(caveman()), model.embedding_)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [n for n in DEEP if n != "sdcn"])
def test_every_deep_method_takes_other_heads_or_says_which(name: str, tmp_path) -> None:
    trains = quick(name).compose(as_graph(caveman()), 3).head.trained
    for head in (gc.heads.StudentT(), gc.heads.Softmax(), AgglomerativeClustering()):
        model = gc.NodeClusterer(3, quick(name), head=head, random_state=0)
        if trains and isinstance(head, AgglomerativeClustering):
            with pytest.raises(gc.InputError, match=r"heads\.Softmax"):
                model.fit(caveman())
            continue
        if name in ("gmm_vgae", "dink_net"):  # whose objective reads the head's own parameters
            try:
                model.fit(caveman())
            except gc.InputError as error:
                assert re.search(r"heads\.(GaussianMixture|StudentT)", str(error))  # noqa: PT017
                continue
        loaded = gc.load(model.fit(caveman()).save(tmp_path / "run"))
        assert np.array_equal(loaded.predict(caveman()), model.labels_)


def test_an_encoder_that_is_too_narrow_is_named() -> None:
    with pytest.raises(gc.InputError, match="reads 10 columns"):
        gc.NodeClusterer(3, "sdcn", encoder=gc.encoders.GCN(8), random_state=0).fit(caveman())
    with pytest.raises(gc.InputError, match="GraphSAGE cannot read 12 features"):
        gc.NodeClusterer(3, "dgi", encoder=GraphSAGE(5, 8, num_layers=1)).fit(caveman())
    with pytest.raises(gc.InputError, match="activation='swish' is unknown"):
        gc.NodeClusterer(3, "dgi", encoder=gc.encoders.GCN(8, activation="swish")).fit(caveman())
