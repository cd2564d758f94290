"""How many clusters: as asked, or chosen without labels."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

from graphclust.component import lookup
from graphclust.errors import InputError
from graphclust.estimators.features import features_from_edges
from graphclust.graphs import Graph
from graphclust.graphs.graph_set import GraphSet
from graphclust.methods import Method
from graphclust.methods.base import fit_recipe
from graphclust.selection.k import choose_k
from graphclust.sparse import CSR
from graphclust.training import Network, Run, fit_head
from graphclust.training.network import Model

# The embedding that k is chosen in is trained with a head of so many clusters; a multistage
# method's embedding does not depend on it.
_PROVISIONAL = 2


def resolve_n_clusters(
    wanted: int | str, method: Method, graph: Graph, run: Run
) -> tuple[int | None, Network | None]:
    """Return the number of clusters, and the fitted model where choosing it needed one.

    ``None`` clusters stands for a method that finds their number itself. ``"auto"`` is chosen in
    the default method's embedding whatever the method is, so that all methods are asked for the
    same number; where the method is the default, its training is not done twice.

    Raises
    ------
    InputError
        If the number is not a whole one from 1 to n.
    """
    if "k" not in method.needs:
        return None, None
    if isinstance(wanted, str):
        if wanted != "auto":
            raise InputError(f"n_clusters={wanted!r}: give a whole number or 'auto'")
        return _chosen(method, graph, run)
    return check_n_clusters(wanted, graph.n_items), None


def check_n_clusters(wanted: Any, n: int) -> int:
    """Return the number if n items can be put into so many clusters."""
    if isinstance(wanted, bool) or not isinstance(wanted, (int, np.integer)):
        raise InputError(f"n_clusters={wanted!r}: give a whole number or 'auto'")
    if wanted < 1:
        raise InputError(f"n_clusters={wanted}: at least 1 cluster is needed, or 'auto'")
    if wanted > n:
        raise InputError(f"n_clusters={wanted} is more than the {n} items there are")
    return int(wanted)


def blank_items(graph: Graph) -> Tensor | None:
    """Return which items of a neighbour graph have neither a feature nor a neighbour, shape (n,).

    Such is a text without words: nothing assigns it. None for graphs that somebody observed.
    """
    if not graph.of_rows or graph.x is None:
        return None
    x = graph.x
    empty = x.counts == 0 if isinstance(x, CSR) else ~x.any(dim=1)
    return empty & (graph.adj.counts == 0)


def inferred(model: Model, graph: Graph) -> tuple[Tensor, Any, Any]:
    """Return labels, memberships and embedding; a blank item is in all clusters alike."""
    labels, membership, embedding = model.infer(graph)
    blank = blank_items(graph)
    if blank is not None and isinstance(membership, Tensor) and bool(blank.any()):
        membership = membership.masked_fill(blank[:, None], 1.0 / membership.shape[1])
    return labels, membership, embedding


def warn_of_blank(graph: Graph) -> None:
    """Warn where items have nothing that they could be compared by."""
    blank = blank_items(graph)
    if blank is not None and bool(blank.any()):
        warnings.warn(
            f"{int(blank.sum())} of {graph.n_nodes} items have nothing to be compared by"
            f"{', no word of those that are counted' if graph.of_texts else ''}: what cluster they "
            "are in means nothing, and their confidence is 1 / k",
            UserWarning,
            stacklevel=3,
        )


def warn_of_collapse(labels: NDArray[np.int64], n_effective: float, k: int | None) -> None:
    """Warn where clusters stayed empty or one holds nearly everything; ``None`` asked for no k."""
    found = len(np.unique(labels[labels >= 0]))
    if k is not None and found < k:
        warnings.warn(
            f"only {found} of {k} clusters have members: the solution has collapsed. Try "
            "another seed, a collapse regulariser, or a smaller n_clusters",
            ConvergenceWarning,
            stacklevel=3,
        )
    elif k is not None and n_effective < 1 + 0.25 * (k - 1):
        warnings.warn(
            f"the clusters are very unequal: {n_effective:.1f} effective "
            f"clusters out of {k}. If that is not what the data are, try another method",
            ConvergenceWarning,
            stacklevel=3,
        )


def _ties(graph: Graph) -> Any:
    """Return what ties the items to one another: edges, or nothing where they are graphs."""
    if isinstance(graph, GraphSet):
        return sp.csr_array((graph.n_items, graph.n_items))
    return graph.adj.to_scipy()


def _chosen(method: Method, graph: Graph, run: Run) -> tuple[int, Network | None]:
    if graph.n_items < 4:
        return 1, None
    if "n_clusters" in run.choices:
        # An interrupted fit had chosen already: the training for it is not done again.
        run.stage = run.choices["stage"]
        return int(run.choices["n_clusters"]), None
    # Of methods of nodes or of graphs, as the method is.
    default = lookup(method.kind, "default")()
    if graph.x is None:
        graph = replace(graph, x=features_from_edges(graph, run.generator))
    provisional = min(_PROVISIONAL, graph.n_items)
    network = fit_recipe(default.compose(graph, provisional), graph, provisional, run)
    prepared = network.prepare(graph)
    z = network.embed(prepared)

    def labels_for(k: int) -> NDArray[np.int64]:
        network.build_head(network.head_channels, k, run.generator)
        network.head.to(z.device)
        network.head.fit(z, replace(prepared, ranks=None), run.generator)
        out: NDArray[np.int64] = network.head.predict(z).cpu().numpy()
        return out

    choice = choose_k(z.cpu().numpy(), _ties(graph), labels_for)
    if graph.ranks is not None:
        # Each rank chose by itself, on what may be unlike machines.
        choice = replace(choice, k=int(graph.ranks.bytes_of_first(str(choice.k).encode())))
    # Of a neighbour graph the default clusters in another way, once the number is known.
    other = type(method) is not type(default) or graph.of_rows
    if other or method.to_config() != default.to_config():
        run.choices.update(n_clusters=choice.k, stage=run.stage)
        run.history.clear()  # it was of the training for the choice, not of the method's
        return choice.k, None
    network.build_head(network.head_channels, choice.k, run.generator)
    network.head.to(z.device)
    fit_head(network, prepared, run)
    return choice.k, network
