"""Two memberships of one node: by its features' code and by its neighbourhood (SDCN)."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from torch import Tensor

from graphclust.encoders.base import Linear
from graphclust.graphs import Graph
from graphclust.heads.base import Head
from graphclust.heads.initialisation import Init
from graphclust.heads.student_t import StudentT


class Dual(Head, name="dual"):
    r"""Read the first half of the embedding by Student's t, the second by a softmax.

    .. math:: s_i = \mathrm{softmax}(W z^{(2)}_i), \qquad
        q_{ij} \propto (1 + \lVert z^{(1)}_i - \mu_j \rVert^2)^{-1}

    The memberships are s; q is there for
    :class:`~graphclust.objectives.dual_self_training.DualSelfTraining`.

    Parameters
    ----------
    init : "kmeans", "spectral", "leiden", "random" or array of int, shape (n,)
        The partition whose class means the centres start at.

    References
    ----------
    Bo et al., *Structural deep clustering network*, 2020, arXiv:2002.01633.
    """

    trained: ClassVar[bool] = True

    def __init__(self, init: Init = "kmeans") -> None:
        super().__init__()
        self.init = init

    def build(self, in_channels: int, n_clusters: int, generator: torch.Generator | None) -> Self:
        """Make the centres and the linear layer."""
        self.n_clusters, self.width = n_clusters, in_channels // 2
        self.student = StudentT(init=self.init).build(self.width, n_clusters, generator)
        self.linear = Linear(in_channels - self.width, n_clusters, generator, bias=False)
        return self

    def start(self, z: Tensor, graph: Graph, generator: torch.Generator) -> None:
        """Put the centres on the class means of the initial partition of the codes."""
        self.student.start(z[:, : self.width], graph, generator)

    def by_code(self, z: Tensor) -> Tensor:
        """Return q, shape (n, k)."""
        out: Tensor = self.student(z[:, : self.width])
        return out

    def forward(self, z: Tensor) -> Tensor:
        """Return s, shape (n, k)."""
        return torch.softmax(self.linear(z[:, self.width :]), dim=1)
