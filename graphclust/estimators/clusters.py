"""How many clusters: as asked, or chosen without labels."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from graphclust.component import lookup
from graphclust.errors import InputError
from graphclust.estimators.features import features_from_edges
from graphclust.graphs import Graph
from graphclust.methods import Method
from graphclust.selection.k import choose_k
from graphclust.training import Network, Run, fit_head

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
    return check_n_clusters(wanted, graph.n_nodes), None


def check_n_clusters(wanted: Any, n: int) -> int:
    """Return the number if n items can be put into so many clusters."""
    if isinstance(wanted, bool) or not isinstance(wanted, (int, np.integer)):
        raise InputError(f"n_clusters={wanted!r}: give a whole number or 'auto'")
    if wanted < 1:
        raise InputError(f"n_clusters={wanted}: at least 1 cluster is needed, or 'auto'")
    if wanted > n:
        raise InputError(f"n_clusters={wanted} is more than the {n} items there are")
    return int(wanted)


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


def _chosen(method: Method, graph: Graph, run: Run) -> tuple[int, Network | None]:
    if graph.n_nodes < 4:
        return 1, None
    if "n_clusters" in run.choices:
        # An interrupted fit had chosen already: the training for it is not done again.
        run.stage = run.choices["stage"]
        return int(run.choices["n_clusters"]), None
    default = lookup("method", "default")()
    if graph.x is None:
        graph = replace(graph, x=features_from_edges(graph, run.generator))
    network = default.fit(graph, min(_PROVISIONAL, graph.n_nodes), run)
    prepared = network.prepare(graph)
    z = network.embed(prepared)

    def labels_for(k: int) -> NDArray[np.int64]:
        network.build_head(network.head_channels, k, run.generator)
        network.head.to(z.device)
        network.head.fit(z, replace(prepared, ranks=None), run.generator)
        out: NDArray[np.int64] = network.head.predict(z).cpu().numpy()
        return out

    choice = choose_k(z.cpu().numpy(), graph.adj.to_scipy(), labels_for)
    if graph.ranks is not None:
        # Each rank chose by itself, on what may be unlike machines.
        choice = replace(choice, k=int(graph.ranks.bytes_of_first(str(choice.k).encode())))
    if type(method) is not type(default) or method.to_config() != default.to_config():
        run.choices.update(n_clusters=choice.k, stage=run.stage)
        run.history.clear()  # it was of the training for the choice, not of the method's
        return choice.k, None
    network.build_head(network.head_channels, choice.k, run.generator)
    network.head.to(z.device)
    fit_head(network, prepared, run)
    return choice.k, network
