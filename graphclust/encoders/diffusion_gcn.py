"""One convolution through personalised PageRank instead of the adjacency."""

from __future__ import annotations

from typing import Self

import torch
from torch import Tensor, nn

from graphclust.encoders.base import Linear, make_activation
from graphclust.encoders.decoupled import Decoupled
from graphclust.encoders.transforms import Diffuse
from graphclust.graphs import Features
from graphclust.sparse import CSR, linear, matmul


class DiffusionGCN(Decoupled, name="diffusion_gcn"):
    r"""Convolve with a truncated personalised PageRank, which reaches several steps in one layer.

    .. math::
        Z = \sigma(\Pi_T X W + b), \qquad
        \Pi_{t+1} = (1 - \rho) \hat A\, \Pi_t + \rho I, \quad \Pi_0 = I

    with :math:`\hat A = \hat D^{-1/2} (A + \lambda I) \hat D^{-1/2}`.

    Parameters
    ----------
    channels : int
        Width of the output.
    steps : int
        T.
    restart : float
        :math:`\rho`, the share that stays with the node's own features at each step.
    activation : str
        See :func:`~graphclust.encoders.base.make_activation`.
    self_loops : float
        :math:`\lambda`.

    Notes
    -----
    Cost O(T |E| min(f, d) + nnz(X) d) a pass: the diffusion runs on the narrower side of the
    weights. On the features' side it carries no gradient and can be done once, see
    :class:`~graphclust.training.batches.Rows`.

    References
    ----------
    Klicpera, Weißenberger and Günnemann, *Diffusion improves graph learning*, 2019,
    arXiv:1911.05485; the truncated iteration as in Klicpera, Bojchevski and Günnemann, *Predict
    then propagate*, 2019, arXiv:1810.05997.
    """

    def __init__(
        self,
        channels: int = 256,
        steps: int = 3,
        restart: float = 0.2,
        activation: str = "prelu",
        self_loops: float = 1.0,
    ) -> None:
        super().__init__()
        self.channels, self.steps, self.restart = channels, steps, restart
        self.activation, self.self_loops = activation, self_loops

    @property
    def hops(self) -> int:
        """As many as there are steps."""
        return self.steps

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Make the weights for ``in_channels`` features."""
        self.linear = Linear(in_channels, self.channels, generator, bias=False)
        self.bias = nn.Parameter(torch.zeros(self.channels))
        self.nonlinear = make_activation(self.activation, self.channels)
        self.out_channels = self.channels
        return self

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return the embedding, shape (n, channels)."""
        if isinstance(x, Tensor) and x.shape[1] <= self.channels:
            return self.rows(self.propagate(x, adj))
        h = self.propagate(matmul(x, self.linear.weight), adj)
        out: Tensor = self.nonlinear(h + self.bias)
        return out

    def rows(self, h: Tensor) -> Tensor:
        """Return the embedding of diffused rows, shape (m, channels)."""
        out: Tensor = self.nonlinear(linear(h, self.linear.weight) + self.bias)
        return out

    def propagate(self, x: Tensor, adj: CSR) -> Tensor:
        r"""Return :math:`\Pi_T` times dense rows. Cost O(T |E| d)."""
        out = Diffuse(self.steps, self.restart, self.self_loops)(x, adj)
        assert isinstance(out, Tensor)
        return out
