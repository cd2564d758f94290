"""Any encoder as a variational one: a normal distribution a node instead of a vector (VGAE)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from graphclust.encoders.base import Encoder, Linear
from graphclust.encoders.gcn import GCN
from graphclust.graphs import Features
from graphclust.randomness import randn
from graphclust.sparse import CSR, spmm

# Beyond this the variance overflows before anything useful has happened.
_MOST_LOG_VARIANCE = 20.0


@dataclass(frozen=True)
class Posterior:
    """Independent normal distributions of the embedding.

    Attributes
    ----------
    mean, log_variance : Tensor, shape (n, d)
    """

    mean: Tensor
    log_variance: Tensor

    def sample(self, generator: torch.Generator) -> Tensor:
        """Return one draw of every node, shape (n, d), with gradient to both."""
        noise = randn(*self.mean.shape, generator=generator).to(self.mean.device, self.mean.dtype)
        return self.mean + noise * (0.5 * self.log_variance).exp()


class Variational(Encoder, name="variational"):
    r"""Two convolutions of a shared trunk: means and logarithms of variances.

    .. math::
        \mu = \hat A H W_\mu, \qquad \ln \sigma^2 = \hat A H W_\sigma, \qquad
        z_i = \mu_i + \sigma_i \odot \epsilon_i, \quad \epsilon_i \sim \mathcal N(0, I)

    While training, the embedding is a draw; afterwards it is the mean.

    Parameters
    ----------
    channels : int
        Dimensions of the embedding.
    trunk : Encoder, optional
        Gives H; one graph convolution of width 32 with a ReLU by default, as in the paper.

    Notes
    -----
    Cost that of the trunk and O(|E| d + n h d): both convolutions share one product with the
    adjacency. The authors' second convolution gives logarithms of deviations, half of these.

    References
    ----------
    Kipf and Welling, *Variational graph auto-encoders*, 2016, arXiv:1611.07308.
    """

    def __init__(self, channels: int = 16, trunk: Encoder | None = None) -> None:
        super().__init__()
        self.channels, self.trunk = channels, trunk

    @property
    def hops(self) -> int | None:
        """One more than the trunk reads."""
        inner = 1 if self.trunk is None else self.trunk.hops
        return None if inner is None else inner + 1

    def build(self, in_channels: int, generator: torch.Generator | None) -> Self:
        """Build the trunk and the two convolutions."""
        if self.trunk is None:
            self.own_trunk = GCN(32, activation="relu")
        width = self._trunk.build(in_channels, generator).out_channels
        self.mean = Linear(width, self.channels, generator, bias=False)
        self.log_variance = Linear(width, self.channels, generator, bias=False)
        self.out_channels = self.channels
        return self

    def adapt(self, x: Features, adj: CSR, generator: torch.Generator) -> None:
        """Pass on to the trunk."""
        self._trunk.adapt(x, adj, generator)

    def posterior(self, x: Features, adj: CSR, generator: torch.Generator | None) -> Posterior:
        """Return the distribution of every node's embedding."""
        h = self._trunk(x, adj, generator)
        both = torch.cat([self.mean(h), self.log_variance(h)], dim=1)
        mean, log_variance = spmm(adj.normalized("sym", 1.0), both).chunk(2, dim=1)
        return Posterior(mean, log_variance.clamp(max=_MOST_LOG_VARIANCE))

    def draw(self, posterior: Posterior, generator: torch.Generator | None) -> Tensor:
        """Return a draw while training, the mean otherwise, shape (n, channels)."""
        if not self.training or generator is None:
            return posterior.mean
        return posterior.sample(generator)

    def forward(self, x: Features, adj: CSR, generator: torch.Generator | None = None) -> Tensor:
        """Return a draw while training, the mean otherwise, shape (n, channels)."""
        return self.draw(self.posterior(x, adj, generator), generator)

    @property
    def _trunk(self) -> Encoder:
        return self.own_trunk if self.trunk is None else self.trunk
