"""Morgan fingerprints and k-means: the baseline of chemists."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from graphclust.errors import InputError
from graphclust.graphs import Graph
from graphclust.graphs.graph_set import GraphSet
from graphclust.heads import KMeans
from graphclust.methods.of_graphs import GraphMethod
from graphclust.training import Run
from graphclust.training.network import Model


class Morgan(GraphMethod, name="morgan"):
    """Cluster molecules by k-means of their Morgan fingerprints.

    Parameters
    ----------
    restarts : int
        Starts of k-means.

    Notes
    -----
    It reads the SMILES that the graphs were made from, and needs RDKit. Cost and memory are those
    of a dense table of graphs times bits.

    References
    ----------
    Rogers and Hahn, *Extended-connectivity fingerprints*, 2010 (J. Chem. Inf. Model.).
    """

    family, title, year = "classical", "Morgan fingerprints", 2010
    paper = "Extended-connectivity fingerprints"
    cost = "O(restarts iterations g k bits)"

    def __init__(self, restarts: int = 10) -> None:
        self.restarts = restarts

    def fit(self, graph: Graph, n_clusters: int | None, run: Run) -> FingerprintKMeans:
        """Fit to a set of molecules and return the model that assigns molecules."""
        assert n_clusters is not None
        bits = fingerprints(graph)
        model = FingerprintKMeans(KMeans(self.restarts))
        model.restore({"bits": int(bits.shape[1]), "n_clusters": n_clusters})
        model.head.fit(bits, graph, run.generator)
        return model


class FingerprintKMeans(Model, name="fingerprint_kmeans"):
    """k-means on fingerprints.

    Parameters
    ----------
    head : KMeans
    """

    def __init__(self, head: KMeans) -> None:
        super().__init__()
        self.head = head

    def facts(self) -> dict[str, Any]:
        """Return the number of bits and of clusters."""
        return {"bits": self.bits, "n_clusters": self.head.n_clusters}

    def restore(self, facts: dict[str, Any]) -> None:
        """Make room for the centres."""
        self.bits = int(facts["bits"])
        self.head.build(self.bits, facts["n_clusters"], None)

    def infer(self, graph: Graph) -> tuple[Tensor, Tensor, Tensor]:
        """Return labels, memberships and the fingerprints themselves."""
        bits = fingerprints(graph)
        return self.head.predict(bits), self.head(bits), bits


def fingerprints(graph: Graph) -> Tensor:
    """Return the fingerprints of a set of molecules, float32 of shape (g, bits).

    Raises
    ------
    InputError
        If the graphs were not read from SMILES.
    """
    if not isinstance(graph, GraphSet) or graph.smiles is None:
        raise InputError(
            f"morgan reads smiles, and {graph.name} has none: give molecules (--as molecules), or "
            "Data with the attribute smiles"
        )
    from graphclust.adapters.molecules import (  # type: ignore[import-not-found]
        morgan_fingerprints,
    )

    table = morgan_fingerprints(list(graph.smiles))
    return torch.from_numpy(table.toarray()).float().to(graph.adj.device)
