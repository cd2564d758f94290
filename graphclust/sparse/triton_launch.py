"""Launching kernels of Triton with less ado than Triton's own, for graphs where that counts.

Triton looks at every argument's type, at which pointers and numbers are divisible by 16 and which
numbers are 1, builds a key of text from that, and asks the driver about every pointer, at each
launch: 50 microseconds and more for kernels of 25 arguments, which is longer than a small graph's
product. Here the key is a tuple of the same facts, those of arguments that many launches share are
looked up once, and compiled kernels are given addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor

# Warps of every program.
WARPS = 4
# The largest number that Triton takes in 32 bits.
_LARGEST = 2**31 - 1
# Compiled kernels, by the kernel and by what Triton would compile anew for.
_COMPILED: dict[tuple[Any, ...], Any] = {}
_HERE = nullcontext()
# Numbers for the kinds of shared arguments, so that no launch looks at them again.
_NUMBERS: dict[tuple[Any, ...], int] = {(): 0}


class Shared(NamedTuple):
    """Arguments of many launches; see :func:`share`.

    Attributes
    ----------
    args : tuple
    passed : tuple
        What a compiled kernel is given: addresses instead of tensors.
    kinds : int
        The same for arguments that share compiled code.
    """

    args: tuple[Any, ...]
    passed: tuple[Any, ...]
    kinds: int


def share(*args: Any) -> Shared:
    """Return arguments that many launches begin with. Whoever keeps them keeps the tensors."""
    kinds = tuple(map(_kind, args))
    passed = tuple(arg.data_ptr() if isinstance(arg, Tensor) else arg for arg in args)
    return Shared(args, passed, _NUMBERS.setdefault(kinds, len(_NUMBERS)))


NOTHING = Shared((), (), 0)


def launch(
    kernel: Any,
    grid: tuple[int, int],
    shared: Shared,
    args: Sequence[Any],
    constants: tuple[Any, ...],
) -> None:
    """Run a kernel on the device of its tensors, compiled on first use.

    Parameters
    ----------
    kernel : triton.JITFunction
    grid : tuple of int
    shared : Shared
        The kernel's first arguments, of which none need be a tensor.
    args : sequence
        The others, a tensor among them, but the constants, in the kernel's order.
    constants : tuple
        The kernel's constants, which are its last arguments.
    """
    device = next(arg.get_device() for arg in args if isinstance(arg, Tensor))
    if device < 0:
        # The interpreter, or a compiler without a GPU.
        kernel[grid](*shared.args, *args, *constants, num_warps=WARPS)
        return
    key = compiled_for(kernel, shared, args, constants, device)
    compiled = _COMPILED.get(key)
    if compiled is None:
        _COMPILED[key] = kernel[grid](*shared.args, *args, *constants, num_warps=WARPS)
        return
    passed = [arg.data_ptr() if isinstance(arg, Tensor) else arg for arg in args]
    compiled[(*grid, 1)](*shared.passed, *passed, *constants)


def compiled_for(
    kernel: Any, shared: Shared, args: Sequence[Any], constants: tuple[Any, ...], device: int
) -> tuple[Any, ...]:
    """Return what a kernel is compiled anew for: launches that differ in it share no code."""
    # A kernel's own hash takes a lock; every kernel lives as long as its module.
    return id(kernel), device, constants, shared.kinds, *map(_kind, args)


def on_device_of(x: Tensor) -> AbstractContextManager[object]:
    """Return the context in which kernels run where ``x`` is; nothing to enter where they do."""
    device = x.get_device()
    if device < 0 or device == torch.cuda.current_device():
        return _HERE
    return torch.cuda.device(device)


def _kind(arg: Any) -> Any:
    """Return what a kernel is compiled for of an argument."""
    if arg is None:
        return None
    if isinstance(arg, Tensor):
        return arg.dtype, arg.data_ptr() % 16
    if type(arg) is int and arg > 1:
        return arg % 16 == 0, arg > _LARGEST
    return arg
