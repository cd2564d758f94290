"""A linear layer and a softmax: the head of the simultaneous methods."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch
from torch import Tensor
from torch.autograd import Function
from torch.nn.functional import normalize

from graphclust.encoders.base import Linear
from graphclust.graphs import Graph
from graphclust.heads.base import Head
from graphclust.heads.initialisation import Init, initial_labels
from graphclust.neighbors.blocks import Rows, blocks_of, class_means, mean_row
from graphclust.randomness import dropout

# Columns from which on torch fills its vectors with one row.
_WIDE = 16


class Softmax(Head, name="softmax"):
    r"""Memberships :math:`s_i = \mathrm{softmax}((W z_i + b) / \tau)`.

    Parameters
    ----------
    init : None, "kmeans", "spectral", "leiden" or array of int, shape (n,)
        A partition whose class means become the rows of W; ``None`` starts at random.
    temperature : float
        The :math:`\tau` above.
    dropout : float
        Dropout on the logits while training, as DMoN's encoder has it.
    offset : bool
        Whether the clusters have the offsets b; ``init`` is then met more closely.
    """

    trained: ClassVar[bool] = True
    streams: ClassVar[bool] = True

    def __init__(
        self,
        init: Init | None = None,
        temperature: float = 1.0,
        dropout: float = 0.0,
        offset: bool = True,
    ) -> None:
        super().__init__()
        self.init, self.temperature = init, temperature
        self.dropout, self.offset = dropout, offset

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Make the linear layer."""
        self.n_clusters = n_clusters
        self.linear = Linear(in_channels, n_clusters, generator, bias=self.offset)
        self._generator = generator
        return self

    def start(self, z: Rows, graph: Graph, generator: torch.Generator) -> None:
        """Point each row of W at the mean of one class of the initial partition."""
        if self.init is not None:
            self._place(self.init, z, graph, generator)

    def fit(self, z: Rows, graph: Graph, generator: torch.Generator) -> Self:
        """Place the layer where nothing trains it: on ``init``, or on k-means without one."""
        self._place("kmeans" if self.init is None else self.init, z, graph, generator)
        return self

    def _place(self, init: Init, z: Rows, graph: Graph, generator: torch.Generator) -> None:
        labels = initial_labels(init, z, graph, self.n_clusters, generator)
        means = class_means(z, labels, self.n_clusters)
        with torch.no_grad():
            middle = mean_row(z).to(means.dtype)
            length = sum(float(rows.norm(dim=1).sum()) for _, rows in blocks_of(z))
            scale = max(1e-6, length / z.shape[0])
            # Unit directions scaled so that typical logits differ by a few units.
            self.linear.weight.copy_(normalize(means - middle, dim=1).T * (5.0 / scale))
            if self.linear.bias is not None:
                self.linear.bias.copy_(-(middle @ self.linear.weight))

    def forward(self, z: Tensor) -> Tensor:
        """Return the memberships, shape (n, k)."""
        logits = dropout(self._logits(z), self.dropout, self.training, self._generator)
        return row_softmax(logits if self.temperature == 1.0 else logits / self.temperature)

    def _logits(self, z: Tensor) -> Tensor:
        if z.is_cuda or self.n_clusters >= _WIDE:
            out: Tensor = self.linear(z)
            return out
        weight, bias = self.linear.weight, self.linear.bias
        return _NarrowLinear.apply(z, weight, bias)  # type: ignore[no-untyped-call, no-any-return]


def row_softmax(logits: Tensor) -> Tensor:
    """Return the softmax of each row of (n, k); over few columns several times faster than torch's.

    torch takes one row after the other, so that k numbers fill a small part of a vector. Turned
    over, it takes as many rows at once as a vector holds.

    Examples
    --------
    >>> import torch
    >>> row_softmax(torch.tensor([[0.0, 0.0], [0.0, 200.0]])).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    if logits.is_cuda or logits.shape[1] >= _WIDE:
        return torch.softmax(logits, dim=1)
    return torch.softmax(logits.T.contiguous(), dim=0).T.contiguous()


class _NarrowLinear(Function):
    """x W + b for a W of few columns, cluster by cluster.

    A product with few columns leaves most of the library's tile empty; with few rows it does not.
    The result's memory is that of (k, n), which the softmax turns over anyway.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        if bias is None:
            return (weight.T @ x.T).T
        return torch.addmm(bias[:, None], weight.T, x.T).T

    @staticmethod
    def backward(  # type: ignore[override]
        ctx: Any, grad: Tensor
    ) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        for_x, for_weight, for_bias = ctx.needs_input_grad
        return (
            grad @ weight.T if for_x else None,
            (grad.T @ x).T if for_weight else None,
            grad.sum(0) if for_bias else None,
        )
