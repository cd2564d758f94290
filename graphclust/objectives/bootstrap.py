"""BGRL: predict the other view as a slowly moving copy of the encoder sees it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cosine_similarity

from graphclust.encoders.base import Linear, PReLU
from graphclust.objectives.augmentation import Augmentation, two_views
from graphclust.objectives.base import Dims, InBatches, Objective, Split
from graphclust.objectives.step import Step


class Bootstrap(Objective, name="bootstrap"):
    r"""Predict each node's target embedding in the other view; no negatives.

    .. math::
        \mathcal L = 2 - \tfrac1n \sum_i \cos(q(u_i), \bar v_i)
                       - \tfrac1n \sum_i \cos(q(v_i), \bar u_i)

    where the bar is an encoder whose weights follow the trained one's,
    :math:`\phi \leftarrow m \phi + (1 - m) \theta`, and q is a two-layer perceptron.

    Parameters
    ----------
    momentum : float
        m at the start; it rises to 1 along a cosine.
    first, second : Augmentation, optional
        The views; edges .2 and .4, features .3 and .4 by default.
    predictor : int
        Hidden width of q.

    Notes
    -----
    Cost O(n d p) beside four passes of the encoder. The target starts as a copy of the encoder;
    the authors' code starts it from other random weights. In a batch both means are over the
    batch's nodes, in views of their surroundings.

    References
    ----------
    Thakoor et al., *Large-scale representation learning on graphs via bootstrapping*, 2022,
    arXiv:2102.06514.
    """

    split: ClassVar[Split] = "node"
    in_batches: ClassVar[InBatches] = "mean"

    def __init__(
        self,
        momentum: float = 0.99,
        first: Augmentation | None = None,
        second: Augmentation | None = None,
        predictor: int = 512,
    ) -> None:
        super().__init__()
        self.momentum, self.predictor = momentum, predictor
        self.first, self.second = first, second
        # One vector of all target weights: a buffer, so that checkpoints and devices know it.
        self.target: Tensor | None
        self.register_buffer("target", None)

    def build(self, dims: Dims, generator: torch.Generator | None) -> Self:
        """Make the predictor; the target is copied when the first step comes."""
        self._views = two_views(self.first, self.second, (0.2, 0.4), (0.3, 0.4))
        width = dims.out_channels
        self.predict = nn.Sequential(
            Linear(width, self.predictor, generator),
            PReLU(self.predictor),
            Linear(self.predictor, width, generator),
        )
        self.target = None
        return self

    def before_step(self, step: Step) -> None:
        """Copy the encoder if there is no target yet."""
        if self.target is None:
            self.target = nn.utils.parameters_to_vector(step.encoder.parameters()).detach().clone()

    def forward(self, step: Step) -> Tensor:
        """Return the loss of both directions."""
        self.before_step(step)
        online = [step.view_embedding(view, i) for i, view in enumerate(self._views)]
        seen = [self._target_embedding(step, view, i) for i, view in enumerate(self._views)]
        return bootstrap_loss(self.predict(online[0]), seen[1]) + bootstrap_loss(
            self.predict(online[1]), seen[0]
        )

    @torch.no_grad()
    def after_step(self, step: Step) -> None:
        """Move the target towards the encoder."""
        assert self.target is not None
        progress = step.epoch / max(1, step.n_epochs)
        rate = (1.0 - self.momentum) * 0.5 * (1.0 + math.cos(math.pi * progress))
        online = nn.utils.parameters_to_vector(step.encoder.parameters())
        self.target.lerp_(online, rate)

    @torch.no_grad()
    def _target_embedding(self, step: Step, view: Augmentation, index: int) -> Tensor:
        assert self.target is not None
        # Buffers are copied: running statistics are the trained encoder's own.
        state = {name: b.clone() for name, b in step.encoder.named_buffers()}
        state.update(_unflatten(self.target, step.encoder))
        x, adj = step.view(view, index)
        out: Tensor = functional_call(step.encoder, state, (x, adj, step.generator))
        return step.placed(out)


def bootstrap_loss(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Return :math:`1 - \frac1n \sum_i \cos(p_i, t_i)`; the target has no gradient.

    Parameters
    ----------
    prediction, target : Tensor, shape (n, d)

    Returns
    -------
    Tensor
        A scalar between 0 and 2.

    Examples
    --------
    >>> import torch
    >>> z = torch.eye(3)
    >>> float(bootstrap_loss(2.0 * z, z))
    0.0
    """
    return 1.0 - cosine_similarity(prediction, target.detach(), dim=1).mean()


def _unflatten(vector: Tensor, module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    start = 0
    for name, parameter in module.named_parameters():
        stop = start + parameter.numel()
        yield name, vector[start:stop].view_as(parameter)
        start = stop
