"""Self-training of two memberships at once, by the sharper of which is taught (SDCN)."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor

from graphclust.errors import InputError
from graphclust.objectives.base import Objective, Split
from graphclust.objectives.self_training import divergence, sharpened
from graphclust.objectives.step import Step


class DualSelfTraining(Objective, name="dual_self_training"):
    r"""Draw the code's memberships q and the convolution's s to q sharpened.

    .. math::
        \mathcal L = \frac{\alpha}{n} \mathrm{KL}(p \,\Vert\, q)
          + \frac{\beta}{n} \mathrm{KL}(p \,\Vert\, s)

    with p as in :class:`~graphclust.objectives.self_training.SelfTraining`.

    Parameters
    ----------
    code : float
        :math:`\alpha`.
    convolution : float
        :math:`\beta`.

    Notes
    -----
    Cost O(n k). Targets are made anew each epoch. It needs a :class:`~graphclust.heads.dual.Dual`
    head.

    References
    ----------
    Bo et al., *Structural deep clustering network*, 2020, arXiv:2002.01633.
    """

    split: ClassVar[Split] = "global"
    needs_head: ClassVar[bool] = True

    def __init__(self, code: float = 0.1, convolution: float = 0.01) -> None:
        super().__init__()
        self.code, self.convolution = code, convolution

    def forward(self, step: Step) -> Tensor:
        """Return the weighted sum of the two divergences."""
        by_code = getattr(step.head, "by_code", None)
        if by_code is None:
            raise InputError(
                f"head={step.head!r} gives one membership a node, and DualSelfTraining reads two: "
                "use heads.Dual()"
            )
        q = by_code(step.z)
        p = sharpened(q.detach())
        return self.code * divergence(p, q) + self.convolution * divergence(p, step.s)
