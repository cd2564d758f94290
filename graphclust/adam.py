"""Adam's steps, without what torch's own optimiser brings into the process.

``torch.optim.Adam`` imports torch's compiler, and with it sympy and triton, when it is made:
more memory than a fit on a small graph takes, and seconds. The arithmetic below is torch's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor
from torch.optim.adam import adam


class Adam:
    r"""Descend along a running mean of the gradient, over the root of that of its square.

    .. math::
        m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad v \leftarrow \beta_2 v + (1 - \beta_2) g^2,
        \quad \theta \leftarrow \theta - \eta \frac{m / (1 - \beta_1^t)}
        {\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    with :math:`\beta_1 = 0.9`, :math:`\beta_2 = 0.999`, :math:`\epsilon = 10^{-8}`.

    Parameters
    ----------
    parameters : iterable of Tensor
    lr : float
        :math:`\eta`; may be set between steps.
    weight_decay : float
    decoupled : bool
        Whether the decay shrinks the weights themselves (AdamW), instead of being an L2 penalty
        in the gradient.

    Attributes
    ----------
    state : dict of int to dict of str to Tensor
        By the parameter's number ``step``, ``exp_avg`` and ``exp_avg_sq``, as torch names them;
        of parameters that have had a gradient.

    Examples
    --------
    >>> import torch
    >>> x = torch.tensor([4.0], requires_grad=True)
    >>> descent = Adam([x], lr=0.5)
    >>> for _ in range(100):
    ...     descent.zero_grad()
    ...     x.square().sum().backward()
    ...     descent.step()
    >>> bool(x.abs() < 0.1)
    True

    References
    ----------
    Kingma and Ba, *Adam: a method for stochastic optimization*, 2015, arXiv:1412.6980;
    Loshchilov and Hutter, *Decoupled weight decay regularization*, 2019, arXiv:1711.05101.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 1e-3,
        weight_decay: float = 0.0,
        decoupled: bool = False,
    ) -> None:
        self.parameters = list(parameters)
        self.lr, self.weight_decay, self.decoupled = lr, weight_decay, decoupled
        self.state: dict[int, dict[str, Tensor]] = {}

    def zero_grad(self) -> None:
        """Let every gradient go."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient."""
        moved = [(i, p, p.grad) for i, p in enumerate(self.parameters) if p.grad is not None]
        states = [self._state(i, parameter) for i, parameter, _ in moved]
        if not moved:
            return
        adam(
            [parameter for _, parameter, _ in moved],
            [grad for _, _, grad in moved],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            [state["step"] for state in states],
            decoupled_weight_decay=self.decoupled,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self.lr,
            weight_decay=self.weight_decay,
            eps=1e-8,
            maximize=False,
            # One pass over the numbers instead of one an operation; on a GPU torch knows better.
            fused=all(parameter.device.type == "cpu" for _, parameter, _ in moved) or None,
        )

    def restore(self, state: Mapping[int, Mapping[str, Tensor]]) -> None:
        """Go on from a ``state`` that was kept."""
        self.state = {
            index: {name: value.clone() for name, value in values.items()}
            for index, values in state.items()
        }

    def _state(self, index: int, parameter: Tensor) -> dict[str, Tensor]:
        if index not in self.state:
            self.state[index] = {
                "step": torch.tensor(0.0),  # on the CPU, where reading it waits for no GPU
                "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
            }
        return self.state[index]
