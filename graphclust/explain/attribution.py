"""Which nodes and edges of a graph make it belong to its cluster, according to a model.

Three ways, from the exact to the cheap: :func:`occlusion` takes each away and asks again, and
needs nothing but answers; :func:`integrated_gradients` and :func:`gradient_times_input` need a
model that gradients pass through.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from graphclust.errors import InputError
from graphclust.explain.medoids import cluster_labels

if TYPE_CHECKING:
    from torch_geometric.data import Data

# Takes graphs, returns a score of each for each cluster, shape (g, k).
Scores = Callable[[Sequence["Data"]], NDArray[Any]]
# Takes one graph, returns its scores, shape (k,) or (1, k), differentiable in x and edge_attr.
Model = Callable[["Data"], Tensor]
# Graphs with something taken away are scored so many at a time.
_AT_ONCE = 256


@dataclass(frozen=True)
class Attribution:
    """What each node and each edge adds to a graph's score for a cluster.

    Attributes
    ----------
    nodes : array of float64, shape (n,)
    edges : array of float64, shape (m,)
        Both directions of an edge have the same value; zeros where edges were not asked about.
    score : float
        Of the whole graph.
    """

    nodes: NDArray[np.float64]
    edges: NDArray[np.float64]
    score: float


def cluster_margin(
    transform: Callable[[Sequence[Data]], ArrayLike], embedding: Any, labels: ArrayLike
) -> Scores:
    r"""Return a function that scores graphs by how much nearer one centre is than all others.

    .. math:: s_c(z) = \min_{c' \ne c} \lVert z - \mu_{c'} \rVert^2 - \lVert z - \mu_c \rVert^2

    Memberships of a clustering are often nearly one or zero, and then do not move when a part of a
    graph is taken away; this does.

    Parameters
    ----------
    transform : callable
        From graphs to their embedding, as an estimator's method.
    embedding : array, shape (g, d)
        Of the graphs that were clustered.
    labels : array-like of int, shape (g,)
        Clusters; each of 0 .. k-1 has a column, -1 counts for none.
    """
    z = np.asarray(embedding, dtype=np.float64)
    of = cluster_labels(labels, len(z))
    k = int(of.max(initial=-1)) + 1
    centres = np.stack([z[of == c].mean(0) if (of == c).any() else z[0] * np.nan for c in range(k)])

    def scores(graphs: Sequence[Data]) -> NDArray[np.float64]:
        rows = np.asarray(transform(graphs), dtype=np.float64)
        apart = ((rows[:, None, :] - centres[None]) ** 2).sum(2)
        apart = np.where(np.isnan(apart), np.inf, apart)
        out = np.zeros_like(apart)
        for c in range(k):
            others = np.delete(apart, c, axis=1)
            nearest = others.min(1) if k > 1 else np.zeros(len(rows))
            out[:, c] = nearest - apart[:, c]
        return out

    return scores


def occlusion(scores: Scores, data: Data, cluster: int, edges: bool = True) -> Attribution:
    r"""Return how much the score falls when one node's features, or one edge, are taken away.

    .. math:: a_i = s_c(G) - s_c(G \text{ with } x_i = 0), \quad a_{ij} = s_c(G) - s_c(G - ij)

    Parameters
    ----------
    scores : callable
        From a list of Data to scores, shape (g, k): ``predict_membership`` of an estimator, or
        :func:`cluster_margin`.
    data : Data
        With ``x``.
    cluster : int
    edges : bool
        Whether edges are asked about too.

    Notes
    -----
    Exact: no gradient, and no assumption about the model. Cost n + m / 2 scored graphs.

    Examples
    --------
    >>> from torch_geometric.data import Data
    >>> data = Data(x=torch.tensor([[1.0], [3.0]]), edge_index=torch.tensor([[0, 1], [1, 0]]))
    >>> sums = lambda graphs: np.array([[float(g.x.sum()) + g.num_edges] for g in graphs])
    >>> found = occlusion(sums, data, 0)
    >>> found.nodes.tolist(), found.edges.tolist(), found.score
    ([1.0, 3.0], [2.0, 2.0], 6.0)
    """
    if data.x is None:
        raise InputError("the graph has no node features x: there is nothing to take away")
    variants = [data]
    for node in range(int(data.num_nodes)):
        other = data.clone()
        other.x = data.x.clone()
        other.x[node] = 0
        variants.append(other)
    pairs, place = _undirected(data.edge_index)
    for pair in range(len(pairs) if edges else 0):
        variants.append(_without(data, place != pair))
    values = np.concatenate(
        [
            np.asarray(scores(variants[at : at + _AT_ONCE]), dtype=np.float64)[:, cluster]
            for at in range(0, len(variants), _AT_ONCE)
        ]
    )
    falls = values[0] - values[1:]
    n = int(data.num_nodes)
    of_pairs = falls[n:] if edges else np.zeros(len(pairs))
    return Attribution(falls[:n], of_pairs[place.numpy()], float(values[0]))


def as_facts(name: str, data: Data, found: Attribution) -> dict[str, Any]:
    """Return an attribution as JSON holds it, each edge once."""
    edges = {
        (min(pair), max(pair)): round(float(value), 6)
        for pair, value in zip(data.edge_index.T.tolist(), found.edges.tolist(), strict=True)
    }
    return {
        "id": name,
        "score": round(found.score, 6),
        "nodes": [round(float(v), 6) for v in found.nodes],
        "edges": [[*pair, value] for pair, value in edges.items()],
    }


def gradient_times_input(model: Model, data: Data, cluster: int) -> Attribution:
    """Return the gradient of the score times the input; see :func:`integrated_gradients`.

    One step of it: exact where the score is linear in the features. Cost one pass and its gradient.
    """
    return integrated_gradients(model, data, cluster, steps=1)


def integrated_gradients(model: Model, data: Data, cluster: int, steps: int = 32) -> Attribution:
    r"""Return the gradient of the score along the way from no features to the features.

    .. math:: a_i = \sum_f x_{if} \int_0^1 \frac{\partial s_c(t x)}{\partial x_{if}} \, dt

    and likewise for the features of edges, along the same way. All of them together add up to
    the score minus that of the graph without any features.

    Parameters
    ----------
    model : callable
        From a Data to its scores, shape (k,) or (1, k), differentiable in ``x`` and ``edge_attr``.
    data : Data
        With ``x``; edges are told about where it has ``edge_attr``.
    cluster : int
    steps : int
        Points of the integral, by the midpoint rule.

    Notes
    -----
    Cost ``steps`` passes and their gradients. With one step the gradient is taken at the input
    itself, which is gradient times input. The value of an edge is the mean of its directions.

    Examples
    --------
    >>> from torch_geometric.data import Data
    >>> data = Data(x=torch.tensor([[1.0], [3.0]]), edge_index=torch.zeros(2, 0, dtype=torch.long))
    >>> found = integrated_gradients(lambda d: (d.x**2).sum(0), data, 0)
    >>> found.nodes.round(6).tolist(), found.score
    ([1.0, 9.0], 10.0)

    References
    ----------
    Sundararajan, Taly and Yan, Axiomatic Attribution for Deep Networks, 2017, arXiv:1703.01365
    """
    if steps < 1:
        raise InputError(f"steps={steps}: give 1 or more")
    if data.x is None:
        raise InputError("the graph has no node features x: there is no gradient to take")
    inputs = [data.x.detach()]
    if getattr(data, "edge_attr", None) is not None:
        inputs.append(data.edge_attr.detach())
    sums = [torch.zeros_like(v) for v in inputs]
    for step in range(steps):
        part = 1.0 if steps == 1 else (step + 0.5) / steps
        scaled = [(v * part).requires_grad_() for v in inputs]
        score = model(_with(data, scaled)).reshape(-1)[cluster]
        found = torch.autograd.grad(score, scaled, allow_unused=True)
        for total, gradient in zip(sums, found, strict=True):
            if gradient is not None:
                total += gradient / steps
    with torch.no_grad():
        whole = float(model(_with(data, inputs)).reshape(-1)[cluster])
    values = [(total * v).sum(1) for total, v in zip(sums, inputs, strict=True)]
    pairs, place = _undirected(data.edge_index)
    of_edges = torch.zeros(place.numel())
    if len(values) > 1:
        joined = torch.zeros(len(pairs)).index_add_(0, place, values[1])
        count = torch.zeros(len(pairs)).index_add_(0, place, torch.ones(place.numel()))
        of_edges = (joined / count)[place]
    return Attribution(values[0].double().numpy(), of_edges.double().numpy(), whole)


def _with(data: Data, inputs: Sequence[Tensor]) -> Data:
    out = data.clone()
    out.x = inputs[0]
    if len(inputs) > 1:
        out.edge_attr = inputs[1]
    return out


def _undirected(edge_index: Tensor) -> tuple[Tensor, Tensor]:
    """Return each pair of nodes that is joined, and the place of each edge among them."""
    ends = torch.sort(edge_index, dim=0).values
    pairs, place = torch.unique(ends, dim=1, return_inverse=True)
    return pairs.T, place


def _without(data: Data, keep: Tensor) -> Data:
    out = data.clone()
    out.edge_index = data.edge_index[:, keep]
    if getattr(data, "edge_attr", None) is not None:
        out.edge_attr = data.edge_attr[keep]
    return out
