"""What the tests of the objectives share."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode


class Largest(TorchDispatchMode):
    """Remember the most elements that any tensor had."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, (tuple, list)) else (out,):
            # A sparse tensor's elements are those it does not hold, too.
            if isinstance(tensor, Tensor) and tensor.layout == torch.strided:
                self.most = max(self.most, tensor.numel())
        return out
