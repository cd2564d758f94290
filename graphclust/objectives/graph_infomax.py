"""InfoGraph: a graph's vector tells its own nodes from those of other graphs."""

from __future__ import annotations

import math
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from graphclust.encoders.base import Linear
from graphclust.errors import InputError
from graphclust.graphs.blocks import Blocks
from graphclust.objectives.base import Dims, Level, Objective, Split
from graphclust.objectives.step import Step
from graphclust.readouts import Pooled


class GraphInfomax(Objective, name="graph_infomax"):
    r"""Maximise the information between graphs and their own nodes.

    .. math::
        \mathcal L = \frac{1}{|N|} \sum_{i \notin g} \operatorname{sp}(f(h_i)^\top g(z_g))
          + \frac{1}{n} \sum_{i \in g} \operatorname{sp}(-f(h_i)^\top g(z_g)) - 2 \ln 2

    over the n pairs of a node and its own graph and the |N| pairs of a node and another graph of
    the batch; sp is the softplus, f and g are perceptrons of three layers with a linear skip.

    Parameters
    ----------
    dim : int, optional
        Width of f and g; the embedding's by default.

    Notes
    -----
    Cost O(n b d) for b graphs in a batch, memory O(n b): that is nodes times graphs of a batch,
    as in the paper. It needs an encoder with a readout, which a
    :class:`~graphclust.estimators.GraphClusterer` makes of any encoder; node embeddings and
    graph vectors may be of different widths.

    References
    ----------
    Sun et al., *InfoGraph: unsupervised and semi-supervised graph-level representation learning
    via mutual information maximization*, 2020, arXiv:1908.01000.
    """

    split: ClassVar[Split] = "global"
    level: ClassVar[Level] = "graphs"

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make both perceptrons."""
        width = self.dim or dims.out_channels
        self.of_nodes = _Skip(dims.node_channels, width, generator)
        self.of_graphs = _Skip(dims.out_channels, width, generator)
        return self

    def forward(self, step: Step) -> Tensor:
        """Return the loss of the step's graphs."""
        encoder, adj = step.encoder, step.adj
        if not isinstance(encoder, Pooled) or not isinstance(adj, Blocks):
            raise InputError(
                f"encoder={encoder!r} has no readout, and graph_infomax compares graphs with "
                "their nodes: use GraphClusterer on a list of graphs"
            )
        h = step.encode_nodes()
        z = encoder.readout(h, adj)
        return graph_infomax_loss(self.of_nodes(h), self.of_graphs(z), adj.graph_of)


class _Skip(nn.Module):
    def __init__(self, width: int, out: int, generator: torch.Generator | None) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Linear(w, out, generator) for w in (width, out, out))
        self.skip = Linear(width, out, generator)

    def forward(self, x: Tensor) -> Tensor:
        h = x
        for layer in self.layers:
            h = layer(h).relu()
        out: Tensor = h + self.skip(x)
        return out


def graph_infomax_loss(nodes: Tensor, graphs: Tensor, graph_of: Tensor) -> Tensor:
    """Return the Jensen-Shannon loss between nodes (n, d) and graphs (g, d).

    Examples
    --------
    >>> import torch
    >>> h, z = torch.zeros(3, 2), torch.zeros(2, 2)
    >>> round(float(graph_infomax_loss(h, z, torch.tensor([0, 0, 1]))), 6)
    0.0
    """
    n, g = nodes.shape[0], graphs.shape[0]
    scores = nodes @ graphs.T
    own = scores.gather(1, graph_of[:, None])[:, 0]
    positive = softplus(-own).mean()
    if g == 1:
        return positive - math.log(2.0)
    negative = (softplus(scores).sum() - softplus(own).sum()) / (n * (g - 1))
    return positive + negative - 2.0 * math.log(2.0)
