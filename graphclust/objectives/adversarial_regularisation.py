"""An adversary that draws the embedding to a normal distribution (ARGA)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from graphclust.adam import Adam
from graphclust.encoders.base import Linear
from graphclust.objectives.base import Dims, InBatches, Objective, Split
from graphclust.objectives.step import Step
from graphclust.randomness import randn


class AdversarialRegularisation(Objective, name="adversarial_regularisation"):
    r"""Make the embedding look to a discriminator like draws from the standard normal.

    .. math::
        \mathcal L = -\frac1n \sum_i \ln D(z_i)

    Before each step, the discriminator D, a perceptron, descends
    :math:`-\frac1n \sum_i \ln D(a_i) - \frac1n \sum_i \ln(1 - D(z_i))` with fresh draws
    :math:`a_i \sim \mathcal N(0, I)` and an optimiser of its own.

    Parameters
    ----------
    channels : sequence of int
        Widths of D's hidden layers, which are rectified.
    lr : float
        Of D's own Adam.
    steps : int
        Updates of D before each update of the encoder; the paper's K.

    Notes
    -----
    Cost O(steps n d h). The loss is ln 2 where D cannot tell. D starts anew with each training.

    References
    ----------
    Pan et al., *Adversarially regularized graph autoencoder for graph embedding*, 2018,
    arXiv:1802.04407.
    """

    split: ClassVar[Split] = "node"
    in_batches: ClassVar[InBatches] = "mean"

    def __init__(
        self, channels: Sequence[int] = (16, 64), lr: float = 1e-3, steps: int = 1
    ) -> None:
        super().__init__()
        self.channels, self.lr, self.steps = channels, lr, steps

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the discriminator and its optimiser."""
        layers: list[nn.Module] = []
        for wide, narrow in pairwise([dims.out_channels, *self.channels]):
            layers += [Linear(wide, narrow, generator), nn.ReLU()]
        last = [dims.out_channels, *self.channels][-1]
        self.discriminator = nn.Sequential(*layers, Linear(last, 1, generator))
        self._optimizer = Adam(self.discriminator.parameters(), lr=self.lr)
        return self

    def main_parameters(self) -> Iterator[nn.Parameter]:
        """Yield nothing: the discriminator works against the one optimiser."""
        return iter(())

    def optimizers(self) -> list[Adam]:
        """Return the discriminator's own optimiser."""
        return [self._optimizer]

    def before_step(self, step: Step) -> None:
        """Let the discriminator catch up with the embedding."""
        z = step.z.detach()
        for _ in range(self.steps):
            drawn = randn(*z.shape, generator=step.generator).to(z.device)
            # What the encoder's loss left in the gradients goes with this.
            self._optimizer.zero_grad()
            loss = discriminator_loss(self.discriminator(drawn), self.discriminator(z))
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimizer.step()

    def forward(self, step: Step) -> Tensor:
        """Return how surely the discriminator tells the step's embedding from draws."""
        return softplus(-self.discriminator(step.z)).mean()


def discriminator_loss(drawn: Tensor, embedded: Tensor) -> Tensor:
    """Return the cross-entropy of scores of prior draws (to 1) and of embeddings (to 0)."""
    return softplus(-drawn).mean() + softplus(embedded).mean()
