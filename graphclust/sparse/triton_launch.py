"""Launching kernels of Triton with less ado than Triton's own, for graphs where that counts."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

# Warps of every program.
WARPS = 4
# Compiled kernels, by the kernel and by what Triton would compile anew for.
_COMPILED: dict[tuple[Any, ...], Any] = {}


def launch(
    kernel: Any, grid: tuple[int, int], args: Sequence[Any], constants: tuple[Any, ...]
) -> None:
    """Run a kernel on the device of its tensors, compiled on first use.

    Triton looks at every argument's type, at which pointers and numbers are divisible by 16 and
    which numbers are 1, and builds a key of text from that, at each launch: 20 microseconds and
    more for kernels of 25 arguments, which is longer than a small graph's product. Here the key is
    a tuple of the same facts.

    Parameters
    ----------
    kernel : triton.JITFunction
    grid : tuple of int
    args : sequence
        All arguments but the constants, in the kernel's order.
    constants : tuple
        The kernel's constants, which are its last arguments.
    """
    if not any(isinstance(arg, Tensor) and arg.is_cuda for arg in args):
        # The interpreter, or a compiler without a GPU.
        kernel[grid](*args, *constants, num_warps=WARPS)
        return
    key = compiled_for(kernel, args, constants)
    compiled = _COMPILED.get(key)
    if compiled is None:
        _COMPILED[key] = kernel[grid](*args, *constants, num_warps=WARPS)
    else:
        compiled[(*grid, 1)](*args, *constants)


def compiled_for(kernel: Any, args: Sequence[Any], constants: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what a kernel is compiled anew for: launches that differ in it share no code."""
    device = torch.cuda.current_device() if torch.cuda.is_available() else -1
    return kernel, device, constants, *map(_kind, args)


def on_device_of(x: Tensor) -> AbstractContextManager[object]:
    """Return the context in which kernels run where ``x`` is; nothing to enter where they do."""
    if not x.is_cuda or x.get_device() == torch.cuda.current_device():
        return nullcontext()
    return torch.cuda.device(x.get_device())


def _kind(arg: Any) -> Any:
    """Return what a kernel is compiled for of an argument."""
    if isinstance(arg, Tensor):
        return arg.dtype, arg.data_ptr() % 16
    if type(arg) is int and arg > 1:
        return arg % 16 == 0, arg.bit_length() > 31
    return arg
